// A client of the Model Context Protocol that identifies itself by the URL of its metadata
// document, which CLIENT_DOCUMENT names. Nothing is registered.
import assert from 'node:assert/strict';
import test from 'node:test';
import {auth} from '@modelcontextprotocol/sdk/client/auth.js';
import {decodeJwt} from 'jose';
import {Provider, Resource, connect, protectedPool} from './mcp.mjs';
import {call, extend, newUser} from './world.mjs';

const clientId = process.env.CLIENT_DOCUMENT;

// start returns a resource, its pool, and a client with a metadata document.
async function start(t, settings) {
  const resource = await new Resource().start();
  t.after(() => resource.server.close());
  const pool = await protectedPool(resource, {
    DcrConfiguration: {EnableStatus: 'Disabled', AllowedScopes: [resource.scope]},
  });
  await extend(pool, settings);
  const provider = new Provider();
  provider.clientMetadataUrl = clientId;
  return {resource, pool, provider};
}

test('client id metadata document', async (t) => {
  const {resource, pool, provider} = await start(t, {client_id_metadata_documents: true});
  const sub = await newUser(pool, 'olga', 'olga@example.com');
  const claims = await connect(resource, provider, 'olga');
  assert.equal(provider.request.searchParams.get('client_id'), clientId);
  assert.equal(claims.client_id, clientId);
  assert.equal(claims.aud, resource.url);
  assert.equal(claims.sub, sub);
  assert.equal(claims.scope, resource.scope);

  const first = provider.saved.access_token;
  assert.equal(await auth(provider, {serverUrl: resource.url}), 'AUTHORIZED');
  assert.notEqual(provider.saved.access_token, first);
  assert.equal(decodeJwt(provider.saved.access_token).aud, resource.url);

  const {UserPoolClients} = await call('ListUserPoolClients', {UserPoolId: pool.userPoolId});
  assert.deepEqual(UserPoolClients.map((c) => c.ClientId), [pool.clientId]);
});

test('the setting is off', async (t) => {
  const {resource, provider} = await start(t, {});
  await assert.rejects(connect(resource, provider, 'olga'), /does not support dynamic client registration/);
});

// Clients of the Model Context Protocol that register themselves.
import assert from 'node:assert/strict';
import test from 'node:test';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {Provider, Resource, connect, protectedPool} from './mcp.mjs';
import {call, newUser} from './world.mjs';

test('dynamic client registration', async (t) => {
  const resource = await new Resource().start();
  t.after(() => resource.server.close());
  const pool = await protectedPool(resource, {
    DcrConfiguration: {EnableStatus: 'Enabled', OpenDcrEnabled: true, AllowedScopes: [resource.scope]},
  });
  const sub = await newUser(pool, 'olga', 'olga@example.com');
  const provider = new Provider();
  const claims = await connect(resource, provider, 'olga');
  assert.equal(claims.aud, resource.url);
  assert.equal(claims.sub, sub);
  assert.equal(claims.scope, resource.scope);
  assert.equal(claims.client_id, provider.client.client_id);

  const {UserPoolClients} = await call('ListUserPoolClients', {UserPoolId: pool.userPoolId, ClientType: 'DCR'});
  assert.deepEqual(UserPoolClients.map((c) => c.ClientId), [provider.client.client_id]);

  // A token for another resource is refused.
  const other = await new Resource().start();
  t.after(() => other.server.close());
  other.protect(pool);
  const refused = await fetch(other.url, {
    method: 'POST', headers: {Authorization: `Bearer ${provider.saved.access_token}`},
  });
  assert.equal(refused.status, 401);
});

test('no registration without DcrConfiguration', async (t) => {
  const resource = await new Resource().start();
  t.after(() => resource.server.close());
  await protectedPool(resource, {});
  const client = new Client({name: 'client', version: '1.0.0'});
  const transport = new StreamableHTTPClientTransport(new URL(resource.url), {authProvider: new Provider()});
  await assert.rejects(client.connect(transport), /does not support dynamic client registration/);
});

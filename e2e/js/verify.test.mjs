// aws-jwt-verify in issuer mode self: JwtVerifier with a fetcher of its own,
// because the library's refuses http.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {JwtVerifier} from 'aws-jwt-verify';
import {SimpleJwksCache} from 'aws-jwt-verify/jwk';
import {call, endpoint, newEmail, newPool, newUser, password} from './world.mjs';

const fetcher = {fetch: async (uri) => (await fetch(uri)).arrayBuffer()};

function verifierOf({userPoolId, clientId}) {
  const issuer = `${endpoint}/${userPoolId}`;
  return JwtVerifier.create(
    {issuer, audience: clientId, jwksUri: `${issuer}/.well-known/jwks.json`},
    {jwksCache: new SimpleJwksCache({fetcher})},
  );
}

async function tokensOf({clientId}, username) {
  const {AuthenticationResult} = await call('InitiateAuth', {
    ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: username, PASSWORD: password},
  });
  return AuthenticationResult;
}

const ours = await newPool();
const theirs = await newPool();
const sub = await newUser(ours, 'verified', newEmail());
await newUser(theirs, 'verified', newEmail());

test('an ID token is verified', async () => {
  const {IdToken} = await tokensOf(ours, 'verified');
  const payload = await verifierOf(ours).verify(IdToken);
  assert.equal(payload.sub, sub);
  assert.equal(payload.token_use, 'id');
});

test('an access token is verified', async () => {
  const {AccessToken} = await tokensOf(ours, 'verified');
  const payload = await verifierOf({...ours, clientId: null}).verify(AccessToken);
  assert.equal(payload.client_id, ours.clientId);
});

test('a token of another pool is refused', async () => {
  const {IdToken} = await tokensOf(theirs, 'verified');
  await assert.rejects(verifierOf(ours).verify(IdToken));
  await verifierOf(theirs).verify(IdToken);
});

test('a changed token is refused', async () => {
  const {IdToken} = await tokensOf(ours, 'verified');
  const [head, body, signature] = IdToken.split('.');
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({...payload, sub: 'somebody else'})).toString('base64url');
  await assert.rejects(verifierOf(ours).verify(`${head}.${forged}.${signature}`), /signature/i);
});

// aws-jwt-verify in issuer mode self: JwtVerifier with a custom fetcher,
// because the library's refuses http.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
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

// rotate runs the operator's command on the store of the server.
function rotate(...args) {
  const [binary, ...flags] = process.env.LIFEGUARD_COMMAND.split('\n');
  execFileSync(binary, ['signing-key', 'rotate', ...args, ...flags]);
}

function keyOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid;
}

test('a verifier that caches keys follows their rotation', async () => {
  const pool = await newPool();
  await newUser(pool, 'rotated', newEmail());
  const before = await tokensOf(pool, 'rotated');
  const verifier = verifierOf(pool);
  await verifier.verify(before.IdToken);

  rotate(pool.userPoolId, '--overlap', '1h');
  const waiting = await tokensOf(pool, 'rotated');
  assert.equal(keyOf(waiting.IdToken), keyOf(before.IdToken));
  await verifier.verify(waiting.IdToken);

  rotate(pool.userPoolId, '--now');
  let after;
  do { // servers read the change within a second
    after = await tokensOf(pool, 'rotated');
  } while (keyOf(after.IdToken) === keyOf(before.IdToken));
  const payload = await verifier.verify(after.IdToken);
  assert.equal(payload['cognito:username'], 'rotated');
  await assert.rejects(verifierOf(pool).verify(before.IdToken), /not found in the JWKS|kid/i);
});

// aws-jwt-verify's CognitoJwtVerifier, which computes Amazon's issuer: issuer
// mode aws, with the keys given to it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CognitoJwtVerifier} from 'aws-jwt-verify';
import {call, endpoint, newEmail, newPool, newUser, password} from './world.mjs';

const ours = await newPool();
const theirs = await newPool();
const sub = await newUser(ours, 'verified', newEmail());
await newUser(theirs, 'verified', newEmail());

async function verifierOf({userPoolId, clientId}, tokenUse) {
  const verifier = CognitoJwtVerifier.create({userPoolId, clientId, tokenUse});
  const response = await fetch(`${endpoint}/${userPoolId}/.well-known/jwks.json`);
  verifier.cacheJwks(await response.json());
  return verifier;
}

async function tokensOf({clientId}) {
  const {AuthenticationResult} = await call('InitiateAuth', {
    ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: 'verified', PASSWORD: password},
  });
  return AuthenticationResult;
}

test('ID and access tokens are verified', async () => {
  const {AccessToken, IdToken} = await tokensOf(ours);
  const id = await (await verifierOf(ours, 'id')).verify(IdToken);
  assert.equal(id.sub, sub);
  assert.equal(id.iss, `https://cognito-idp.us-east-1.amazonaws.com/${ours.userPoolId}`);
  const access = await (await verifierOf(ours, 'access')).verify(AccessToken);
  assert.equal(access.username, 'verified');
});

test('an ID token is not accepted as an access token, and the reverse', async () => {
  const {AccessToken, IdToken} = await tokensOf(ours);
  await assert.rejects((await verifierOf(ours, 'access')).verify(IdToken), /Token use/);
  await assert.rejects((await verifierOf(ours, 'id')).verify(AccessToken), /Token use/);
});

test('tokens of another pool and of another client are refused', async () => {
  const {IdToken} = await tokensOf(theirs);
  await assert.rejects((await verifierOf(ours, 'id')).verify(IdToken));
  const otherClient = await verifierOf({...theirs, clientId: ours.clientId}, 'id');
  await assert.rejects(otherClient.verify(IdToken), /audience|client/i);
});

// Clients that know only the host names of Amazon Cognito, unmodified, where these names lead to the server.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {AuthenticationDetails, CognitoUser, CognitoUserPool} from 'amazon-cognito-identity-js';
import {AmazonCognito, generateCodeVerifier, generateState} from 'arctic';
import {CognitoJwtVerifier} from 'aws-jwt-verify';
import CognitoExpress from 'cognito-express';
import {Browser} from './form.mjs';
import {call, newEmail, newPool, newUser, password} from './world.mjs';

const region = 'us-east-1', callback = 'https://app.example.com/cb';
const pool = await newPool({}, {
  AllowedOAuthFlows: ['code'], AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: ['COGNITO'],
  AllowedOAuthScopes: ['openid', 'email'], CallbackURLs: [callback],
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
});
await call('CreateUserPoolDomain', {UserPoolId: pool.userPoolId, Domain: 'hosts-test'});
const sub = await newUser(pool, 'hanna', newEmail());

async function tokens() {
  const {AuthenticationResult} = await call('InitiateAuth', {
    ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: 'hanna', PASSWORD: password},
  });
  return AuthenticationResult;
}

test('aws-jwt-verify fetches the keys from the address that it computes', async () => {
  const {AccessToken, IdToken} = await tokens();
  const verifier = CognitoJwtVerifier.create({...pool, tokenUse: 'id'});
  assert.equal((await verifier.verify(IdToken)).sub, sub);
  await assert.rejects(verifier.verify(AccessToken), /Token use/);
});

test('cognito-express validates an access token', async () => {
  const {AccessToken} = await tokens();
  const express = new CognitoExpress({region, cognitoUserPoolId: pool.userPoolId, tokenUse: 'access'});
  assert.equal((await express.validate(AccessToken)).username, 'hanna');
  const [head, body, signature] = AccessToken.split('.');
  const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('hanna', 'admin')).toString('base64url');
  await assert.rejects(express.validate(`${head}.${forged}.${signature}`));
});

test('arctic signs in at the prefix domain', async () => {
  const arctic = new AmazonCognito(`hosts-test.auth.${region}.amazoncognito.com`, pool.clientId, null, callback);
  const verifier = generateCodeVerifier(), browser = new Browser();
  const form = await browser.visit(arctic.createAuthorizationURL(generateState(), verifier, ['openid', 'email']));
  const done = await browser.fill(form, {username: 'hanna', password});
  const granted = await arctic.validateAuthorizationCode(new URL(done.url).searchParams.get('code'), verifier);
  const payload = JSON.parse(Buffer.from(granted.idToken().split('.')[1], 'base64url').toString());
  assert.equal(payload.sub, sub);
  assert.equal(payload.iss, `https://cognito-idp.${region}.amazonaws.com/${pool.userPoolId}`);
  assert.ok((await arctic.refreshAccessToken(granted.refreshToken(), [])).accessToken());
});

test('amazon-cognito-identity-js signs in without an endpoint', async () => {
  const user = new CognitoUser({
    Username: 'hanna', Pool: new CognitoUserPool({UserPoolId: pool.userPoolId, ClientId: pool.clientId}),
  });
  const session = await new Promise((onSuccess, onFailure) => user.authenticateUser(
    new AuthenticationDetails({Username: 'hanna', Password: password}), {onSuccess, onFailure}));
  assert.equal(session.getIdToken().payload.sub, sub);
});

test('the metadata has the addresses of Amazon Cognito', async () => {
  const issuer = `https://cognito-idp.${region}.amazonaws.com/${pool.userPoolId}`;
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(metadata.issuer, issuer);
  assert.equal(metadata.jwks_uri, `${issuer}/.well-known/jwks.json`);
  assert.equal(metadata.token_endpoint, `https://hosts-test.auth.${region}.amazoncognito.com/oauth2/token`);
});

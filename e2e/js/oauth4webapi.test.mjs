// oauth4webapi, unmodified: the code flow with PKCE, userInfo, refresh, introspection and revocation over HTTPS.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as oauth from 'oauth4webapi';
import {Browser} from './form.mjs';
import {call, newEmail, newPool, newUser, password} from './world.mjs';

const site = process.env.LIFEGUARD_SITE, callback = 'https://app.example.com/cb';

// begin signs a user in, and returns the response to the client with the values to verify it.
async function begin(server, client, browser, username) {
  const verifier = oauth.generateRandomCodeVerifier(), state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce(), url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: callback, response_type: 'code', scope: 'openid email', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const done = await browser.fill(await browser.visit(url), {username, password});
  return {verifier, nonce, parameters: oauth.validateAuthResponse(server, client, done.url, state), done, state};
}

for (const [name, confidential, authenticate] of [
  ['public client', false, () => oauth.None()],
  ['client_secret_basic', true, (secret) => oauth.ClientSecretBasic(secret)],
  ['client_secret_post', true, (secret) => oauth.ClientSecretPost(secret)],
]) {
  test(`code and PKCE: ${name}`, async () => {
    const pool = await newPool({}, {
      AllowedOAuthFlows: ['code'], AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: ['COGNITO'],
      AllowedOAuthScopes: ['openid', 'email'], CallbackURLs: [callback], GenerateSecret: confidential,
    });
    const {UserPoolClient} = await call('DescribeUserPoolClient', {
      UserPoolId: pool.userPoolId, ClientId: pool.clientId,
    });
    const email = newEmail(), sub = await newUser(pool, 'olga', email);
    const issuer = new URL(`${site}/${pool.userPoolId}`);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
    const client = {client_id: pool.clientId}, auth = authenticate(UserPoolClient.ClientSecret);
    const {verifier, nonce, parameters, done, state} = await begin(server, client, new Browser(), 'olga');

    const response = await oauth.authorizationCodeGrantRequest(server, client, auth, parameters, callback, verifier);
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce, requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response);
    assert.equal(oauth.getValidatedIdTokenClaims(tokens).sub, sub);

    const info = await oauth.processUserInfoResponse(server, client, sub,
      await oauth.userInfoRequest(server, client, tokens.access_token));
    assert.equal(info.email, email);
    await assert.rejects(async () => oauth.processUserInfoResponse(server, client, 'another',
      await oauth.userInfoRequest(server, client, tokens.access_token)));

    const refreshed = await oauth.processRefreshTokenResponse(server, client,
      await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token));
    assert.ok(refreshed.access_token);
    if (confidential) {
      const introspect = async () => oauth.processIntrospectionResponse(server, client,
        await oauth.introspectionRequest(server, client, auth, tokens.refresh_token));
      assert.equal((await introspect()).active, true);
      await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, tokens.refresh_token));
      assert.equal((await introspect()).active, false);
    } else {
      await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, tokens.refresh_token));
    }
    await assert.rejects(async () => oauth.processRefreshTokenResponse(server, client,
      await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token)), {error: 'invalid_grant'});

    // Responses of another state or issuer are refused by the client.
    assert.throws(() => oauth.validateAuthResponse(server, client, done.url, `${state}x`));
    const forged = new URL(done.url);
    forged.searchParams.set('iss', 'https://evil.example.com');
    assert.throws(() => oauth.validateAuthResponse(server, client, forged, state));
  });
}

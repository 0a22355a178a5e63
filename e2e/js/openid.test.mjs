// openid-client with the server's discovery document: the authorization code flow with PKCE
// through the sign-in form, with plain requests in place of a browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as oidc from 'openid-client';
import {Browser} from './form.mjs';
import {App} from './totp.mjs';
import {call, endpoint, extend, newPool, newUser, password, otherPassword} from './world.mjs';

const callback = 'https://app.example.com/cb';
const bye = 'https://app.example.com/bye';
const settings = {
  AllowedOAuthFlows: ['code'], AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: ['COGNITO'],
  AllowedOAuthScopes: ['openid', 'email', 'profile'], CallbackURLs: [callback], LogoutURLs: [bye],
};

async function discover(pool, secret, auth) {
  const issuer = new URL(`${endpoint}/${pool.userPoolId}`);
  return oidc.discovery(issuer, pool.clientId, secret, auth, {execute: [oidc.allowInsecureRequests]});
}

// begin returns the address of a request and the values to verify its response.
async function begin(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback, scope: 'openid email', state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  });
  return {url, checks};
}

for (const [name, confidential, auth] of [
  ['public client', false, () => oidc.None()],
  ['client_secret_basic', true, (s) => oidc.ClientSecretBasic(s)],
  ['client_secret_post', true, (s) => oidc.ClientSecretPost(s)],
]) {
  test(`code and PKCE: ${name}`, async () => {
    const pool = await newPool({}, {...settings, GenerateSecret: confidential});
    const {UserPoolClient} = await call('DescribeUserPoolClient', {
      UserPoolId: pool.userPoolId, ClientId: pool.clientId,
    });
    const sub = await newUser(pool, 'olga', 'olga@example.com');
    const config = await discover(pool, UserPoolClient.ClientSecret, auth(UserPoolClient.ClientSecret));
    const browser = new Browser();
    const {url, checks} = await begin(config);
    const form = await browser.visit(url);
    const wrong = await browser.fill(form, {username: 'olga', password: 'Wrong-horse-9'});
    assert.match(wrong.body, /Incorrect username or password\./);
    const done = await browser.fill(wrong, {password});
    const tokens = await oidc.authorizationCodeGrant(config, done.url, checks);
    assert.equal(tokens.claims().sub, sub);
    assert.equal(tokens.claims().email, 'olga@example.com');
    const info = await oidc.fetchUserInfo(config, tokens.access_token, sub);
    assert.equal(info.username, 'olga');
    assert.equal(info.email_verified, 'true');

    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, sub);
    assert.equal(refreshed.refresh_token, undefined);

    // With the session no form is shown; logging out ends it.
    const silent = await begin(config, {prompt: 'none'});
    const redirected = await browser.visit(silent.url);
    assert.ok((await oidc.authorizationCodeGrant(config, redirected.url, silent.checks)).id_token);
    const left = await browser.visit(oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state: 'x',
    }));
    assert.equal(left.url.href, `${bye}?state=x`);
    const after = await begin(config, {prompt: 'none'});
    const loggedOut = await browser.visit(after.url);
    await assert.rejects(oidc.authorizationCodeGrant(config, loggedOut.url, after.checks), {error: 'login_required'});

    await oidc.tokenRevocation(config, tokens.refresh_token);
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), {error: 'invalid_grant'});
    await assert.rejects(oidc.authorizationCodeGrant(config, done.url, checks), {error: 'invalid_grant'});
  });
}

test('a temporary password is replaced during sign-in', async () => {
  const pool = await newPool({}, settings);
  await newUser(pool, 'nora', 'nora@example.com');
  await call('AdminSetUserPassword', {
    UserPoolId: pool.userPoolId, Username: 'nora', Password: password, Permanent: false,
  });
  const config = await discover(pool, undefined, oidc.None());
  const browser = new Browser();
  const {url, checks} = await begin(config);
  const change = await browser.fill(await browser.visit(url), {username: 'nora', password});
  const done = await browser.fill(change, {new_password: otherPassword, confirm_password: otherPassword});
  const tokens = await oidc.authorizationCodeGrant(config, done.url, checks);
  assert.equal(tokens.claims()['cognito:username'], 'nora');
});

test('an authenticator app, set up during sign-in and then required', async () => {
  const pool = await newPool({}, settings);
  await call('SetUserPoolMfaConfig', {
    UserPoolId: pool.userPoolId, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: {Enabled: true},
  });
  await newUser(pool, 'tilda', 'tilda@example.com');
  const config = await discover(pool, undefined, oidc.None());
  let app;
  for (const round of ['set up', 'required']) {
    const browser = new Browser();
    const {url, checks} = await begin(config);
    const page = await browser.fill(await browser.visit(url), {username: 'tilda', password});
    assert.ok(page.body, round); // a password alone does not yield a code
    app ??= new App(/class="secret">([A-Z2-7 ]+)</.exec(page.body)[1].replaceAll(' ', ''));
    const done = await browser.fill(page, {code: app.code()});
    const tokens = await oidc.authorizationCodeGrant(config, done.url, checks);
    assert.equal(tokens.claims()['cognito:username'], 'tilda', round);
  }
});

test('a wrong verifier, and a response of another issuer', async () => {
  const pool = await newPool({}, settings);
  const other = await newPool({}, settings);
  await newUser(pool, 'vera', 'vera@example.com');
  const config = await discover(pool, undefined, oidc.None());
  const browser = new Browser();
  const {url, checks} = await begin(config);
  const done = await browser.fill(await browser.visit(url), {username: 'vera', password});
  // The client detects it by the issuer in the response, before it sends a code.
  await assert.rejects(oidc.authorizationCodeGrant(await discover(other, undefined, oidc.None()), done.url, checks),
    (err) => /"iss"/.test(err.cause?.message));
  const wrong = {...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier()};
  await assert.rejects(oidc.authorizationCodeGrant(config, done.url, wrong), {error: 'invalid_grant'});
});

test('client credentials', async () => {
  const pool = await newPool({}, {});
  await call('CreateResourceServer', {
    UserPoolId: pool.userPoolId, Identifier: 'https://api.example.com', Name: 'api',
    Scopes: [{ScopeName: 'read', ScopeDescription: 'read'}],
  });
  const {UserPoolClient} = await call('CreateUserPoolClient', {
    UserPoolId: pool.userPoolId, ClientName: 'machine', GenerateSecret: true, AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['client_credentials'], AllowedOAuthScopes: ['https://api.example.com/read'],
  });
  const machine = {...pool, clientId: UserPoolClient.ClientId};
  const secret = UserPoolClient.ClientSecret;
  const config = await discover(machine, secret, oidc.ClientSecretBasic(secret));
  const tokens = await oidc.clientCredentialsGrant(config, {scope: 'https://api.example.com/read'});
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.refresh_token, undefined);
  await assert.rejects(oidc.clientCredentialsGrant(config, {scope: 'openid'}), {error: 'invalid_grant'});
});

test('a pushed authorization request', async () => {
  const pool = await newPool({}, settings);
  await newUser(pool, 'paula', 'paula@example.com');
  await extend(pool, {pushed_requests: true});
  const config = await discover(pool, undefined, oidc.None());
  const verifier = oidc.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: callback, scope: 'openid email', state: oidc.randomState(), code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  };
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const browser = new Browser();
  const done = await browser.fill(await browser.visit(url), {username: 'paula', password});
  const tokens = await oidc.authorizationCodeGrant(config, done.url, {
    pkceCodeVerifier: verifier, expectedState: parameters.state, idTokenExpected: true,
  });
  assert.equal(tokens.claims().email, 'paula@example.com');
  assert.match((await browser.visit(url)).body, /invalid_request_uri/);
  const elsewhere = {...parameters, redirect_uri: 'https://evil.example.com'};
  await assert.rejects(oidc.buildAuthorizationUrlWithPAR(config, elsewhere), {error: 'invalid_request'});
});

test('the device authorization grant', async () => {
  const pool = await newPool({}, settings);
  const sub = await newUser(pool, 'dora', 'dora@example.com');
  await extend(pool, {device_grant: true});
  const config = await discover(pool, undefined, oidc.None());
  const browser = new Browser();
  const ask = async (device) => browser.fill(await browser.visit(new URL(device.verification_uri_complete)), {});
  const granted = await oidc.initiateDeviceAuthorization(config, {scope: 'openid email'});
  const refused = await oidc.initiateDeviceAuthorization(config, {scope: 'openid email'});
  const polls = Promise.allSettled([granted, refused].map((d) => oidc.pollDeviceAuthorizationGrant(config, d)));
  const question = await ask(granted);
  assert.ok(question.body.includes(granted.user_code));
  const done = await browser.fill(await browser.fill(question, {}), {username: 'dora', password});
  assert.match(done.body, /Your device is connected/);
  assert.match((await browser.fill(await ask(refused), {refuse: '1'})).body, /Your device is not connected/);
  const [tokens, refusal] = await polls;
  assert.equal(refusal.reason?.error, 'access_denied');
  assert.equal(tokens.value?.claims().sub, sub, tokens.reason);
  assert.equal((await oidc.fetchUserInfo(config, tokens.value.access_token, sub)).username, 'dora');
  const refreshed = await oidc.refreshTokenGrant(config, tokens.value.refresh_token);
  assert.equal(refreshed.claims().sub, sub);
  await assert.rejects(oidc.pollDeviceAuthorizationGrant(config, granted), {error: 'invalid_grant'});
});

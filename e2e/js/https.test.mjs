// Clients that require HTTPS, unmodified, with the local authority of the server.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {connect} from 'node:tls';
import {after, test} from 'node:test';
import {JwtVerifier} from 'aws-jwt-verify';
import * as oidc from 'openid-client';
import {loadAmplify, openBrowser} from './browser.mjs';
import {Browser} from './form.mjs';
import {call, newEmail, newPool, newUser, password} from './world.mjs';

const site = new URL(process.env.LIFEGUARD_SITE), callback = process.env.CALLBACK;
const pool = await newPool({}, {
  AllowedOAuthFlows: ['code'], AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: ['COGNITO'],
  AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'], CallbackURLs: [callback],
  LogoutURLs: [callback],
});
const sub = await newUser(pool, 'hanna', newEmail());
const issuer = new URL(pool.userPoolId, site).href;

test('aws-jwt-verify fetches the keys', async () => {
  const {AuthenticationResult} = await call('InitiateAuth', {
    ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: 'hanna', PASSWORD: password},
  });
  const verifier = JwtVerifier.create({issuer, audience: pool.clientId});
  assert.equal((await verifier.verify(AuthenticationResult.IdToken)).sub, sub);
});

test('openid-client signs in', async () => {
  const config = await oidc.discovery(new URL(issuer), pool.clientId, undefined, oidc.None());
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier(), browser = new Browser();
  const form = await browser.visit(oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback, scope: 'openid email', code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
  }));
  const done = await browser.fill(form, {username: 'hanna', password});
  const tokens = await oidc.authorizationCodeGrant(config, done.url, {pkceCodeVerifier, idTokenExpected: true});
  assert.equal(tokens.claims().sub, sub);
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).username, 'hanna');
});

// keyOf returns the hash of the key of a host's certificate, which Node verifies.
const keyOf = (host) => new Promise((resolve, reject) => {
  const socket = connect({host: '127.0.0.1', servername: host, port: site.port}, () => {
    const {publicKey} = socket.getPeerX509Certificate();
    socket.end();
    resolve(createHash('sha256').update(publicKey.export({type: 'spki', format: 'der'})).digest('base64'));
  });
  socket.on('error', reject);
});

test('Amplify signs in by redirect at a prefix domain, and out', async () => {
  await call('CreateUserPoolDomain', {UserPoolId: pool.userPoolId, Domain: 'https-test'});
  const domain = `https-test.auth.us-east-1.localhost:${site.port}`;
  const browser = await openBrowser({
    port: Number(new URL(callback).port), keys: [await keyOf(new URL(`https://${domain}`).hostname)],
  });
  after(() => browser.close());
  const page = await browser.open();
  const configured = () => loadAmplify(page, pool, process.env.LIFEGUARD_ENDPOINT, {oauth: {
    domain, scopes: ['openid', 'email', 'aws.cognito.signin.user.admin'], responseType: 'code',
    redirectSignIn: [callback], redirectSignOut: [callback],
  }});
  await configured();
  await Promise.all([page.waitForURL(`https://${domain}/login**`), page.evaluate(() => app.signInWithRedirect())]);
  await page.fill('input[name="username"]', 'hanna');
  await page.fill('input[name="password"]', password);
  await Promise.all([page.waitForURL(`${callback}?**`), page.click('button[type="submit"]')]);
  await configured();
  // Amplify redeems the code when it is configured; reading the session waits for it.
  const signedIn = await page.evaluate(async () => {
    const {tokens} = await app.fetchAuthSession();
    return tokens.idToken.payload;
  });
  assert.equal(signedIn.sub, sub);
  assert.equal(signedIn.iss, issuer);
  const cookies = await page.context().cookies(`https://${domain}`);
  assert.ok(cookies.some(({name, secure, httpOnly}) => name === 'cognito' && secure && httpOnly), JSON.stringify(cookies));
  await Promise.all([
    page.waitForRequest((request) => request.url().startsWith(`https://${domain}/logout`)),
    page.evaluate(() => { app.signOut(); }),
  ]);
});

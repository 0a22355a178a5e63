// Passkeys on the pages in a real browser: one is added on its page, and signs in.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {addAuthenticator, openBrowser} from './browser.mjs';
import {call, endpoint, newEmail, newPool, newUser, password} from './world.mjs';

const browser = await openBrowser();
after(() => browser.close());
// The page at this address is also that of the client.
const page = await browser.open();
const callback = page.url();

const ids = await newPool({Policies: {SignInPolicy: {AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN']}}}, {
  ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'], SupportedIdentityProviders: ['COGNITO'],
  AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['code'], AllowedOAuthScopes: ['openid'],
  CallbackURLs: [callback],
});
await call('SetUserPoolMfaConfig', {
  UserPoolId: ids.userPoolId, WebAuthnConfiguration: {RelyingPartyId: 'localhost'},
});

// The relying party is localhost, whatever address of this machine the server has.
const site = `http://localhost:${new URL(endpoint).port}`;
const request = new URLSearchParams({
  client_id: ids.clientId, response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'st',
});

async function press(selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

// done waits for the response at the address of the client.
async function done(selector) {
  await Promise.all([page.waitForURL(`${callback}?*`), page.click(selector)]);
  assert.ok(new URL(page.url()).searchParams.get('code'), page.url());
}

test('a passkey is added after a sign-in by password, and signs in', async () => {
  await newUser(ids, 'gil', newEmail());
  const key = await addAuthenticator(page);
  await page.goto(`${site}/passkeys/add?${request}`);
  await page.fill('input[name="username"]', 'gil');
  await press('button[name="signInSubmitButton"]');
  await page.fill('input[name="password"]', password);
  await press('button[name="signInSubmitButton"]');
  await page.fill('input[name="name"]', 'Laptop');
  await done('form[name="passkeyAddForm"] .primary');
  assert.equal((await key.credentials()).length, 1);

  await page.goto(`${site}/login?${request}`);
  await press('button[name="sign_out"]');
  await page.fill('input[name="username"]', 'gil');
  await press('button[name="challenge"]');
  await done('form[name="passkeyForm"] .primary');

  await page.goto(`${site}/login?${request}&prompt=login`);
  await page.fill('input[name="username"]', 'gil');
  await press('button[name="challenge"]');
  await page.evaluate(() => {
    navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await page.click('form[name="passkeyForm"] .primary');
  await page.waitForSelector('#passkeyAlert:not([hidden])');
  assert.match(await page.textContent('#passkeyAlert'), /Your device sent no passkey/);
  await press('button[name="another"]');
  assert.match(await page.textContent('h1'), /Choose how to sign in/);
});

// The sign-in page in a real browser, at an address from the Go test: the headers
// of the page's own form depend on scheme and host name.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {after, test} from 'node:test';
import {JwtVerifier} from 'aws-jwt-verify';
import {calculatePKCECodeChallenge, randomPKCECodeVerifier} from 'openid-client';
import {openBrowser} from './browser.mjs';

const {
  LIFEGUARD_SITE: site, USER_POOL_ID: userPoolId, CLIENT_ID: clientId, CALLBACK: callback,
  USERNAME: username, PASSWORD: password,
} = process.env;

// home is a page of the client at another origin than the callback, which redirects a POST to it.
const homeServer = createServer((_, response) => response.end('home'));
await new Promise((ready) => homeServer.listen(0, '127.0.0.1', ready));
const home = `http://home.test:${homeServer.address().port}/`;

const browser = await openBrowser({
  port: Number(new URL(callback).port), names: ['lifeguard.test', 'home.test'], afterPost: home,
});
after(async () => {
  await browser.close();
  homeServer.close();
});

// submit fills the form, sends it, and returns the status and the text of the page.
async function submit(page, values) {
  for (const [name, value] of Object.entries(values)) await page.fill(`input[name="${name}"]`, value);
  const [response] = await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
  return {status: response.status(), text: await page.textContent('body')};
}

// read makes a request by a script in the page.
async function read(page, address, form) {
  const {ok, status, text} = await page.evaluate(async ([address, form]) => {
    const answer = await fetch(address, form && {method: 'POST', body: new URLSearchParams(form)});
    return {ok: answer.ok, status: answer.status, text: await answer.text()};
  }, [address, form]);
  assert.ok(ok, `${address}: ${status} ${text}`);
  return JSON.parse(text);
}

test('a sign-in after a wrong password; a script of the client redeems the code', async () => {
  const page = await browser.open();
  const verifier = randomPKCECodeVerifier();
  await page.goto(`${site}/oauth2/authorize?${new URLSearchParams({
    client_id: clientId, response_type: 'code', redirect_uri: callback, scope: 'openid email', state: 'st;ate',
    code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })}`);
  assert.equal(new URL(page.url()).origin, site);

  const wrong = await submit(page, {username, password: 'Wrong-horse-9'});
  assert.equal(wrong.status, 200, wrong.text);
  assert.match(wrong.text, /Incorrect username or password\./);
  assert.doesNotMatch(wrong.text, /session has expired/);
  assert.equal(await page.inputValue('input[name="username"]'), username);

  const done = await submit(page, {password});
  assert.doesNotMatch(done.text, /session has expired/);
  const answer = new URL(page.url());
  assert.equal(answer.origin + answer.pathname, callback, done.text);
  assert.equal(answer.searchParams.get('state'), 'st;ate');

  const tokens = await read(page, `${site}/oauth2/token`, {
    grant_type: 'authorization_code', client_id: clientId, redirect_uri: callback,
    code: answer.searchParams.get('code'), code_verifier: verifier,
  });
  const {issuer} = await read(page, `${site}/${userPoolId}/.well-known/openid-configuration`);
  const tokenVerifier = JwtVerifier.create({issuer, audience: clientId, jwksUri: `${issuer}/.well-known/jwks.json`});
  tokenVerifier.cacheJwks(await read(page, `${site}/${userPoolId}/.well-known/jwks.json`));
  assert.equal(tokenVerifier.verifySync(tokens.id_token)['cognito:username'], username);
});

test('form_post to a callback that redirects to another origin', async () => {
  const page = await browser.open();
  const posted = [];
  page.on('request', (request) => {
    if (request.url() === callback) posted.push(new URLSearchParams(request.postData()));
  });
  await page.goto(`${site}/oauth2/authorize?${new URLSearchParams({
    client_id: clientId, response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'st;ate',
    response_mode: 'form_post', prompt: 'login',
  })}`);
  const done = await submit(page, {username, password});
  assert.match(done.text, /Continue to localhost/);
  await Promise.all([page.waitForURL(home), page.click('button[type="submit"]')]);
  assert.equal(posted.length, 1);
  assert.equal(posted[0].get('state'), 'st;ate');
  assert.ok(posted[0].get('code'));
});

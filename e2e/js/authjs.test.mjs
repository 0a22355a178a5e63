// Auth.js with its Cognito provider, unmodified, in a small server.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {after, test} from 'node:test';
import {Auth} from '@auth/core';
import Cognito from '@auth/core/providers/cognito';
import {Browser} from './form.mjs';
import {call, newEmail, newPool, newUser, password} from './world.mjs';

const seen = {};
let config;

// app serves Auth.js at /auth, and a home page.
const app = createServer(async (request, response) => {
  if (!request.url.startsWith('/auth/')) {
    response.end('home');
    return;
  }
  const chunks = await Array.fromAsync?.(request) ?? await request.toArray();
  const answer = await Auth(new Request(new URL(request.url, home), {
    method: request.method, headers: request.headers, body: chunks.length ? Buffer.concat(chunks) : undefined,
  }), config);
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  response.setHeader('set-cookie', answer.headers.getSetCookie());
  response.writeHead(answer.status).end(await answer.text());
});
await new Promise((ready) => app.listen(0, '127.0.0.1', ready));
after(() => app.close());
const home = `http://localhost:${app.address().port}`;

const pool = await newPool({}, {
  AllowedOAuthFlows: ['code'], AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: ['COGNITO'],
  AllowedOAuthScopes: ['openid', 'email', 'profile'], CallbackURLs: [`${home}/auth/callback/cognito`],
  GenerateSecret: true,
});
const {UserPoolClient} = await call('DescribeUserPoolClient', {UserPoolId: pool.userPoolId, ClientId: pool.clientId});
config = {
  basePath: '/auth', secret: 'a secret of the application, at least 32 long', trustHost: true,
  logger: {error: (e) => { seen.error = e; }, warn: () => {}, debug: () => {}},
  providers: [Cognito({
    clientId: pool.clientId, clientSecret: UserPoolClient.ClientSecret,
    issuer: `${process.env.LIFEGUARD_SITE}/${pool.userPoolId}`,
  })],
  callbacks: {jwt: ({token, account, profile}) => {
    if (account) Object.assign(seen, {account, profile});
    return token;
  }},
};

// callbackOf signs in on the pages and returns the address of the client's callback.
async function callbackOf(browser, username) {
  const {csrfToken} = JSON.parse((await browser.visit(new URL('/auth/csrf', home))).body);
  const {url} = await browser.visit(new URL('/auth/signin/cognito', home),
    new URLSearchParams({csrfToken, callbackUrl: `${home}/`}));
  const done = await browser.fill(await browser.visit(url), {username, password});
  assert.equal(new URL(done.url).pathname, '/auth/callback/cognito', String(seen.error));
  return done.url;
}

const session = async (browser) => JSON.parse((await browser.visit(new URL('/auth/session', home))).body);

test('a user signs in', async () => {
  const email = newEmail(), sub = await newUser(pool, 'ada', email), browser = new Browser();
  const page = await browser.visit(await callbackOf(browser, 'ada'));
  assert.equal(page.body, 'home', String(seen.error?.cause?.err ?? seen.error));
  assert.equal((await session(browser)).user.email, email);
  assert.equal(seen.profile.sub, sub);
  assert.equal(seen.account.providerAccountId, sub);
  assert.ok(seen.account.access_token && seen.account.refresh_token && seen.account.id_token);
});

test('a response in another browser signs nobody in', async () => {
  await newUser(pool, 'bea', newEmail());
  const browser = new Browser(), other = new Browser();
  const callback = await callbackOf(browser, 'bea');
  await other.visit(callback);
  assert.equal(await session(other), null);
});

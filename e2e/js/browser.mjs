// A browser with an authenticator, and a page at localhost that uses it.
import {execFileSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {chromium} from 'playwright-core';

/**
 * openBrowser starts Chromium; open() returns a page on this machine, at the port, and close() ends everything.
 * names are host names that resolve to this machine. Certificates are not verified, except if keys are given: hashes
 * of the only keys that are trusted. The page redirects a POST to afterPost.
 */
export async function openBrowser({port = 0, names = [], keys, afterPost} = {}) {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], {encoding: 'utf8'}).trim();
  const profile = await mkdtemp(join(tmpdir(), 'lifeguard-browser-'));
  const site = createServer((request, response) => {
    if (request.method === 'POST') return response.writeHead(303, {Location: afterPost}).end();
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>app</title>');
  });
  await new Promise((ready) => site.listen(port, 'localhost', ready));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, ignoreHTTPSErrors: !keys, args: [
      '--no-sandbox', '--disable-gpu', '--disable-background-networking',
      ...(keys ? [`--ignore-certificate-errors-spki-list=${keys.join(',')}`] : []),
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`,
    ],
  });
  const home = `http://localhost:${site.address().port}/`;
  return {
    async open() {
      const page = await context.newPage();
      await page.goto(home);
      return page;
    },
    async close() {
      await context.close();
      await new Promise((done) => site.close(done));
      await rm(profile, {recursive: true, force: true});
    },
  };
}

/** addAuthenticator adds an authenticator with user verification to the page. */
export async function addAuthenticator(page, options = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const {authenticatorId} = await session.send('WebAuthn.addVirtualAuthenticator', {options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true, ...options,
  }});
  return {
    authenticatorId,
    credentials: async () => (await session.send('WebAuthn.getCredentials', {authenticatorId})).credentials,
    setSignCount: async (credential, signCount) => {
      await session.send('WebAuthn.removeCredential', {authenticatorId, credentialId: credential.credentialId});
      await session.send('WebAuthn.addCredential', {authenticatorId, credential: {...credential, signCount}});
    },
    setUserVerified: (isUserVerified) => session.send('WebAuthn.setUserVerified', {authenticatorId, isUserVerified}),
    remove: () => session.send('WebAuthn.removeVirtualAuthenticator', {authenticatorId}),
  };
}

/** loadAmplify adds Amplify to the page as an app would bundle it, as `app`. */
export async function loadAmplify(page, {userPoolId, clientId}, endpoint, loginWith = undefined) {
  const {outputFiles: [bundle]} = await build({
    entryPoints: [new URL('amplify-page.mjs', import.meta.url).pathname],
    bundle: true, write: false, format: 'iife', platform: 'browser',
  });
  await page.addScriptTag({content: bundle.text});
  await page.evaluate((Cognito) => app.Amplify.configure({Auth: {Cognito}}), {
    userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint, loginWith,
  });
}

/** create passes creation options to the authenticator in the page, as an app would. */
export const create = (page, options) => page.evaluate(async (o) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(o);
  return (await navigator.credentials.create({publicKey})).toJSON();
}, options);

/** get passes request options to the authenticator in the page. */
export const get = (page, options) => page.evaluate(async (o) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(o);
  return (await navigator.credentials.get({publicKey})).toJSON();
}, options);

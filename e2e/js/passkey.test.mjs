// Passkeys in a real browser: the server's options, Chromium's own checks and the
// responses of a virtual authenticator.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {addAuthenticator, create, get, loadAmplify, openBrowser} from './browser.mjs';
import {call, endpoint, newEmail, newPool, newUser, password} from './world.mjs';

const ids = await newPool({Policies: {SignInPolicy: {AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN']}}},
  {ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']});
const configure = (config) => call('SetUserPoolMfaConfig', {
  UserPoolId: ids.userPoolId, WebAuthnConfiguration: {RelyingPartyId: 'localhost', ...config},
});
await configure({});

const browser = await openBrowser();
after(() => browser.close());

// newPage opens a page with its own authenticator.
async function newPage() {
  const page = await browser.open();
  return {page, key: await addAuthenticator(page)};
}

async function signedIn(name) {
  const sub = await newUser(ids, name, newEmail());
  const {AuthenticationResult} = await call('InitiateAuth', {
    ClientId: ids.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: name, PASSWORD: password},
  });
  return {name, sub, AccessToken: AuthenticationResult.AccessToken};
}

async function register(page, {AccessToken}) {
  const {CredentialCreationOptions} = await call('StartWebAuthnRegistration', {AccessToken});
  const Credential = await create(page, CredentialCreationOptions);
  await call('CompleteWebAuthnRegistration', {AccessToken, Credential});
  return Credential;
}

test('a passkey is registered, listed, excluded from a second registration and removed', async () => {
  const {page, key} = await newPage();
  const ann = await signedIn('ann');
  const {AccessToken} = ann;
  const made = await register(page, ann);
  const {Credentials} = await call('ListWebAuthnCredentials', {AccessToken});
  assert.equal(Credentials.length, 1);
  assert.equal(Credentials[0].CredentialId, made.id);
  assert.equal(Credentials[0].RelyingPartyId, 'localhost');
  assert.equal(Credentials[0].AuthenticatorAttachment, 'platform');
  assert.deepEqual(Credentials[0].AuthenticatorTransports, ['internal']);
  const idOf = (credential) => Buffer.from(credential.credentialId, 'base64').toString('base64url');
  const kept = (await key.credentials()).find((credential) => idOf(credential) === made.id);
  assert.equal(Buffer.from(kept.userHandle, 'base64').toString(), ann.sub);
  assert.equal(kept.rpId, 'localhost');
  assert.equal(kept.isResidentCredential, true);
  await assert.rejects(register(page, ann), /InvalidStateError/);
  const deletion = {AccessToken, CredentialId: made.id};
  await call('DeleteWebAuthnCredential', deletion);
  await assert.rejects(call('DeleteWebAuthnCredential', deletion), /ResourceNotFoundException/);
  assert.deepEqual((await call('ListWebAuthnCredentials', {AccessToken})).Credentials, []);
});

test('the browser refuses a relying party that is not the page\'s', async () => {
  const {page} = await newPage();
  const bob = await signedIn('bob');
  await configure({RelyingPartyId: 'example.com'});
  await assert.rejects(register(page, bob), /SecurityError/);
  await configure({});
  await register(page, bob);
});

test('user verification is requested and verified', async () => {
  const {page, key} = await newPage();
  const cid = await signedIn('cid');
  await configure({UserVerification: 'required'});
  await key.setUserVerified(false);
  await assert.rejects(register(page, cid), /NotAllowedError/);
  await key.setUserVerified(true);
  // The server refuses a passkey without user verification, also if the app has
  // changed the options.
  const usb = await addAuthenticator(page, {transport: 'usb', hasUserVerification: false, isUserVerified: false});
  const {CredentialCreationOptions} = await call('StartWebAuthnRegistration', {AccessToken: cid.AccessToken});
  CredentialCreationOptions.authenticatorSelection = {
    userVerification: 'discouraged', authenticatorAttachment: 'cross-platform',
  };
  const Credential = await create(page, CredentialCreationOptions);
  await assert.rejects(call('CompleteWebAuthnRegistration', {AccessToken: cid.AccessToken, Credential}),
    /WebAuthnCredentialNotSupportedException/);
  await usb.remove();
  await register(page, cid);
  await configure({});
});

test('Amplify associates, lists and deletes a passkey', async () => {
  const {page} = await newPage();
  await newUser(ids, 'dan', newEmail());
  await loadAmplify(page, ids, endpoint);
  const seen = await page.evaluate(async (password) => {
    await app.signIn({username: 'dan', password, options: {authFlowType: 'USER_PASSWORD_AUTH'}});
    await app.associateWebAuthnCredential();
    const {credentials} = await app.listWebAuthnCredentials();
    await app.deleteWebAuthnCredential({credentialId: credentials[0].credentialId});
    const left = await app.listWebAuthnCredentials();
    await app.signOut();
    return {credentials, left: left.credentials};
  }, password);
  assert.equal(seen.credentials.length, 1);
  assert.equal(seen.credentials[0].relyingPartyId, 'localhost');
  assert.ok(Math.abs(new Date(seen.credentials[0].createdAt) - Date.now()) < 60_000);
  assert.deepEqual(seen.left, []);
});

test('a passkey signs in: preferred, chosen, chosen after another refusal, and in one step', async () => {
  const {page} = await newPage();
  const eve = await signedIn('eve');
  await register(page, eve);
  await loadAmplify(page, ids, endpoint);
  const seen = await page.evaluate(async () => {
    const steps = [];
    const start = async (options) => {
      const {isSignedIn, nextStep} = await app.signIn({
        username: 'eve', options: {authFlowType: 'USER_AUTH', ...options},
      });
      steps.push(nextStep);
      return isSignedIn;
    };
    const leave = async () => {
      const {tokens} = await app.fetchAuthSession();
      steps.push(tokens.accessToken.payload.username);
      await app.signOut();
    };
    if (await start({preferredChallenge: 'WEB_AUTHN'})) await leave();
    await start({});
    if ((await app.confirmSignIn({challengeResponse: 'WEB_AUTHN'})).isSignedIn) await leave();
    await start({});
    const {get} = navigator.credentials;
    navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    await app.confirmSignIn({challengeResponse: 'WEB_AUTHN'}).catch((err) => steps.push(err.name));
    navigator.credentials.get = get;
    if ((await app.confirmSignIn({challengeResponse: 'WEB_AUTHN'})).isSignedIn) await leave();
    return steps;
  });
  const choice = {
    signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
    availableChallenges: ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN'],
  };
  assert.deepEqual(seen, [{signInStep: 'DONE'}, 'eve', choice, 'eve', choice, 'PasskeyAuthenticationCanceled', 'eve']);

  const list = await call('InitiateAuth', {
    ClientId: ids.clientId, AuthFlow: 'USER_AUTH', AuthParameters: {USERNAME: 'eve'},
  });
  const answer = async (options) => ({
    ClientId: ids.clientId, ChallengeName: 'SELECT_CHALLENGE', Session: list.Session,
    ChallengeResponses: {
      USERNAME: 'eve', ANSWER: 'WEB_AUTHN', CREDENTIAL: JSON.stringify(await get(page, JSON.parse(options))),
    },
  });
  const credential = await answer(list.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
  assert.ok((await call('RespondToAuthChallenge', credential)).AuthenticationResult.AccessToken);
  await assert.rejects(call('RespondToAuthChallenge', credential), /session can only be used once/);
});

test('a copied passkey is refused', async () => {
  const {page, key} = await newPage();
  const fay = await signedIn('fay');
  await register(page, fay);
  const signIn = async () => {
    const challenge = await call('InitiateAuth', {
      ClientId: ids.clientId, AuthFlow: 'USER_AUTH',
      AuthParameters: {USERNAME: 'fay', PREFERRED_CHALLENGE: 'WEB_AUTHN'},
    });
    assert.equal(challenge.ChallengeName, 'WEB_AUTHN');
    const credential = await get(page, JSON.parse(challenge.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS));
    return call('RespondToAuthChallenge', {
      ClientId: ids.clientId, ChallengeName: 'WEB_AUTHN', Session: challenge.Session,
      ChallengeResponses: {USERNAME: 'fay', CREDENTIAL: JSON.stringify(credential)},
    });
  };
  assert.ok((await signIn()).AuthenticationResult.IdToken);
  const [copy] = await key.credentials();
  assert.ok((await signIn()).AuthenticationResult.IdToken);
  await key.setSignCount(copy, 0);
  await assert.rejects(signIn(), /NotAuthorizedException.*Incorrect username or password/);
});

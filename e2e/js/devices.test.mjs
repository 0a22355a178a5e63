// Devices through amazon-cognito-identity-js and Amplify: confirmed at the
// first sign-in, then used in place of a second factor or after it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  confirmSignIn, fetchAuthSession, fetchDevices, forgetDevice, rememberDevice, signIn as amplifySignIn, signOut,
} from 'aws-amplify/auth';
import identity from 'amazon-cognito-identity-js';
import {configure} from './amplify-client.mjs';
import {factorPool, preferred, reachable} from './factors.mjs';
import {promised, store, userOf, userPool} from './identity-client.mjs';
import {App} from './totp.mjs';
import {call, codeFor, newEmail, newUser, password} from './world.mjs';

const always = await factorPool('OPTIONAL', {text: true}, {
  DeviceConfiguration: {ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false},
});
const prompting = await factorPool('OPTIONAL', {text: true}, {
  DeviceConfiguration: {ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
});

// Amplify names a device by its browser, and confirms none without a browser.
globalThis.navigator ??= {userAgent: 'Mozilla/5.0 (X11; Linux x86_64) node', userAgentData: undefined};

// begin signs in. It returns the tokens and whether the user must confirm remembering
// the device, or the challenge if a code by SMS is required.
function begin(user) {
  const details = new identity.AuthenticationDetails({Username: user.getUsername(), Password: password});
  return new Promise((resolve, reject) => {
    user.authenticateUser(details, {
      onSuccess: (session, mustConfirm) => resolve({session, mustConfirm}), onFailure: reject,
      mfaRequired: () => resolve({challenge: 'SMS_MFA'}),
    });
  });
}

function send(user, code) {
  return new Promise((resolve, reject) => {
    user.sendMFACode(code, {
      onSuccess: (session, mustConfirm) => resolve({session, mustConfirm}), onFailure: reject,
    });
  });
}

function settled(user, method, ...args) {
  return new Promise((resolve, reject) => {
    user[method](...args, {onSuccess: resolve, onFailure: reject});
  });
}

async function devicesOf(pool, username) {
  return (await call('AdminListDevices', {UserPoolId: pool.userPoolId, Username: username})).Devices;
}

test('identity-js: a remembered device signs in without a code', async () => {
  const {phone} = await reachable(always, 'ida', {SMSMfaSettings: preferred});
  const kept = store();
  const user = userOf(userPool(always, kept), 'ida', kept);
  assert.equal((await begin(user)).challenge, 'SMS_MFA');
  const {mustConfirm} = await send(user, await codeFor(phone));
  assert.ok(!mustConfirm, 'the pool remembers without a confirmation');
  const [device] = await devicesOf(always, 'ida');
  assert.match(device.DeviceKey, /^us-east-1_[0-9a-f-]{36}$/);

  const again = userOf(userPool(always, kept), 'ida', kept);
  const {session} = await begin(again);
  assert.equal(session.getAccessToken().payload.device_key, device.DeviceKey);
  assert.equal((await devicesOf(always, 'ida')).length, 1);
  const refreshed = await new Promise((resolve, reject) => {
    again.refreshSession(session.getRefreshToken(), (err, found) => (err ? reject(err) : resolve(found)));
  });
  assert.equal(refreshed.getAccessToken().payload.device_key, device.DeviceKey);

  const elsewhere = userOf(userPool(always), 'ida');
  assert.equal((await begin(elsewhere)).challenge, 'SMS_MFA', 'another device');

  await call('AdminForgetDevice', {UserPoolId: always.userPoolId, Username: 'ida', DeviceKey: device.DeviceKey});
  assert.equal((await begin(userOf(userPool(always, kept), 'ida', kept))).challenge, 'SMS_MFA', 'a forgotten device');
});

test('identity-js: a device is remembered after the user confirms it', async () => {
  const {phone} = await reachable(prompting, 'ivo', {SMSMfaSettings: preferred});
  const kept = store();
  const user = userOf(userPool(prompting, kept), 'ivo', kept);
  await begin(user);
  const {mustConfirm} = await send(user, await codeFor(phone));
  assert.equal(mustConfirm, true);
  const unremembered = await begin(userOf(userPool(prompting, kept), 'ivo', kept));
  assert.equal(unremembered.challenge, 'SMS_MFA', 'not remembered yet');
  assert.equal(await settled(user, 'setDeviceStatusRemembered'), 'SUCCESS');
  const again = userOf(userPool(prompting, kept), 'ivo', kept);
  assert.ok((await begin(again)).session.isValid());
  again.getCachedDeviceKeyAndPassword();
  assert.equal(await settled(again, 'forgetDevice'), 'SUCCESS');
  assert.equal((await begin(userOf(userPool(prompting, kept), 'ivo', kept))).challenge, 'SMS_MFA');
});

// The library answers DEVICE_SRP_AUTH with the Session of the factor before it.
test('identity-js: a device that does not replace the second factor', async () => {
  const both = await factorPool('OPTIONAL', {token: true, text: true}, {
    DeviceConfiguration: {ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: false},
  });
  const signIn = async (name, kept, code) => {
    const user = userOf(userPool(both, kept), name, kept);
    const details = new identity.AuthenticationDetails({Username: name, Password: password});
    const session = await new Promise((resolve, reject) => {
      const callbacks = {onSuccess: resolve, onFailure: reject};
      const send = async (challenge) => user.sendMFACode(await code(challenge), callbacks, challenge);
      user.authenticateUser(details, {...callbacks, totpRequired: send, mfaRequired: send});
    });
    return {user, device: session.getAccessToken().payload.device_key};
  };
  await newUser(both, 'tess', newEmail());
  const kept = store();
  const never = () => assert.fail('no factor is set up yet');
  const {user, device} = await signIn('tess', kept, never);
  assert.equal((await signIn('tess', kept, never)).device, device, 'without a factor');
  const app = await new Promise((resolve, reject) => {
    user.associateSoftwareToken({onFailure: reject, associateSecretCode: (secret) => {
      const made = new App(secret);
      user.verifySoftwareToken(made.code(), 'app', {onFailure: reject, onSuccess: () => resolve(made)});
    }});
  });
  await promised(user, 'setUserMfaPreference', null, preferred);
  const byApp = (challenge) => {
    assert.equal(challenge, 'SOFTWARE_TOKEN_MFA');
    return app.code();
  };
  assert.equal((await signIn('tess', kept, byApp)).device, device, 'after the app');
  assert.equal((await devicesOf(both, 'tess')).length, 1);

  const {phone} = await reachable(both, 'tom', {SMSMfaSettings: preferred});
  const byText = async (challenge) => {
    assert.equal(challenge, 'SMS_MFA');
    return codeFor(phone);
  };
  const toms = store();
  const first = await signIn('tom', toms, byText);
  assert.equal((await signIn('tom', toms, byText)).device, first.device, 'after the text message');
});

test('Amplify: remember, sign in by the device, forget', async () => {
  const {phone} = await reachable(prompting, 'amy', {SMSMfaSettings: preferred});
  configure(prompting);
  const step = async () => (await amplifySignIn({username: 'amy', password})).nextStep.signInStep;
  const byCode = async () => {
    assert.equal(await step(), 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    assert.equal((await confirmSignIn({challengeResponse: await codeFor(phone)})).isSignedIn, true);
  };
  await byCode();
  await rememberDevice();
  const [device] = await fetchDevices();
  assert.match(device.id, /^us-east-1_/);
  await signOut();

  assert.equal(await step(), 'DONE');
  const {tokens} = await fetchAuthSession();
  assert.equal(tokens.accessToken.payload.device_key, device.id);
  assert.ok((await fetchAuthSession({forceRefresh: true})).tokens.accessToken);
  await forgetDevice();
  await signOut();
  await byCode();
  await signOut();
});

test('Amplify: a device that does not replace the code, and one that an administrator forgets', async () => {
  const both = await factorPool('OPTIONAL', {text: true}, {
    DeviceConfiguration: {ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: false},
  });
  const {phone} = await reachable(both, 'bea', {SMSMfaSettings: preferred});
  configure(both);
  const deviceOfSignIn = async (authFlowType) => {
    const {nextStep} = await amplifySignIn({username: 'bea', password, options: {authFlowType}});
    assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    assert.equal((await confirmSignIn({challengeResponse: await codeFor(phone)})).isSignedIn, true);
    const {tokens} = await fetchAuthSession();
    await signOut();
    return tokens.accessToken.payload.device_key;
  };
  const device = await deviceOfSignIn('USER_SRP_AUTH');
  for (const flow of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
    assert.equal(await deviceOfSignIn(flow), device, flow);
  }
  await call('AdminForgetDevice', {UserPoolId: both.userPoolId, Username: 'bea', DeviceKey: device});
  const second = await deviceOfSignIn('USER_SRP_AUTH');
  assert.notEqual(second, device);
  await call('AdminForgetDevice', {UserPoolId: both.userPoolId, Username: 'bea', DeviceKey: second});
  assert.notEqual(await deviceOfSignIn('USER_PASSWORD_AUTH'), second);
});

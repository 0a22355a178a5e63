// Second factors through amazon-cognito-identity-js.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import identity from 'amazon-cognito-identity-js';
import {factorPool, on, preferred, reachable} from './factors.mjs';
import {promised, signIn, userOf, userPool} from './identity-client.mjs';
import {App} from './totp.mjs';
import {call, codeFor, newEmail, newUser, password, refuses} from './world.mjs';

const ids = await factorPool('OPTIONAL', {token: true, text: true, email: true});

// outcome starts an operation that can end in a challenge, and returns its result or
// the challenge.
function outcome(start) {
  return new Promise((resolve, reject) => {
    const challenge = (name) => (...details) => resolve({challenge: name, details});
    start({
      onSuccess: resolve, onFailure: reject,
      mfaRequired: challenge('SMS_MFA'), totpRequired: challenge('SOFTWARE_TOKEN_MFA'),
      selectMFAType: challenge('SELECT_MFA_TYPE'), mfaSetup: challenge('MFA_SETUP'),
      newPasswordRequired: challenge('NEW_PASSWORD_REQUIRED'),
      associateSecretCode: (secret) => resolve({secret}),
    });
  });
}

function begin(user, Password = password) {
  const details = new identity.AuthenticationDetails({Username: user.getUsername(), Password});
  return outcome((callbacks) => user.authenticateUser(details, callbacks));
}

function send(user, code, type) {
  return outcome((callbacks) => user.sendMFACode(code, callbacks, type));
}

// enrol sets up an authenticator app for the user, signed in or during a sign-in.
async function enrol(user) {
  const {secret} = await outcome((callbacks) => user.associateSoftwareToken(callbacks));
  const app = new App(secret);
  const result = await outcome((callbacks) => user.verifySoftwareToken(app.code(), 'My phone', callbacks));
  return {app, result};
}

test('an authenticator app: set up while signed in, then required', async () => {
  await newUser(ids, 'app', newEmail());
  const user = userOf(userPool(ids), 'app');
  await signIn(user, 'app', password);
  const {app, result} = await enrol(user);
  assert.equal(result.Status, 'SUCCESS');
  assert.equal(await promised(user, 'setUserMfaPreference', null, preferred), 'SUCCESS');
  const data = await new Promise((resolve, reject) => {
    user.getUserData((err, found) => (err ? reject(err) : resolve(found)), {bypassCache: true});
  });
  assert.deepEqual(data.UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
  assert.equal(data.PreferredMfaSetting, 'SOFTWARE_TOKEN_MFA');
  const again = userOf(userPool(ids), 'app');
  const {challenge, details} = await begin(again);
  assert.equal(challenge, 'SOFTWARE_TOKEN_MFA');
  assert.equal(details[1].FRIENDLY_DEVICE_NAME, 'My phone');
  assert.ok((await send(again, app.code(), challenge)).isValid());
});

test('SMS', async () => {
  const {phone} = await reachable(ids, 'texted', {SMSMfaSettings: preferred});
  const user = userOf(userPool(ids), 'texted');
  const {challenge, details} = await begin(user);
  assert.equal(challenge, 'SMS_MFA');
  assert.equal(details[1].CODE_DELIVERY_DESTINATION, `+*******${phone.slice(-4)}`);
  const code = await codeFor(phone);
  await refuses(send(user, code === '000000' ? '111111' : '000000'),
    'CodeMismatchException', 'Invalid code or auth state for the user.');
  const session = await send(user, code);
  assert.equal(session.getIdToken().payload.phone_number_verified, true);
});

test('choosing a factor', async () => {
  const {phone} = await reachable(ids, 'chooser', {SMSMfaSettings: on});
  const user = userOf(userPool(ids), 'chooser');
  assert.equal((await begin(user)).challenge, 'SMS_MFA');
  await send(user, await codeFor(phone));
  const {app} = await enrol(user);
  await promised(user, 'setUserMfaPreference', null, {Enabled: true, PreferredMfa: false});
  for (const [pick, code] of [['SOFTWARE_TOKEN_MFA', () => app.code()], ['SMS_MFA', () => codeFor(phone)]]) {
    const next = userOf(userPool(ids), 'chooser');
    const choice = await begin(next);
    assert.equal(choice.challenge, 'SELECT_MFA_TYPE');
    assert.equal(choice.details[1].MFAS_CAN_CHOOSE, '["SMS_MFA","SOFTWARE_TOKEN_MFA"]');
    const picked = await outcome((callbacks) => next.sendMFASelectionAnswer(pick, callbacks));
    assert.equal(picked.challenge, pick);
    assert.ok((await send(next, await code(), pick)).isValid());
  }
});

test('a new password with a required attribute, then setting up an app', async () => {
  const strict = await factorPool('ON', {token: true}, {Schema: [{Name: 'given_name', Required: true, Mutable: true}]});
  await call('AdminCreateUser', {
    UserPoolId: strict.userPoolId, Username: 'invited', TemporaryPassword: 'Temporary-1!', MessageAction: 'SUPPRESS',
    UserAttributes: [{Name: 'email', Value: newEmail()}],
  });
  const user = userOf(userPool(strict), 'invited');
  const first = await begin(user, 'Temporary-1!');
  assert.equal(first.challenge, 'NEW_PASSWORD_REQUIRED');
  assert.deepEqual(first.details[1], ['given_name']);
  const attributes = {given_name: 'Ann'};
  const second = await outcome((callbacks) => user.completeNewPasswordChallenge(password, attributes, callbacks));
  assert.equal(second.challenge, 'MFA_SETUP');
  const {app, result} = await enrol(user);
  assert.equal(result.getIdToken().payload.given_name, 'Ann');
  const again = userOf(userPool(strict), 'invited');
  const {challenge} = await begin(again);
  assert.equal(challenge, 'SOFTWARE_TOKEN_MFA');
  assert.ok((await send(again, app.code(), challenge)).isValid());
});

// Second factors through Amplify.
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {
  confirmSignIn, fetchMFAPreference, fetchUserAttributes, setUpTOTP,
  signIn, signOut, updateMFAPreference, verifyTOTPSetup,
} from 'aws-amplify/auth';
import {configure} from './amplify-client.mjs';
import {factorPool, on, preferred, reachable} from './factors.mjs';
import {App} from './totp.mjs';
import {call, codeFor, newEmail, newUser, password, refuses} from './world.mjs';

const ids = await factorPool('OPTIONAL', {token: true, text: true, email: true});
configure(ids);

// Amplify has one signed-in user for the whole process.
afterEach(() => signOut());

// next signs in and returns the next step.
async function next(username) {
  return (await signIn({username, password})).nextStep;
}

async function confirmed(challengeResponse) {
  const {isSignedIn, nextStep} = await confirmSignIn({challengeResponse});
  assert.equal(isSignedIn, true, nextStep.signInStep);
}

test('an authenticator app: set up while signed in, then required', async () => {
  await newUser(ids, 'app', newEmail());
  assert.equal((await next('app')).signInStep, 'DONE');
  await assert.rejects(updateMFAPreference({totp: 'ENABLED'}), {
    name: 'InvalidParameterException', message: 'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
  });
  const app = new App((await setUpTOTP()).sharedSecret);
  const code = app.code();
  await refuses(verifyTOTPSetup({code: code === '000000' ? '111111' : '000000'}),
    'EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA');
  await verifyTOTPSetup({code, options: {friendlyDeviceName: 'My phone'}});
  await updateMFAPreference({totp: 'PREFERRED'});
  assert.deepEqual(await fetchMFAPreference(), {preferred: 'TOTP', enabled: ['TOTP']});
  await signOut();
  assert.equal((await next('app')).signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await refuses(confirmSignIn({challengeResponse: code}),
    'ExpiredCodeException', 'Your software token has already been used once.');
  await confirmed(app.code());
  await updateMFAPreference({totp: 'DISABLED'});
  await signOut();
  assert.equal((await next('app')).signInStep, 'DONE');
});

test('SMS', async () => {
  const {phone} = await reachable(ids, 'texted', {SMSMfaSettings: preferred});
  const step = await next('texted');
  assert.equal(step.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
  assert.equal(step.codeDeliveryDetails.destination, `+*******${phone.slice(-4)}`);
  const code = await codeFor(phone);
  await refuses(confirmSignIn({challengeResponse: code === '000000' ? '111111' : '000000'}),
    'CodeMismatchException', 'Invalid code or auth state for the user.');
  await confirmed(code);
  assert.equal((await fetchUserAttributes()).phone_number_verified, 'true');
});

test('e-mail', async () => {
  const {email} = await reachable(ids, 'mailed', {EmailMfaSettings: preferred});
  const step = await next('mailed');
  assert.equal(step.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  assert.equal(step.codeDeliveryDetails.deliveryMedium, 'EMAIL');
  await confirmed(await codeFor(email));
});

test('choosing a factor', async () => {
  const {email, phone} = await reachable(ids, 'chooser', {SMSMfaSettings: on, EmailMfaSettings: on});
  for (const [pick, step, address] of [
    ['SMS', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', phone], ['EMAIL', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', email],
  ]) {
    const choice = await next('chooser');
    assert.equal(choice.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
    assert.deepEqual(choice.allowedMFATypes, ['SMS', 'EMAIL']);
    const picked = await confirmSignIn({challengeResponse: pick});
    assert.equal(picked.nextStep.signInStep, step);
    await confirmed(await codeFor(address));
    await signOut();
  }
});

test('setting up an app at sign-in', async () => {
  const required = await factorPool('ON', {token: true});
  configure(required);
  await newUser(required, 'starter', newEmail());
  const step = await next('starter');
  assert.equal(step.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
  const app = new App(step.totpSetupDetails.sharedSecret);
  await confirmed(app.code());
  assert.deepEqual(await fetchMFAPreference(), {preferred: 'TOTP', enabled: ['TOTP']});
  await signOut();
  assert.equal((await next('starter')).signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await confirmed(app.code());
  configure(ids);
});

test('setting up an e-mail address at sign-in', async () => {
  const required = await factorPool('ON', {email: true, text: true}, {
    AccountRecoverySetting: {RecoveryMechanisms: [{Name: 'verified_phone_number', Priority: 1}]},
  });
  configure(required);
  const user = {UserPoolId: required.userPoolId, Username: 'bare'};
  await call('AdminCreateUser', {...user, MessageAction: 'SUPPRESS'});
  await call('AdminSetUserPassword', {...user, Password: password, Permanent: true});
  assert.equal((await next('bare')).signInStep, 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP');
  const email = newEmail();
  const named = await confirmSignIn({challengeResponse: email});
  assert.equal(named.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  await confirmed(await codeFor(email));
  const attributes = await fetchUserAttributes();
  assert.equal(attributes.email, email);
  assert.equal(attributes.email_verified, 'true');
  configure(ids);
});

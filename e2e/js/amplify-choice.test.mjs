// Choice-based sign-in through Amplify.
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {
  autoSignIn, confirmSignIn, confirmSignUp, fetchAuthSession, fetchUserAttributes,
  signIn, signOut, signUp, updatePassword,
} from 'aws-amplify/auth';
import {configure} from './amplify-client.mjs';
import {factorPool, on, preferred, reachable} from './factors.mjs';
import {call, codeFor, newEmail, newPool, newUser, ownEmail, password, refuses} from './world.mjs';

const first = (...AllowedFirstAuthFactors) => ({Policies: {SignInPolicy: {AllowedFirstAuthFactors}}});
const flows = {ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']};
const ids = await newPool({
  ...first('PASSWORD', 'EMAIL_OTP', 'SMS_OTP'),
  SmsConfiguration: {SnsCallerArn: 'arn:aws:iam::111111111111:role/sms', ExternalId: 'x'},
  EmailConfiguration: ownEmail,
}, {...flows, PreventUserExistenceErrors: 'ENABLED'});
configure(ids);

// Amplify waits three minutes for a confirmation even after it has arrived. This
// must not keep the process alive.
const {setTimeout: wait} = globalThis;
globalThis.setTimeout = (fn, ms, ...rest) => {
  const timer = wait(fn, ms, ...rest);
  return ms > 60_000 ? timer.unref() : timer;
};

// Amplify has one signed-in user for the whole process.
afterEach(() => signOut());

const start = (username, preferredChallenge, more = {}) =>
  signIn({username, ...more, options: {authFlowType: 'USER_AUTH', preferredChallenge}});

// signedIn asserts that a sign-in is complete.
async function signedIn({isSignedIn, nextStep}, username) {
  assert.equal(isSignedIn, true, nextStep.signInStep);
  const {tokens} = await fetchAuthSession();
  assert.equal(tokens.accessToken.payload.username, username);
}

const wrong = (code) => (code === '00000000' ? '11111111' : '00000000');

test('passwords', async () => {
  await newUser(ids, 'pat', newEmail());
  for (const form of ['PASSWORD', 'PASSWORD_SRP']) {
    await refuses(start('pat', form, {password: 'Wrong-horse-9'}),
      'NotAuthorizedException', 'Incorrect username or password.');
    await signedIn(await start('pat', form, {password}), 'pat');
    await signOut();
  }
});

test('codes', async () => {
  const {email, phone} = await reachable(ids, 'cody');
  for (const [kind, step, address, flag] of [
    ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', email, 'email_verified'],
    ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', phone, 'phone_number_verified'],
  ]) {
    const {nextStep} = await start('cody', kind);
    assert.equal(nextStep.signInStep, step);
    assert.equal(nextStep.codeDeliveryDetails.deliveryMedium, kind.split('_')[0]);
    const code = await codeFor(address, 8);
    await refuses(confirmSignIn({challengeResponse: wrong(code)}),
      'CodeMismatchException', 'Invalid code or auth state for the user.');
    await signedIn(await confirmSignIn({challengeResponse: code}), 'cody');
    assert.equal((await fetchUserAttributes())[flag], 'true');
    await signOut();
  }
});

test('a choice', async () => {
  const {email, phone} = await reachable(ids, 'charlie');
  for (const [pick, step, response] of [
    ['PASSWORD', 'CONFIRM_SIGN_IN_WITH_PASSWORD', () => password],
    ['PASSWORD_SRP', 'CONFIRM_SIGN_IN_WITH_PASSWORD', () => password],
    ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', () => codeFor(email, 8)],
    ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', () => codeFor(phone, 8)],
  ]) {
    const {nextStep} = await start('charlie');
    assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
    assert.deepEqual(nextStep.availableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
    assert.equal((await confirmSignIn({challengeResponse: pick})).nextStep.signInStep, step);
    await signedIn(await confirmSignIn({challengeResponse: await response()}), 'charlie');
    await signOut();
  }
});

test('an unavailable preference returns the list of challenges', async () => {
  await newUser(ids, 'phoneless', newEmail());
  const {nextStep} = await start('phoneless', 'SMS_OTP');
  assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
  assert.deepEqual(nextStep.availableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP']);
});

test('an unknown user gets a code challenge, too', async () => {
  const {nextStep} = await start('zoe@example.com', 'EMAIL_OTP');
  assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  assert.equal(nextStep.codeDeliveryDetails.destination, 'z***@e***');
  await refuses(confirmSignIn({challengeResponse: '12345678'}),
    'CodeMismatchException', 'Invalid code or auth state for the user.');
});

test('a second factor follows a password and excludes codes as the first', async () => {
  const pool = await factorPool('OPTIONAL', {text: true, email: true}, first('PASSWORD', 'EMAIL_OTP'));
  await call('UpdateUserPoolClient', {UserPoolId: pool.userPoolId, ClientId: pool.clientId, ...flows});
  configure(pool);
  try {
    const {phone} = await reachable(pool, 'both', {SMSMfaSettings: preferred, EmailMfaSettings: on});
    const {nextStep} = await start('both', 'EMAIL_OTP');
    assert.deepEqual(nextStep.availableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
    await confirmSignIn({challengeResponse: 'PASSWORD'});
    const second = await confirmSignIn({challengeResponse: password});
    assert.equal(second.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    await signedIn(await confirmSignIn({challengeResponse: await codeFor(phone)}), 'both');
  } finally {
    await signOut();
    configure(ids);
  }
});

test('sign-up without a password continues to a sign-in', async () => {
  const email = newEmail();
  const done = await signUp({
    username: 'newcomer', options: {userAttributes: {email}, autoSignIn: {authFlowType: 'USER_AUTH'}},
  });
  assert.equal(done.nextStep.signUpStep, 'CONFIRM_SIGN_UP');
  const {nextStep} = await confirmSignUp({username: 'newcomer', confirmationCode: await codeFor(email)});
  assert.equal(nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
  await signedIn(await autoSignIn(), 'newcomer');
  await signOut();
  await start('newcomer', 'EMAIL_OTP');
  await signedIn(await confirmSignIn({challengeResponse: await codeFor(email, 8)}), 'newcomer');
  await assert.rejects(updatePassword({oldPassword: 'none', newPassword: password}), {name: 'NotAuthorizedException'});
});

test('a code confirms an unconfirmed user', async () => {
  const email = newEmail();
  await signUp({username: 'hasty', password, options: {userAttributes: {email}}});
  assert.equal((await start('hasty', 'PASSWORD', {password})).nextStep.signInStep, 'CONFIRM_SIGN_UP');
  await start('hasty', 'EMAIL_OTP');
  await signedIn(await confirmSignIn({challengeResponse: await codeFor(email, 8)}), 'hasty');
  const {UserStatus} = await call('AdminGetUser', {UserPoolId: ids.userPoolId, Username: 'hasty'});
  assert.equal(UserStatus, 'CONFIRMED');
});

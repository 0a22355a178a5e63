// Sign-up, sign-in and account of a user through Amplify.
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {
  confirmResetPassword, confirmSignIn, confirmSignUp, deleteUser, fetchAuthSession, fetchUserAttributes,
  getCurrentUser, resendSignUpCode, resetPassword, signIn, signOut, signUp, updatePassword,
} from 'aws-amplify/auth';
import {configure} from './amplify-client.mjs';
import {call, codeFor, newEmail, newPool, newUser, otherPassword, password, refuses} from './world.mjs';

const ids = await newPool();
configure(ids);

// Amplify has one signed-in user for the whole process.
afterEach(() => signOut());

test('sign-up, confirmation, resending', async () => {
  const email = newEmail();
  const made = await signUp({username: 'signer', password, options: {userAttributes: {email}}});
  assert.equal(made.isSignUpComplete, false);
  assert.equal(made.nextStep.signUpStep, 'CONFIRM_SIGN_UP');
  assert.equal(made.nextStep.codeDeliveryDetails.deliveryMedium, 'EMAIL');
  const unconfirmed = await signIn({username: 'signer', password});
  assert.equal(unconfirmed.nextStep.signInStep, 'CONFIRM_SIGN_UP');
  const first = await codeFor(email);
  await resendSignUpCode({username: 'signer'});
  const confirmationCode = await codeFor(email);
  if (first !== confirmationCode) {
    await refuses(confirmSignUp({username: 'signer', confirmationCode: first}),
      'CodeMismatchException', 'Invalid verification code provided, please try again.');
  }
  const done = await confirmSignUp({username: 'signer', confirmationCode});
  assert.equal(done.isSignUpComplete, true);
  const signed = await signIn({username: 'signer', password});
  assert.equal(signed.isSignedIn, true);
});

test('SRP sign-in, current user, attributes', async () => {
  const email = newEmail();
  const sub = await newUser(ids, 'srp', email);
  await refuses(signIn({username: 'srp', password: otherPassword}),
    'NotAuthorizedException', 'Incorrect username or password.');
  const signed = await signIn({username: 'srp', password, options: {authFlowType: 'USER_SRP_AUTH'}});
  assert.equal(signed.nextStep.signInStep, 'DONE');
  const user = await getCurrentUser();
  assert.equal(user.username, 'srp');
  assert.equal(user.userId, sub);
  const attributes = await fetchUserAttributes();
  assert.deepEqual(attributes, {sub, email, email_verified: 'true'});
});

test('plain password sign-in', async () => {
  await newUser(ids, 'plain', newEmail());
  const signed = await signIn({username: 'plain', password, options: {authFlowType: 'USER_PASSWORD_AUTH'}});
  assert.equal(signed.isSignedIn, true);
});

test('refresh', async () => {
  await newUser(ids, 'fresh', newEmail());
  await signIn({username: 'fresh', password});
  const before = (await fetchAuthSession()).tokens;
  const after = (await fetchAuthSession({forceRefresh: true})).tokens;
  assert.notEqual(after.accessToken.toString(), before.accessToken.toString());
  assert.equal(after.accessToken.payload.origin_jti, before.accessToken.payload.origin_jti);
  assert.equal(after.idToken.payload['cognito:username'], 'fresh');
});

test('change of password', async () => {
  await newUser(ids, 'changer', newEmail());
  await signIn({username: 'changer', password});
  await refuses(updatePassword({oldPassword: otherPassword, newPassword: 'Third-horse-9'}),
    'NotAuthorizedException', 'Incorrect username or password.');
  await updatePassword({oldPassword: password, newPassword: otherPassword});
  await signOut();
  await refuses(signIn({username: 'changer', password}), 'NotAuthorizedException', 'Incorrect username or password.');
  assert.equal((await signIn({username: 'changer', password: otherPassword})).isSignedIn, true);
});

test('forgotten password', async () => {
  const email = newEmail();
  await newUser(ids, 'forgetful', email);
  const {nextStep} = await resetPassword({username: 'forgetful'});
  assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE');
  const confirmationCode = await codeFor(email);
  await confirmResetPassword({username: 'forgetful', confirmationCode, newPassword: otherPassword});
  assert.equal((await signIn({username: 'forgetful', password: otherPassword})).isSignedIn, true);
});

test('RESET_REQUIRED', async () => {
  await newUser(ids, 'resetter', newEmail());
  await call('AdminResetUserPassword', {UserPoolId: ids.userPoolId, Username: 'resetter'});
  const {nextStep} = await signIn({username: 'resetter', password});
  assert.equal(nextStep.signInStep, 'RESET_PASSWORD');
});

test('NEW_PASSWORD_REQUIRED', async () => {
  await call('AdminCreateUser', {
    UserPoolId: ids.userPoolId, Username: 'invited', TemporaryPassword: 'Temporary-1!', MessageAction: 'SUPPRESS',
  });
  const {nextStep} = await signIn({username: 'invited', password: 'Temporary-1!'});
  assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
  const signed = await confirmSignIn({challengeResponse: password, options: {userAttributes: {nickname: 'Vip'}}});
  assert.equal(signed.isSignedIn, true);
  assert.equal((await fetchAuthSession()).tokens.idToken.payload.nickname, 'Vip');
});

test('global sign-out', async () => {
  await newUser(ids, 'leaver', newEmail());
  await signIn({username: 'leaver', password});
  const {accessToken} = (await fetchAuthSession()).tokens;
  await signOut({global: true});
  await assert.rejects(call('GetUser', {AccessToken: accessToken.toString()}), /Access Token has been revoked/);
});

test('revocation at sign-out', async () => {
  await newUser(ids, 'revoker', newEmail());
  await signIn({username: 'revoker', password});
  const {accessToken} = (await fetchAuthSession()).tokens;
  await signOut();
  await assert.rejects(call('GetUser', {AccessToken: accessToken.toString()}), /Access Token has been revoked/);
});

test('deletion', async () => {
  await newUser(ids, 'goner', newEmail());
  await signIn({username: 'goner', password});
  await deleteUser();
  await refuses(signIn({username: 'goner', password}), 'UserNotFoundException', 'User does not exist.');
});

test('USER_ID_FOR_SRP in a pool with username attributes', async () => {
  configure(await newPool({UsernameAttributes: ['email']}), {email: true});
  const username = newEmail();
  const {userId} = await signUp({username, password});
  await confirmSignUp({username, confirmationCode: await codeFor(username)});
  assert.equal((await signIn({username, password})).isSignedIn, true);
  const user = await getCurrentUser();
  assert.equal(user.username, userId);
  assert.equal(user.signInDetails.loginId, username);
  await signOut();
  configure(ids);
});

// Sign-up, sign-in and account of a user through amazon-cognito-identity-js.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {promised, settled, signIn, signUp, userOf, userPool} from './identity-client.mjs';
import {call, codeFor, newEmail, newPool, newUser, otherPassword, password, refuses} from './world.mjs';

const ids = await newPool();

test('sign-up, confirmation, resending', async () => {
  const pool = userPool(ids);
  const email = newEmail();
  const result = await signUp(pool, 'signer', password, {email, name: 'Signer'});
  assert.equal(result.userConfirmed, false);
  assert.equal(result.codeDeliveryDetails.AttributeName, 'email');
  const user = userOf(pool, 'signer');
  await refuses(signIn(user, 'signer', password), 'UserNotConfirmedException', 'User is not confirmed.');
  const first = await codeFor(email);
  await promised(user, 'resendConfirmationCode');
  const code = await codeFor(email);
  if (first !== code) {
    await refuses(promised(user, 'confirmRegistration', first, false),
      'CodeMismatchException', 'Invalid verification code provided, please try again.');
  }
  assert.equal(await promised(user, 'confirmRegistration', code, false), 'SUCCESS');
  const session = await signIn(user, 'signer', password);
  assert.equal(session.getIdToken().payload.sub, result.userSub);
});

test('SRP sign-in, session, attributes', async () => {
  const email = newEmail();
  const sub = await newUser(ids, 'srp', email);
  const user = userOf(userPool(ids), 'srp');
  await refuses(signIn(user, 'srp', otherPassword), 'NotAuthorizedException', 'Incorrect username or password.');
  const session = await signIn(user, 'srp', password);
  assert.equal(session.getAccessToken().payload.username, 'srp');
  assert.equal(session.getIdToken().payload['cognito:username'], 'srp');
  assert.ok(session.isValid());
  const attributes = await promised(user, 'getUserAttributes');
  const byName = Object.fromEntries(attributes.map((a) => [a.getName(), a.getValue()]));
  assert.equal(byName.sub, sub);
  assert.equal(byName.email, email);
  assert.equal(byName.email_verified, 'true');
});

test('plain password sign-in', async () => {
  await newUser(ids, 'plain', newEmail());
  const user = userOf(userPool(ids), 'plain');
  user.setAuthenticationFlowType('USER_PASSWORD_AUTH');
  const session = await signIn(user, 'plain', password);
  assert.ok(session.getRefreshToken().getToken());
});

test('refresh', async () => {
  await newUser(ids, 'fresh', newEmail());
  const user = userOf(userPool(ids), 'fresh');
  const session = await signIn(user, 'fresh', password);
  const refreshed = await promised(user, 'refreshSession', session.getRefreshToken());
  assert.notEqual(refreshed.getAccessToken().getJwtToken(), session.getAccessToken().getJwtToken());
  assert.equal(refreshed.getAccessToken().payload.origin_jti, session.getAccessToken().payload.origin_jti);
  assert.equal(refreshed.getRefreshToken().getToken(), session.getRefreshToken().getToken());
});

test('change of password', async () => {
  await newUser(ids, 'changer', newEmail());
  const user = userOf(userPool(ids), 'changer');
  await signIn(user, 'changer', password);
  await refuses(promised(user, 'changePassword', otherPassword, 'Third-horse-9'),
    'NotAuthorizedException', 'Incorrect username or password.');
  assert.equal(await promised(user, 'changePassword', password, otherPassword), 'SUCCESS');
  await refuses(signIn(user, 'changer', password), 'NotAuthorizedException', 'Incorrect username or password.');
  await signIn(user, 'changer', otherPassword);
});

test('forgotten password', async () => {
  const email = newEmail();
  await newUser(ids, 'forgetful', email);
  const user = userOf(userPool(ids), 'forgetful');
  const {inputVerificationCode} = await settled(user, 'forgotPassword');
  assert.equal(inputVerificationCode.CodeDeliveryDetails.DeliveryMedium, 'EMAIL');
  const code = await codeFor(email);
  assert.equal(await settled(user, 'confirmPassword', code, otherPassword), 'SUCCESS');
  await refuses(settled(user, 'confirmPassword', code, password),
    'ExpiredCodeException', 'Invalid code provided, please request a code again.');
  await signIn(user, 'forgetful', otherPassword);
});

test('global sign-out', async () => {
  await newUser(ids, 'leaver', newEmail());
  const user = userOf(userPool(ids), 'leaver');
  const session = await signIn(user, 'leaver', password);
  assert.equal(await settled(user, 'globalSignOut'), 'SUCCESS');
  await refuses(promised(user, 'refreshSession', session.getRefreshToken()),
    'NotAuthorizedException', 'Refresh Token has been revoked');
});

test('revocation at sign-out', async () => {
  await newUser(ids, 'revoker', newEmail());
  const user = userOf(userPool(ids), 'revoker');
  const session = await signIn(user, 'revoker', password);
  await new Promise((resolve, reject) => user.signOut((err) => (err ? reject(err) : resolve())));
  await refuses(promised(user, 'refreshSession', session.getRefreshToken()),
    'NotAuthorizedException', 'Refresh Token has been revoked');
});

test('deletion', async () => {
  await newUser(ids, 'goner', newEmail());
  const user = userOf(userPool(ids), 'goner');
  await signIn(user, 'goner', password);
  assert.equal(await promised(user, 'deleteUser'), 'SUCCESS');
  await refuses(signIn(user, 'goner', password), 'UserNotFoundException', 'User does not exist.');
});

test('USER_ID_FOR_SRP in a pool with username attributes', async () => {
  const byEmail = await newPool({UsernameAttributes: ['email']});
  const email = newEmail();
  const pool = userPool(byEmail);
  const result = await signUp(pool, email, password, {});
  const user = userOf(pool, email);
  await promised(user, 'confirmRegistration', await codeFor(email), false);
  const session = await signIn(user, email, password);
  assert.equal(session.getAccessToken().payload.username, result.userSub);
  assert.equal(user.getUsername(), result.userSub, 'the library takes over USER_ID_FOR_SRP');
});

test('NEW_PASSWORD_REQUIRED', async () => {
  const email = newEmail();
  await call('AdminCreateUser', {
    UserPoolId: ids.userPoolId, Username: 'invited', TemporaryPassword: 'Temporary-1!', MessageAction: 'SUPPRESS',
    UserAttributes: [{Name: 'email', Value: email}],
  });
  const user = userOf(userPool(ids), 'invited');
  const {newPasswordRequired} = await signIn(user, 'invited', 'Temporary-1!');
  assert.equal(newPasswordRequired.attributes.email, email);
  assert.deepEqual(newPasswordRequired.required, []);
  await refuses(settled(user, 'completeNewPasswordChallenge', 'short', {}),
    'InvalidPasswordException', 'Password does not conform to policy: Password not long enough');
  const session = await settled(user, 'completeNewPasswordChallenge', password, {nickname: 'Vip'});
  assert.equal(session.getIdToken().payload.nickname, 'Vip');
});

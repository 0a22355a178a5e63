// Custom sign-in through amazon-cognito-identity-js and Amplify.
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {confirmSignIn, fetchAuthSession, signIn as amplifySignIn, signOut} from 'aws-amplify/auth';
import identity from 'amazon-cognito-identity-js';
import {configure} from './amplify-client.mjs';
import {settled, signIn, userOf, userPool} from './identity-client.mjs';
import {call, newEmail, newPool, newUser, otherPassword, password, refuses} from './world.mjs';

const arn = 'arn:aws:lambda:us-east-1:111122223333:function:custom-auth';
const ids = await newPool(
  {LambdaConfig: {DefineAuthChallenge: arn, CreateAuthChallenge: arn, VerifyAuthChallengeResponse: arn}},
  {ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']},
);
const metadata = {app: 'e2e'};
configure(ids);

afterEach(() => signOut());

// The metadata of sendCustomChallengeAnswer is the parameter after the callbacks.
function reply(user, text, given = metadata) {
  return new Promise((resolve, reject) => {
    user.sendCustomChallengeAnswer(text, {
      onSuccess: resolve, onFailure: reject, customChallenge: (parameters) => resolve({customChallenge: parameters}),
    }, given);
  });
}

async function solve(user, first) {
  assert.equal(first.customChallenge.captchaUrl, 'url/123.jpg');
  const second = await reply(user, '5');
  assert.equal(second.customChallenge.securityQuestion, 'Who is your favorite team mascot?');
  assert.equal(second.customChallenge.answer, undefined);
  const session = await reply(user, 'Peccy');
  assert.equal(session.getAccessToken().payload.username, user.getUsername());
}

test('identity-js: plain', async () => {
  await newUser(ids, 'plain', newEmail());
  const user = userOf(userPool(ids), 'plain');
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  await solve(user, await settled(user, 'initiateAuth', new identity.AuthenticationDetails({Username: 'plain'})));
});

test('identity-js: password first', async () => {
  await newUser(ids, 'first', newEmail());
  const user = userOf(userPool(ids), 'first');
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  await refuses(signIn(user, 'first', otherPassword), 'NotAuthorizedException', 'Incorrect username or password.');
  await solve(user, await signIn(user, 'first', password));
});

test('identity-js: a temporary password', async () => {
  await call('AdminCreateUser', {
    UserPoolId: ids.userPoolId, Username: 'invited', MessageAction: 'SUPPRESS', TemporaryPassword: otherPassword,
  });
  const user = userOf(userPool(ids), 'invited');
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  assert.ok((await signIn(user, 'invited', otherPassword)).newPasswordRequired);
  await solve(user, await settled(user, 'completeNewPasswordChallenge', password, {}));
});

test('identity-js: wrong answers', async () => {
  await newUser(ids, 'guesser', newEmail());
  const user = userOf(userPool(ids), 'guesser');
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  await signIn(user, 'guesser', password);
  assert.equal((await reply(user, '4')).customChallenge.captchaUrl, 'url/123.jpg');
  assert.equal((await reply(user, '5', {})).customChallenge.captchaUrl, 'url/123.jpg');
  await refuses(reply(user, '4'), 'NotAuthorizedException', 'Incorrect username or password.');
  await refuses(reply(user, '5'), 'NotAuthorizedException', 'Invalid session for the user.');
});

async function confirm(step) {
  assert.equal(step.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE');
  assert.equal(step.nextStep.additionalInfo.captchaUrl, 'url/123.jpg');
  const second = await confirmSignIn({challengeResponse: '5', options: {clientMetadata: metadata}});
  assert.equal(second.nextStep.additionalInfo.securityQuestion, 'Who is your favorite team mascot?');
  const done = await confirmSignIn({challengeResponse: 'Peccy', options: {clientMetadata: metadata}});
  assert.equal(done.isSignedIn, true);
  return (await fetchAuthSession()).tokens.accessToken.payload.username;
}

test('Amplify: CUSTOM_WITHOUT_SRP', async () => {
  await newUser(ids, 'without', newEmail());
  const step = await amplifySignIn({username: 'without', options: {authFlowType: 'CUSTOM_WITHOUT_SRP'}});
  assert.equal(await confirm(step), 'without');
});

test('Amplify: CUSTOM_WITH_SRP', async () => {
  await newUser(ids, 'with', newEmail());
  const options = {authFlowType: 'CUSTOM_WITH_SRP'};
  const withSRP = (given) => amplifySignIn({username: 'with', password: given, options});
  await refuses(withSRP(otherPassword), 'NotAuthorizedException', 'Incorrect username or password.');
  assert.equal(await confirm(await withSRP(password)), 'with');
});

// The first sign-in of an invited user, whose name is in the environment.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {settled, signIn, userOf, userPool} from './identity-client.mjs';

const {USER_POOL_ID, CLIENT_ID, USERNAME, TEMPORARY_PASSWORD, NEW_PASSWORD} = process.env;

test('sign-in with a temporary password requires a new password', async () => {
  const pool = userPool({userPoolId: USER_POOL_ID, clientId: CLIENT_ID});
  const user = userOf(pool, USERNAME);
  const {newPasswordRequired} = await signIn(user, USERNAME, TEMPORARY_PASSWORD);
  assert.ok(newPasswordRequired, 'a new password is required');
  assert.equal(newPasswordRequired.attributes.name, 'John');
  assert.equal(newPasswordRequired.attributes.phone_number, '+12065551212');
  assert.equal(newPasswordRequired.attributes.sub, undefined);
  const session = await settled(user, 'completeNewPasswordChallenge', NEW_PASSWORD, {});
  assert.equal(session.getAccessToken().payload.username, USERNAME);
  assert.equal(session.getIdToken().payload.name, 'John');
  const again = await signIn(userOf(pool, USERNAME), USERNAME, NEW_PASSWORD);
  assert.ok(again.isValid());
});

// Shared code of the suites: administration by plain requests (dev mode accepts
// any signature, or none), and the mailbox.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';

export const endpoint = process.env.LIFEGUARD_ENDPOINT;
assert.ok(endpoint, 'LIFEGUARD_ENDPOINT is not set');

export const password = 'Correct-horse-9';
export const otherPassword = 'Changed-horse-9';

// ownEmail is the configuration of a pool that has its own sender of e-mail.
export const ownEmail = {
  EmailSendingAccount: 'DEVELOPER', SourceArn: 'arn:aws:ses:us-east-1:111111111111:identity/a@example.com',
};

// call makes one call of the native API.
export async function call(operation, input) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  assert.ok(response.ok, `${operation}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

// extend sets the settings of a pool that Amazon Cognito does not have.
export async function extend(pool, settings) {
  const response = await fetch(`${endpoint}/pools/${pool.userPoolId}/extensions`, {
    method: 'PUT', body: JSON.stringify(settings),
  });
  assert.ok(response.ok, `extensions: ${response.status} ${await response.text()}`);
}

// newPool creates a pool with a public client.
export async function newPool(settings = {}, clientSettings = {}) {
  const {UserPool} = await call('CreateUserPool', {
    PoolName: 'javascript', AutoVerifiedAttributes: ['email'], ...settings,
  });
  const {UserPoolClient} = await call('CreateUserPoolClient', {
    UserPoolId: UserPool.Id,
    ClientName: 'javascript',
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    ...clientSettings,
  });
  return {userPoolId: UserPool.Id, clientId: UserPoolClient.ClientId};
}

// newUser creates a confirmed user and returns the sub.
export async function newUser(pool, username, email) {
  const {User} = await call('AdminCreateUser', {
    UserPoolId: pool.userPoolId, Username: username, MessageAction: 'SUPPRESS',
    UserAttributes: [{Name: 'email', Value: email}, {Name: 'email_verified', Value: 'true'}],
  });
  await call('AdminSetUserPassword', {
    UserPoolId: pool.userPoolId, Username: username, Password: password, Permanent: true,
  });
  return User.Attributes.find((a) => a.Name === 'sub').Value;
}

// newEmail returns an unused address.
export function newEmail() {
  return `${randomUUID()}@example.com`;
}

// codeFor returns the newest code that was sent to an address, which must have that
// many digits.
export async function codeFor(address, digits = 6) {
  const response = await fetch(`${endpoint}/_dev/messages?to=${encodeURIComponent(address)}`);
  const messages = await response.json();
  assert.ok(messages.length > 0, `nothing was sent to ${address}`);
  assert.match(messages[0].code, new RegExp(`^\\d{${digits}}$`));
  return messages[0].code;
}

// refuses asserts that a promise is rejected with the error's name and text.
export async function refuses(promise, name, message) {
  await assert.rejects(promise, (err) => {
    assert.equal(err.name || err.code, name, `${err.name} ${err.code}: ${err.message}`);
    assert.equal(err.message, message);
    return true;
  });
}

// Shared code of the suites of second factors.
import {call, newEmail, newPool, newUser, ownEmail} from './world.mjs';

const sms = {SmsConfiguration: {SnsCallerArn: 'arn:aws:iam::111111111111:role/sms', ExternalId: 'x'}};

// factorPool creates a pool that offers the factors, with an MfaConfiguration.
export async function factorPool(mode, {token, text, email}, settings = {}) {
  const pool = await newPool({EmailConfiguration: ownEmail, ...settings});
  await call('SetUserPoolMfaConfig', {
    UserPoolId: pool.userPoolId, MfaConfiguration: mode,
    ...(token && {SoftwareTokenMfaConfiguration: {Enabled: true}}),
    ...(text && {SmsMfaConfiguration: sms}),
    ...(email && {EmailMfaConfiguration: {}}),
  });
  return pool;
}

let numbers = 1000;

// reachable creates a user with an e-mail address and a phone number.
export async function reachable(pool, username, preference = {}) {
  const email = newEmail();
  const phone = `+1555${String(Date.now()).slice(-5)}${numbers++}`;
  await newUser(pool, username, email);
  await call('AdminUpdateUserAttributes', {
    UserPoolId: pool.userPoolId, Username: username, UserAttributes: [{Name: 'phone_number', Value: phone}],
  });
  if (Object.keys(preference).length > 0) {
    await call('AdminSetUserMFAPreference', {UserPoolId: pool.userPoolId, Username: username, ...preference});
  }
  return {email, phone};
}

export const on = {Enabled: true};
export const preferred = {Enabled: true, PreferredMfa: true};

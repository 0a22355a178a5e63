// Package totp implements time-based one-time passwords (RFC 6238 and RFC
// 4226) with the parameters of Amazon Cognito's software tokens: HMAC-SHA1,
// six digits, steps of 30 seconds. The codes of one step before and after the
// present one are accepted too.
//
// The package makes and parses shared secrets, verifies codes and writes the
// otpauth URI that authenticator apps scan. It stores nothing: the caller
// keeps a Spent for each secret and updates it in the transaction that signs
// the user in. Time and randomness are arguments.
package totp

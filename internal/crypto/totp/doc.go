// Package totp implements time-based one-time passwords (RFC 6238 and RFC 4226)
// with the parameters of Amazon Cognito's software tokens: HMAC-SHA1, six
// digits, steps of 30 seconds. The codes of one step before and after the
// current one are also accepted.
//
// The package creates and parses shared secrets, verifies codes and formats the
// otpauth URI that authenticator apps scan. It stores nothing: the caller
// stores a Spent for each secret and updates it in the transaction that signs
// the user in. Time and randomness are arguments.
package totp

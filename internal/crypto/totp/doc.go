// Package totp owns time-based one-time passwords (RFC 6238 over RFC 4226) as
// Amazon Cognito's software tokens use them: HMAC-SHA1, six digits, steps of
// 30 seconds, and codes of one step before and after taken too.
//
// It makes and reads shared secrets, judges codes and writes the otpauth URI
// that authenticator apps scan. It refuses to remember: which step a user has
// spent is the caller's to keep, as a Spent, and to move forward in the same
// write that lets the user in. Time and randomness come as arguments.
package totp

// Package passkey owns WebAuthn (W3C, Level 3) as Amazon Cognito does it: the
// options that a browser or an app is given, and the judgement of what it
// answers, at registration and at sign-in.
//
// Attestation is not asked for: whatever statement comes is taken without
// deciding whom to trust, so an authenticator model cannot be required or
// proved. Keys are ES256 and RS256 only. A credential belongs to one relying
// party, one user handle, and moves its signature counter forward.
//
// Parsing of CBOR, COSE and JSON is go-webauthn's; every check is here, one
// error for each, so that the flows can tell the modelled exceptions apart.
// The package refuses to know pools, sessions and stores: which challenge was
// given to whom, whether it still counts and that it counts once is the
// caller's, and so is the app client of the registration, which is what
// WebAuthnClientMismatchException speaks of.
package passkey

// Package passkey implements the server's part of WebAuthn (W3C, Level 3) as
// Amazon Cognito uses it: it creates the options for a browser or an app and
// verifies the responses, at registration and at sign-in.
//
// No attestation is requested. An attestation statement is accepted without
// verifying its signer, so the model of an authenticator can be neither
// required nor verified. Keys are ES256 or RS256. A credential belongs to one
// relying party and one user handle, and its signature counter must increase.
//
// CBOR, COSE and JSON are parsed by go-webauthn; all checks are in this
// package, each with an error of its own, so that callers can return the
// exception that the API has for it.
//
// The package has no pools, sessions or storage. The caller stores the
// challenge, checks that it has not expired and consumes it. The caller also
// compares the app client of a registration (WebAuthnClientMismatchException).
package passkey

package passkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Assertion is a parsed AuthenticationResponseJSON that has not been verified.
type Assertion struct {
	data *protocol.ParsedCredentialAssertionData
}

// ParseAssertion parses the CREDENTIAL of a response to WEB_AUTHN.
func ParseAssertion(response []byte) (*Assertion, error) {
	if len(response) > maxResponse {
		return nil, fmt.Errorf("%w: too long", ErrMalformed)
	}
	data, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &Assertion{data}, nil
}

// CredentialID returns the id of the stored credential to verify the assertion
// with.
func (a *Assertion) CredentialID() []byte { return a.data.RawID }

// Proof is the result of a verified assertion.
type Proof struct {
	// SignCount and BackedUp replace the stored values. Write them in a
	// statement that compares the counter with the one that was read, so that
	// only one of two responses with the same counter succeeds.
	SignCount uint32
	BackedUp  bool
	// UserVerified reports whether the passkey may count as two factors.
	UserVerified bool
	// Attachment is that of this response: platform, cross-platform or empty.
	Attachment string
}

// VerifyAssertion verifies a sign-in with the stored credential of the user
// with the given handle. A handle in the response must be the same; it may be
// absent if the user was named beforehand. The counter must increase unless it
// stays at zero, as that of synchronized passkeys does. Source: Web
// Authentication section 7.2.
func (c Ceremony) VerifyAssertion(a *Assertion, stored Credential, handle string) (Proof, error) {
	response := a.data.Response
	if len(stored.ID) == 0 || !bytes.Equal(stored.ID, a.data.RawID) {
		return Proof{}, ErrUnknownCredential
	}
	if len(response.UserHandle) > 0 && subtle.ConstantTimeCompare(response.UserHandle, []byte(handle)) != 1 {
		return Proof{}, ErrUserHandle
	}
	if err := c.checkClient(response.CollectedClientData, protocol.AssertCeremony); err != nil {
		return Proof{}, err
	}
	if err := c.checkAuthenticator(response.AuthenticatorData); err != nil {
		return Proof{}, err
	}
	flags, count := response.AuthenticatorData.Flags, response.AuthenticatorData.Counter
	if flags.HasBackupEligible() != stored.BackupEligible {
		return Proof{}, fmt.Errorf("%w: backup eligibility has changed", ErrNotSupported)
	}
	if !a.signedBy(stored.PublicKey) {
		return Proof{}, ErrSignature
	}
	if (count != 0 || stored.SignCount != 0) && count <= stored.SignCount {
		return Proof{}, ErrSignCount
	}
	return Proof{count, flags.HasBackupState(), flags.HasUserVerified(), string(a.data.AuthenticatorAttachment)}, nil
}

// signedBy reports whether the key signed authenticator data and client data.
func (a *Assertion) signedBy(cose []byte) bool {
	if checkKey(cose) != nil {
		return false
	}
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return false
	}
	raw := a.data.Raw.AssertionResponse
	hash := sha256.Sum256(raw.ClientDataJSON)
	ok, err := webauthncose.VerifySignature(key, slices.Concat(raw.AuthenticatorData, hash[:]), raw.Signature)
	return ok && err == nil
}

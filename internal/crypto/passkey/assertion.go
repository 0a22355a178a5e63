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

// Assertion is an AuthenticationResponseJSON, parsed and not yet judged.
type Assertion struct {
	data *protocol.ParsedCredentialAssertionData
}

// ParseAssertion reads the CREDENTIAL of a WEB_AUTHN answer.
func ParseAssertion(response []byte) (*Assertion, error) {
	if len(response) > mostResponse {
		return nil, fmt.Errorf("%w: too long", ErrMalformed)
	}
	data, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &Assertion{data}, nil
}

// CredentialID says which stored credential to judge the assertion by.
func (a *Assertion) CredentialID() []byte { return a.data.RawID }

// Proof is what a verified assertion tells.
type Proof struct {
	// SignCount and BackedUp replace what is stored; write them in a statement
	// that compares the counter with the one read, so that of two answers with
	// one counter only one is taken.
	SignCount uint32
	BackedUp  bool
	// UserVerified is whether the passkey may count for two factors.
	UserVerified bool
	// Attachment is platform, cross-platform or empty, of this answer.
	Attachment string
}

// VerifyAssertion judges a sign-in by the stored credential of the user whose
// handle is given. A handle in the answer must be the same; a user who was
// named beforehand may be answered for without one. Counters must move forward
// unless they stay at zero, as those of synchronised passkeys do. Source: Web
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

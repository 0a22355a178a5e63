package passkey

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
)

// maxResponse bounds a response: one with a certificate chain has some
// thousand bytes.
const maxResponse = 64 << 10

// Registration is a parsed RegistrationResponseJSON that has not been
// verified.
type Registration struct {
	data *protocol.ParsedCredentialCreationData
}

// ParseRegistration parses the Credential of CompleteWebAuthnRegistration.
func ParseRegistration(response []byte) (*Registration, error) {
	if len(response) > maxResponse {
		return nil, fmt.Errorf("%w: too long", ErrMalformed)
	}
	data, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &Registration{data}, nil
}

// Challenge returns the challenge that the response claims to answer; nil if
// there is none.
func (r *Registration) Challenge() []byte {
	challenge, err := base64.RawURLEncoding.DecodeString(r.data.Response.CollectedClientData.Challenge)
	if err != nil {
		return nil
	}
	return challenge
}

// VerifyRegistration verifies a registration and returns its credential. The
// caller checks that the credential is not registered yet. Source: Web
// Authentication section 7.1.
func (c Ceremony) VerifyRegistration(r *Registration) (Credential, error) {
	object := r.data.Response.AttestationObject
	made := object.AuthData.AttData
	if err := c.checkClient(r.data.Response.CollectedClientData, protocol.CreateCeremony); err != nil {
		return Credential{}, err
	}
	if err := c.checkAuthenticator(object.AuthData); err != nil {
		return Credential{}, err
	}
	if len(made.CredentialID) == 0 || !bytes.Equal(made.CredentialID, r.data.RawID) {
		return Credential{}, fmt.Errorf("%w: the authenticator names another credential", ErrMalformed)
	}
	if err := checkStatement(object); err != nil {
		return Credential{}, err
	}
	if err := checkKey(made.CredentialPublicKey); err != nil {
		return Credential{}, err
	}
	flags := object.AuthData.Flags
	return Credential{
		ID:             bytes.Clone(made.CredentialID),
		PublicKey:      bytes.Clone(made.CredentialPublicKey),
		SignCount:      object.AuthData.Counter,
		AAGUID:         formatUUID(made.AAGUID),
		Attachment:     string(r.data.AuthenticatorAttachment),
		Transports:     transportsOf(r.data.Response.Transports),
		BackupEligible: flags.HasBackupEligible(),
		BackedUp:       flags.HasBackupState(),
		UserVerified:   flags.HasUserVerified(),
	}, nil
}

// checkStatement checks that there is an attestation statement, and that one of
// format none is empty. The content is not verified.
func checkStatement(o protocol.AttestationObject) error {
	none := o.Format == string(protocol.AttestationFormatNone)
	switch {
	case o.Format == "", o.AttStatement == nil && o.SubStatements == nil, none && len(o.AttStatement) != 0:
		return fmt.Errorf("%w: attestation statement", ErrMalformed)
	}
	return nil
}

package passkey

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
)

// The errors of parsing and verifying a response. None contains what the
// client sent.
var (
	// ErrMalformed: the text is not a WebAuthn response.
	ErrMalformed = errors.New("passkey: not a WebAuthn response")
	// ErrType: a response of a registration was used at sign-in, or the
	// reverse.
	ErrType = errors.New("passkey: made for the other ceremony")
	// ErrChallenge: WebAuthnChallengeNotFoundException.
	ErrChallenge = errors.New("passkey: another challenge was answered")
	// ErrOrigin: WebAuthnOriginNotAllowedException.
	ErrOrigin = errors.New("passkey: the origin is not allowed")
	// ErrRelyingParty: WebAuthnRelyingPartyMismatchException.
	ErrRelyingParty = errors.New("passkey: made for another relying party")
	// ErrNotSupported: WebAuthnCredentialNotSupportedException, for keys of
	// other algorithms and authenticators that break the specification.
	ErrNotSupported = errors.New("passkey: the credential is not supported")
	// ErrUserAbsent: the authenticator does not report the user as present.
	ErrUserAbsent = errors.New("passkey: the user was not present")
	// ErrUserNotVerified: the user was not verified although that is required.
	ErrUserNotVerified = errors.New("passkey: the user was not verified")
	// ErrUnknownCredential: the response is not from the stored credential.
	ErrUnknownCredential = errors.New("passkey: another credential answered")
	// ErrUserHandle: the credential belongs to another user.
	ErrUserHandle = errors.New("passkey: the credential is another user's")
	// ErrSignature: the signature was not made by the stored key.
	ErrSignature = errors.New("passkey: the signature is wrong")
	// ErrSignCount: the counter did not increase; the authenticator may have
	// been cloned.
	ErrSignCount = errors.New("passkey: the signature counter did not move forward")
)

// Ceremony describes one registration or sign-in.
type Ceremony struct {
	// Challenge is the challenge in the options. If it is empty, no response
	// is accepted.
	Challenge []byte
	// RelyingParty is the domain that passkeys belong to.
	RelyingParty string
	// AppOrigins are origins besides those of the relying party, compared byte
	// by byte: those of mobile apps, such as android:apk-key-hash:….
	AppOrigins []string
	// UserVerification is Required or Preferred; empty means Preferred.
	UserVerification UserVerification
}

// checkClient verifies client data: type, challenge and origin, in this order.
func (c Ceremony) checkClient(d protocol.CollectedClientData, want protocol.CeremonyType) error {
	//lint:ignore SA1019 clients of WebAuthn Level 2 still send it, and its tests expect a malformed one to be refused
	binding := d.TokenBinding
	switch {
	case d.Type != want:
		return ErrType
	case len(c.Challenge) == 0 || subtle.ConstantTimeCompare([]byte(encode(c.Challenge)), []byte(d.Challenge)) != 1:
		return ErrChallenge
	case d.CrossOrigin || d.TopOrigin != "":
		return fmt.Errorf("%w: within a page of another origin", ErrOrigin)
	case !c.allows(d.Origin):
		return ErrOrigin
	case binding != nil && binding.Status != protocol.Present && binding.Status != protocol.Supported &&
		binding.Status != protocol.NotSupported:
		return fmt.Errorf("%w: token binding", ErrMalformed)
	}
	return nil
}

// allows reports whether a page or app of the origin may use the relying
// party's passkeys: https at its domain or a subdomain of it, on any port; http
// only at localhost, which browsers treat as secure; and AppOrigins.
func (c Ceremony) allows(origin string) bool {
	if slices.Contains(c.AppOrigins, origin) && origin != "" {
		return true
	}
	u, err := url.Parse(origin)
	// The origin must equal its own normal form: scheme, host and port.
	if err != nil || c.RelyingParty == "" || origin != u.Scheme+"://"+u.Host {
		return false
	}
	host := u.Hostname()
	safe := u.Scheme == "https" || u.Scheme == "http" && within(host, "localhost")
	return safe && within(host, c.RelyingParty)
}

// within reports whether host is the domain or a subdomain of it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain) && !strings.HasPrefix(host, ".")
}

// checkAuthenticator verifies authenticator data: relying party, then flags.
func (c Ceremony) checkAuthenticator(d protocol.AuthenticatorData) error {
	hash := sha256.Sum256([]byte(c.RelyingParty))
	switch {
	case subtle.ConstantTimeCompare(d.RPIDHash, hash[:]) != 1:
		return ErrRelyingParty
	case !d.Flags.HasUserPresent():
		return ErrUserAbsent
	case c.userVerification() == Required && !d.Flags.HasUserVerified():
		return ErrUserNotVerified
	case d.Flags.HasBackupState() && !d.Flags.HasBackupEligible():
		return fmt.Errorf("%w: backed up without being eligible", ErrNotSupported)
	}
	return nil
}

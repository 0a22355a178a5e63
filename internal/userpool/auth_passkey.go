package userpool

import (
	"fmt"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Passkey is a credential that signs a user in without a password. Its id is
// unique within a relying party of a pool.
type Passkey struct {
	PoolID, Username string
	// RelyingParty is the only domain at which it can be used.
	RelyingParty string
	CredentialID []byte
	// PublicKey is a COSE_Key.
	PublicKey []byte
	// SignCount is the signature counter of the last assertion.
	SignCount uint32
	BackedUp  bool
	Created   time.Time
	PasskeyTraits
}

// Position orders a user's passkeys, the oldest first.
func (p *Passkey) Position() string {
	return fmt.Sprintf("%019d %s %x", p.Created.UnixMilli(), p.RelyingParty, p.CredentialID)
}

// PasskeyTraits are the members that do not change after registration.
type PasskeyTraits struct {
	FriendlyName string
	AAGUID       string
	// Attachment is platform, cross-platform or empty.
	Attachment     string
	Transports     []string
	BackupEligible bool
	UserVerified   bool
}

// PasskeyChallenge is a started registration. The response consumes it, and a
// newer one of the same user and client replaces it.
type PasskeyChallenge struct {
	PoolID, Username, ClientID, RelyingParty string
	Challenge                                []byte
	Expires                                  time.Time
}

// PasskeyChallengeLifetime is how long a registration may take. The timeout for
// browsers is a minute, which they may exceed.
const PasskeyChallengeLifetime = 5 * time.Minute

// MaxPasskeyName is the limit of the name that a user gives a passkey.
const MaxPasskeyName = 64

// Errors of passkey operations. The service's own texts are unknown.
var (
	PasskeysNotEnabled = fault.New(fault.WebAuthnNotEnabled, "Passkeys are not enabled for this user pool.")
	NoRelyingParty     = fault.New(fault.WebAuthnConfigurationMissing,
		"The user pool has neither a relying party ID nor a domain.")
	PasskeyChallengeUnknown = fault.New(fault.WebAuthnChallengeNotFound,
		"The registration was not started, has expired or is complete.")
	PasskeyOfOtherClient = fault.New(fault.WebAuthnClientMismatch,
		"The registration was started by another app client.")
	PasskeyOrigin = fault.New(fault.WebAuthnOriginNotAllowed,
		"The origin of the passkey is not allowed for the relying party of the user pool.")
	PasskeyRelyingParty = fault.New(fault.WebAuthnRelyingPartyMismatch,
		"The passkey belongs to another relying party than the user pool's.")
	PasskeyNotSupported    = fault.New(fault.WebAuthnCredentialNotSupported, "The passkey is not supported.")
	PasskeyMalformed       = fault.Invalid("Credential is not a valid registration response.")
	PasskeyNameTooLong     = fault.Invalid("The name of a passkey has at most %d characters.", MaxPasskeyName)
	PasskeyTaken           = fault.Invalid("The passkey is already registered.")
	PasskeyOfFederatedUser = fault.New(fault.NotAuthorized, "Users of an external provider cannot have passkeys.")
)

// NoSuchPasskey is the error for an unknown credential.
var NoSuchPasskey = fault.New(fault.ResourceNotFound, "The passkey does not exist.")

// webAuthn is the name of passkeys as a first factor.
const webAuthn = "WEB_AUTHN"

// AllowsPasskeys reports whether passkeys are a first factor.
func (s *PoolSettings) AllowsPasskeys() bool {
	return slices.Contains(s.AllowedFirstAuthFactors, webAuthn)
}

// PasskeySuffices reports whether a passkey alone may sign in a user of the
// pool; enrolled users have enabled a second factor. A passkey is never the
// second factor: it counts as both factors, or no second one is required.
// Source: guide page user-pool-settings-mfa.
func (s *PoolSettings) PasskeySuffices(enrolled bool) bool {
	if !s.AllowsPasskeys() {
		return false
	}
	return s.WebAuthn.Multi() || s.MfaConfiguration == MFAOff || s.MfaConfiguration == MFAOptional && !enrolled
}

// RelyingParty returns the domain for passkeys: the configured one, else the
// custom domain, else the prefix domain. hostOf returns the host name of a
// domain, or "". RelyingParty is empty if there is none. Source: reference
// WebAuthnConfigurationType.
func (s *PoolSettings) RelyingParty(domains []*Domain, hostOf func(*Domain) string) string {
	if s.WebAuthn != nil && textOf(s.WebAuthn.RelyingPartyId) != "" {
		return *s.WebAuthn.RelyingPartyId
	}
	for _, kind := range []string{CustomDomain, PrefixDomain} {
		if d := DomainOf(domains, kind); d != nil {
			return hostOf(d)
		}
	}
	return ""
}

// RequiresUserVerification reports whether a passkey must verify its user: if
// the pool requires it, or if it counts as two factors.
func (w *WebAuthnConfiguration) RequiresUserVerification() bool {
	return w.Multi() || w != nil && textOf(w.UserVerification) == "required"
}

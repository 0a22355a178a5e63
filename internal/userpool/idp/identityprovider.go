package idp

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Type is the kind of an identity provider.
type Type string

// The types of identity providers.
const (
	SAML            Type = "SAML"
	OIDC            Type = "OIDC"
	Google          Type = "Google"
	Facebook        Type = "Facebook"
	LoginWithAmazon Type = "LoginWithAmazon"
	SignInWithApple Type = "SignInWithApple"
)

// Social reports whether a pool can have only one provider of the type, whose
// name is then the type.
func (t Type) Social() bool {
	switch t {
	case Google, Facebook, LoginWithAmazon, SignInWithApple:
		return true
	}
	return false
}

// SubjectClaim is the claim that identifies the user, "" for SAML, whose NameID
// is not a claim.
func (t Type) SubjectClaim() string {
	switch t {
	case OIDC, Google, SignInWithApple:
		return "sub"
	case Facebook:
		return "id"
	case LoginWithAmazon:
		return "user_id"
	}
	return ""
}

// Provider is an identity provider of a pool. Its ID is its name. Its document
// contains secrets. Source: API reference IdentityProviderType.
type Provider struct {
	userpool.Resource
	Type Type
	// Details are ProviderDetails: those of the caller and those that Complete
	// adds.
	Details map[string]string
	// AttributeMapping maps attributes of the pool to claims.
	AttributeMapping map[string]string
	Identifiers      []string
	AcrMapping       map[string]string
	// Discovered are the endpoints of an OIDC provider that its Details lack,
	// under the keys of Details.
	Discovered map[string]string
	// Metadata and Encryption are set for SAML providers.
	Metadata   *SAMLMetadata
	Encryption *CertificateKey
}

// CertificateKey is an RSA key as PKCS #8 and its self-signed certificate as DER.
type CertificateKey struct{ PKCS8, Certificate []byte }

// Format keeps every verb of fmt from printing the provider's secrets.
func (ip Provider) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, string(ip.Type)+" provider "+ip.ID+" of "+ip.PoolID)
}

// LogValue keeps the provider's secrets out of logs.
func (ip Provider) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(ip)) }

// Format keeps every verb of fmt from printing the key.
func (CertificateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, userpool.Redacted) }

// LogValue keeps the key out of logs.
func (CertificateKey) LogValue() slog.Value { return slog.StringValue(userpool.Redacted) }

// SigningCertificate is the pool's key for signing SAML requests. Its ID is
// SigningCertificateID: a pool has one.
type SigningCertificate struct {
	userpool.Resource
	CertificateKey
}

// SigningCertificateID is the ID of every SigningCertificate.
const SigningCertificateID = "saml"

// Identifier maps one of a provider's identifiers, its ID, to the provider.
type Identifier struct {
	userpool.Resource
	Provider string
}

// MaxProviders is how many providers a pool may have. Source: guide page
// quotas.
const MaxProviders = 300

// Issuer is the issuer in the identities of the provider's users: a SAML
// provider's entity id. Source: guide page
// cognito-user-pools-identity-federation-consolidate-users.
func (ip *Provider) Issuer() string {
	if ip.Metadata == nil {
		return ""
	}
	return ip.Metadata.EntityID
}

// Endpoint returns a URL of the provider by its key in ProviderDetails, either
// given or discovered.
func (ip *Provider) Endpoint(key string) string {
	if v := ip.Details[key]; v != "" {
		return v
	}
	return ip.Discovered[key]
}

// Complete sets defaults and refuses invalid settings. Every create and update
// calls it. Only plain may use the network.
func (ip *Provider) Complete(p *userpool.Pool, plain Plain) error {
	if err := ip.checkName(); err != nil {
		return err
	}
	if err := ip.completeDetails(plain); err != nil {
		return err
	}
	if err := ip.CompleteMapping(p); err != nil {
		return err
	}
	if err := ip.checkIdentifiers(); err != nil {
		return err
	}
	return ip.checkACR()
}

// checkName requires that social providers, and only they, are named as their
// type.
func (ip *Provider) checkName() error {
	social := Type(ip.ID).Social()
	if social || ip.Type.Social() {
		if ip.ID == string(ip.Type) {
			return nil
		}
		return fault.Invalid("Provider %s cannot be of type %s.", ip.ID, ip.Type)
	}
	if IsNative(ip.ID) {
		return fault.Invalid("Provider %s cannot be of type %s.", ip.ID, ip.Type)
	}
	return nil
}

// IsNative reports whether a provider's name means the pool itself.
func IsNative(provider string) bool { return strings.EqualFold(provider, "Cognito") }

// SameName reports whether two provider names result in the same usernames in a
// case-insensitive pool: a federated username contains the provider's name.
func SameName(a, b string) bool { return strings.EqualFold(a, b) }

const usernameTarget = "username"

// CompleteMapping is the part of Complete that depends on the pool. It requires
// that targets of the attribute mapping are in the schema, and sets the mapping of
// the claim that identifies the user. Whether a target can be changed is
// checked at sign-in, because an unchanged value is not written. Source: guide
// page cognito-user-pools-specifying-attribute-mapping.
func (ip *Provider) CompleteMapping(p *userpool.Pool) error {
	subject := ip.Type.SubjectClaim()
	for _, target := range slices.Sorted(maps.Keys(ip.AttributeMapping)) {
		claim := ip.AttributeMapping[target]
		a, known := p.Attribute(target)
		switch {
		case claim == "":
			return fault.Invalid("Attribute mapping for %s cannot be empty.", target)
		case target == usernameTarget && subject != "":
			if claim != subject {
				return fault.Invalid("The attribute mapping for username of a provider of type %s must be %s.",
					ip.Type, subject)
			}
		case !known || target == "sub" || a.DeveloperOnlyAttribute:
			return fault.Invalid("Attribute mapping is not valid: %s: Attribute does not exist in the schema.", target)
		}
	}
	if subject != "" && ip.AttributeMapping[usernameTarget] == "" {
		ip.AttributeMapping = with(ip.AttributeMapping, usernameTarget, subject)
	}
	return nil
}

// with returns a copy of m with one more entry.
func with(m map[string]string, key, value string) map[string]string {
	c := maps.Clone(m)
	if c == nil {
		c = map[string]string{}
	}
	c[key] = value
	return c
}

func (ip *Provider) checkIdentifiers() error {
	for i, id := range ip.Identifiers {
		if slices.Contains(ip.Identifiers[:i], id) {
			return fault.Invalid("Duplicate IdpIdentifier %s.", id)
		}
	}
	return nil
}

// checkACR allows assurance levels for OIDC providers only.
func (ip *Provider) checkACR() error {
	if len(ip.AcrMapping) > 0 && ip.Type != OIDC {
		return fault.Invalid("AcrMapping is supported for providers of type OIDC only.")
	}
	for level := range ip.AcrMapping {
		if !slices.Contains(userpool.AcrLevels, level) {
			return fault.Invalid("AcrMapping keys must be one of %s.", strings.Join(userpool.AcrLevels, ", "))
		}
	}
	return nil
}

// Revise returns the provider after an update: a nil argument changes nothing,
// any other replaces the old value. The version is the old one, for the store
// to compare.
func (ip *Provider) Revise(details, mapping, acr map[string]string, identifiers []string) *Provider {
	next := *ip
	if details != nil {
		next.Details = ip.reviseDetails(details)
		next.Discovered, next.Metadata = nil, nil
	}
	if mapping != nil {
		next.AttributeMapping = mapping
	}
	if acr != nil {
		next.AcrMapping = acr
	}
	if identifiers != nil {
		next.Identifiers = identifiers
	}
	return &next
}

// reviseDetails returns the details after an update. If a caller sends back
// what it read, the secret that Describe never returns is kept, and the derived
// details stay derived.
func (ip *Provider) reviseDetails(given map[string]string) map[string]string {
	next := maps.Clone(given)
	for key, value := range ip.derivedDetails() {
		if next[key] == value {
			delete(next, key)
		}
	}
	if ip.Type == SignInWithApple && next["private_key"] == "" {
		next["private_key"] = ip.Details["private_key"]
	}
	return next
}

// ShownDetails returns the details as the API returns them. Source: API
// reference IdentityProviderType.
func (ip *Provider) ShownDetails() map[string]string {
	shown := maps.Clone(ip.Details)
	if ip.Type == SignInWithApple {
		delete(shown, "private_key")
	}
	if ip.Metadata != nil {
		maps.Copy(shown, ip.Metadata.details())
	}
	if ip.Encryption != nil {
		shown["ActiveEncryptionCertificate"] = ip.Encryption.Text()
	}
	return shown
}

// ProviderExists is the error for a name that is in use.
func ProviderExists(name string) error {
	return fault.Newf(fault.DuplicateProvider, "A provider with the name %s already exists in this user pool.", name)
}

// ProviderDoesNotExist is the error for an unknown provider.
func ProviderDoesNotExist(name string) error {
	return fault.Newf(fault.ResourceNotFound, "Identity provider %s does not exist.", name)
}

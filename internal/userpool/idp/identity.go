package idp

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Identity maps a user of an identity provider, (Provider, Name, Value), to the
// user of the pool that signs in with it.
type Identity struct {
	PoolID string
	// Provider is the identity provider's name.
	Provider string
	// Name is CognitoSubject, or the attribute of the pool whose mapped claim is
	// compared with Value.
	Name, Value string
	// Username is the user of the pool.
	Username string
	Type     Type
	// Issuer is a SAML provider's entity id.
	Issuer string
	// Primary identities were created with the user by its first sign-in; the
	// others were linked.
	Primary bool
	Created time.Time
}

// CognitoSubject is the attribute name that stands for the provider's own
// identifier of a user. Source: API reference AdminLinkProviderForUser.
const CognitoSubject = "Cognito_Subject"

// Quotas: guide pages quotas and
// cognito-user-pools-identity-federation-consolidate-users.
const (
	MaxLinkedIdentities = 5
	MaxLinkAttributes   = 5
)

// Linkable refuses an attribute name by which the provider's users cannot be
// linked. Source: API reference AdminLinkProviderForUser, SourceUser.
func (ip *Provider) Linkable(name string) error {
	if name == CognitoSubject {
		return nil
	}
	if ip.Type.Social() {
		return fault.Invalid("Invalid SourceUser: ProviderAttributeName must be %s for provider %s.",
			CognitoSubject, ip.ID)
	}
	if _, mapped := ip.AttributeMapping[name]; !mapped || name == usernameTarget {
		return fault.Invalid("Invalid SourceUser: ProviderAttributeName %s is not mapped for provider %s.", name, ip.ID)
	}
	return nil
}

// AcceptsLinks refuses a user who has a value for an immutable custom
// attribute, because a linked sign-in writes the mapped attributes. Source: API
// reference AdminLinkProviderForUser, DestinationUser.
func AcceptsLinks(p *userpool.Pool, u *userpool.User) error {
	for _, a := range p.Schema[min(len(p.Schema), len(userpool.StandardSchema())):] {
		if !a.Mutable && u.Attributes[a.Name] != "" {
			return fault.Invalid("Invalid DestinationUser: the immutable attribute %s has a value.", a.Name)
		}
	}
	return nil
}

// Errors of a link. The first two texts are the service's.
var (
	AlreadyLinked = fault.New(fault.InvalidParameter, "SourceUser is already linked to DestinationUser")
	CannotMerge   = fault.New(fault.InvalidParameter,
		"Merging is not currently supported, provide a SourceUser that has not been signed up in order to link")
	LinkedElsewhere = fault.New(fault.AliasExists, "SourceUser is already linked to another user.")
	NativeSource    = fault.New(fault.InvalidParameter, "Invalid SourceUser: "+
		"Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser")
)

package idp

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Identity is a user as an identity provider knows it: one row leads from
// (Provider, Name, Value) to the user that signs in with it.
type Identity struct {
	PoolID string
	// Provider is the identity provider's name.
	Provider string
	// Name is CognitoSubject, or the attribute of the pool to whose claim
	// Value is compared.
	Name, Value string
	// Username is the user whose identity it is.
	Username string
	Type     Type
	// Issuer is a SAML provider's entity id.
	Issuer string
	// Primary identities came with the profile that the first sign-in made;
	// the others were linked.
	Primary bool
	Created time.Time
}

// CognitoSubject is the name under which a provider's own identifier of a user
// is linked. Source: API reference AdminLinkProviderForUser.
const CognitoSubject = "Cognito_Subject"

// Quotas: guide pages quotas and
// cognito-user-pools-identity-federation-consolidate-users.
const (
	MaxLinkedIdentities = 5
	MaxLinkAttributes   = 5
)

// shownIdentity has the members of an identity in the service's order.
type shownIdentity struct {
	UserID   string  `json:"userId"`
	Provider string  `json:"providerName"`
	Type     Type    `json:"providerType"`
	Issuer   *string `json:"issuer"`
	Primary  bool    `json:"primary"`
	Created  int64   `json:"dateCreated"`
}

// SetIdentities writes the attribute that lists a user's identities.
func SetIdentities(u *userpool.User, all []Identity) error {
	if len(all) == 0 {
		delete(u.Attributes, userpool.IdentitiesAttribute)
		return nil
	}
	shown := make([]shownIdentity, len(all))
	for i, id := range all {
		shown[i] = shownIdentity{UserID: id.Value, Provider: id.Provider, Type: id.Type, Primary: id.Primary, Created: id.Created.UnixMilli()}
		if id.Issuer != "" {
			shown[i].Issuer = &all[i].Issuer
		}
	}
	text, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	if u.Attributes == nil {
		u.Attributes = map[string]string{}
	}
	u.Attributes[userpool.IdentitiesAttribute] = string(text)
	return nil
}

// IdentitiesClaim is the attribute's value as ID tokens carry it: there the
// flag and the time are text. ok is false when the value is not such a list.
func IdentitiesClaim(value string) (claim []byte, ok bool) {
	var shown []shownIdentity
	if err := json.Unmarshal([]byte(value), &shown); err != nil {
		return nil, false
	}
	type claimed struct {
		UserID   string  `json:"userId"`
		Provider string  `json:"providerName"`
		Type     Type    `json:"providerType"`
		Issuer   *string `json:"issuer"`
		Primary  string  `json:"primary"`
		Created  string  `json:"dateCreated"`
	}
	out := make([]claimed, len(shown))
	for i, s := range shown {
		out[i] = claimed{s.UserID, s.Provider, s.Type, s.Issuer, strconv.FormatBool(s.Primary), strconv.FormatInt(s.Created, 10)}
	}
	claim, err := json.Marshal(out)
	return claim, err == nil
}

// Linkable refuses an attribute name on which a provider's users cannot be
// linked. Source: API reference AdminLinkProviderForUser, SourceUser.
func (ip *Provider) Linkable(name string) error {
	if name == CognitoSubject {
		return nil
	}
	if ip.Type.Social() {
		return fault.Invalid("Invalid SourceUser: ProviderAttributeName must be %s for provider %s.", CognitoSubject, ip.ID)
	}
	if _, mapped := ip.AttributeMapping[name]; !mapped || name == usernameTarget {
		return fault.Invalid("Invalid SourceUser: ProviderAttributeName %s is not mapped for provider %s.", name, ip.ID)
	}
	return nil
}

// AcceptsLinks refuses a user who has a value for an immutable custom
// attribute: a linked sign-in writes what the provider says. Source: API
// reference AdminLinkProviderForUser, DestinationUser.
func AcceptsLinks(p *userpool.Pool, u *userpool.User) error {
	for _, a := range p.Schema[min(len(p.Schema), len(userpool.StandardSchema())):] {
		if !a.Mutable && u.Attributes[a.Name] != "" {
			return fault.Invalid("Invalid DestinationUser: the immutable attribute %s has a value.", a.Name)
		}
	}
	return nil
}

// Refusals of a link. The first two are texts of the service.
var (
	AlreadyLinked   = fault.New(fault.InvalidParameter, "SourceUser is already linked to DestinationUser")
	CannotMerge     = fault.New(fault.InvalidParameter, "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link")
	LinkedElsewhere = fault.New(fault.AliasExists, "SourceUser is already linked to another user.")
	NativeSource    = fault.New(fault.InvalidParameter, "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser")
)

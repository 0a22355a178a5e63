package record

import (
	"encoding/json"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// identity has the members of an identity in the order that Cognito uses.
type identity struct {
	UserID   string   `json:"userId"`
	Provider string   `json:"providerName"`
	Type     idp.Type `json:"providerType"`
	Issuer   *string  `json:"issuer"`
	Primary  bool     `json:"primary"`
	Created  int64    `json:"dateCreated"` // Unix milliseconds
}

// EncodeIdentities returns the value of the attribute that lists a user's
// identities. Clients receive it as it is stored, so it has no version.
func EncodeIdentities(all []idp.Identity) (string, error) {
	shown := make([]identity, len(all))
	for i, id := range all {
		shown[i] = identity{id.Value, id.Provider, id.Type, nil, id.Primary, id.Created.UnixMilli()}
		if id.Issuer != "" {
			shown[i].Issuer = &all[i].Issuer
		}
	}
	text, err := json.Marshal(shown)
	return string(text), err
}

// DecodeIdentities decodes a value of EncodeIdentities. ok is false if value is
// not one.
func DecodeIdentities(value string) (all []idp.Identity, ok bool) {
	var shown []identity
	if err := json.Unmarshal([]byte(value), &shown); err != nil {
		return nil, false
	}
	all = make([]idp.Identity, len(shown))
	for i, s := range shown {
		all[i] = idp.Identity{Value: s.UserID, Provider: s.Provider, Type: s.Type, Primary: s.Primary}
		all[i].Created = time.UnixMilli(s.Created).UTC()
		if s.Issuer != nil {
			all[i].Issuer = *s.Issuer
		}
	}
	return all, true
}

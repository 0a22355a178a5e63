package idp

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A link is refused only if the user has a value that cannot be overwritten.
func TestAcceptsLinks(t *testing.T) {
	p := &userpool.Pool{PoolSettings: userpool.PoolSettings{Schema: append(userpool.StandardSchema(),
		userpool.Attribute{Name: "custom:fixed", AttributeDataType: "String"},
		userpool.Attribute{Name: "custom:free", AttributeDataType: "String", Mutable: true})}}
	for attribute, refused := range map[string]bool{"custom:fixed": true, "custom:free": false, "email": false} {
		u := &userpool.User{UserProfile: userpool.UserProfile{Attributes: map[string]string{attribute: "x"}}}
		if err := AcceptsLinks(p, u); (err != nil) != refused {
			t.Errorf("%s: %v", attribute, err)
		}
		u.Attributes[attribute] = ""
		if err := AcceptsLinks(p, u); err != nil {
			t.Errorf("%s without a value: %v", attribute, err)
		}
	}
}

package trigger

import (
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UserAttributes returns the userAttributes in events of an existing user: its
// attributes, sub and status, and the addresses that it can sign in with.
// Source: events of aws-lambda-go and captured ones.
func UserAttributes(p *userpool.Pool, u *userpool.User) map[string]string {
	values := maps.Clone(u.Attributes)
	if values == nil {
		values = map[string]string{}
	}
	values["sub"], values["cognito:user_status"] = u.Sub, string(u.Status)
	for _, name := range []string{"email", "phone_number"} {
		if values[name] != "" && values[name+"_verified"] == "" {
			values[name+"_verified"] = "false"
		}
	}
	for _, alias := range p.Aliases(u) {
		if alias.Attribute != "preferred_username" {
			values["cognito:"+alias.Attribute+"_alias"] = alias.Value
		}
	}
	return values
}

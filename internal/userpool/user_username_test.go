package userpool

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

func TestCheckUsername(t *testing.T) {
	plain := &Pool{}
	byEmail := &Pool{PoolSettings: PoolSettings{UsernameAttributes: []string{"email"}}}
	byPhone := &Pool{PoolSettings: PoolSettings{UsernameAttributes: []string{"phone_number"}}}
	byBoth := &Pool{PoolSettings: PoolSettings{UsernameAttributes: []string{"email", "phone_number"}}}
	alias := &Pool{PoolSettings: PoolSettings{AliasAttributes: []string{"email", "phone_number", "preferred_username"}}}
	preferred := &Pool{PoolSettings: PoolSettings{AliasAttributes: []string{"preferred_username"}}}
	const (
		email = "Username should be an email."
		phone = "Username should be a phone number."
		both  = "Username should be either an email or a phone number."
		form  = "1 validation error detected: Value '%' at 'username' failed to satisfy constraint: " +
			"Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"
	)
	for _, c := range []struct {
		name     string
		pool     *Pool
		username string
		want     string
	}{
		{"plain", plain, "ada", ""},
		{"plain accepts an address", plain, "ada@example.com", ""},
		{"plain accepts other scripts", plain, "エイダ", ""},
		{"no space", plain, "ada l", form},
		{"no line break", plain, "ada\r\nBcc: x", form},
		{"not empty", plain, "", form},
		{"too long", plain, strings.Repeat("a", 129),
			"1 validation error detected: Value '%' at 'username' failed to satisfy constraint: " +
				"Member must have length less than or equal to 128"},
		{"longest", plain, strings.Repeat("é", 128), ""},
		{"e-mail", byEmail, "ada@example.com", ""},
		{"e-mail required, name given", byEmail, "ada", email},
		{"e-mail required, phone given", byEmail, "+491701234567", email},
		{"phone", byPhone, "+491701234567", ""},
		{"phone required, e-mail given", byPhone, "ada@example.com", phone},
		{"either: e-mail", byBoth, "ada@example.com", ""},
		{"either: phone", byBoth, "+491701234567", ""},
		{"either: neither", byBoth, "ada", both},
		{"alias pool", alias, "ada", ""},
		{"alias pool, e-mail", alias, "ada@example.com",
			"Username cannot be of email format, since user pool is configured for email alias."},
		{"alias pool, phone", alias, "+491701234567",
			"Username cannot be of phone number format, since user pool is configured for phone number alias."},
		{"preferred username as alias accepts any form", preferred, "ada@example.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.pool.CheckUsername(c.username)
			want := strings.ReplaceAll(c.want, "%", c.username)
			if want == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			f := fault.Of(err)
			if f == nil || f.Kind != fault.InvalidParameter || f.Message != want {
				t.Fatalf("got %v, want InvalidParameter %q", err, want)
			}
		})
	}
}

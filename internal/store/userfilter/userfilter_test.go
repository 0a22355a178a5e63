package userfilter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]userfilter.Filter{
		`email = "ann@example.com"`:       {Attribute: "email", Value: "ann@example.com"},
		`email^="ann"`:                    {Attribute: "email", Prefix: true, Value: "ann"},
		`"email"^="testuser"`:             {Attribute: "email", Prefix: true, Value: "testuser"},
		` family_name   ^=   "O\"Neil" `:  {Attribute: "family_name", Prefix: true, Value: `O"Neil`},
		`cognito:user_status="CONFIRMED"`: {Attribute: "cognito:user_status", Value: "CONFIRMED"},
		`username = "a\\b"`:               {Attribute: "username", Value: `a\b`},
		`name = "100%_"`:                  {Attribute: "name", Value: "100%_"},
		`name = ""`:                       {Attribute: "name"},
		`name = "x' OR '1'='1"`:           {Attribute: "name", Value: "x' OR '1'='1"},
	} {
		got, err := userfilter.Parse(in)
		if err != nil || got == nil || *got != want {
			t.Errorf("%s: %+v, %v; want %+v", in, got, err, want)
		}
	}
	if f, err := userfilter.Parse("  "); f != nil || err != nil {
		t.Errorf("empty filter: %+v, %v", f, err)
	}
}

func TestRefusals(t *testing.T) {
	for _, in := range []string{
		`email`, `email =`, `email = ann`, `email = 'ann'`, `= "ann"`,
		`email == "ann"`, `email != "ann"`, `email ~= "a"`,
		`email = "ann`, `email = "ann" and name = "x"`, `email = "ann" --`, `email = "a";`, `"email = "ann"`,
		`email = "` + strings.Repeat("x", 10_000) + `"`, "\x00 = \"a\"\x00", `email ^ = "a"`,
	} {
		if _, err := userfilter.Parse(in); !errors.Is(err, fault.InvalidParameter) ||
			fault.Of(err).Message != "Error while parsing filter." {
			t.Errorf("%.40q: %v", in, err)
		}
	}
	for _, attribute := range []string{"custom:team", "address", "password", "email_verified", "Email"} {
		_, err := userfilter.Parse(attribute + ` = "x"`)
		if !errors.Is(err, fault.InvalidParameter) || fault.Of(err).Message != "Invalid search attribute: "+attribute {
			t.Errorf("%s: %v", attribute, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`email ^= "ann"`)
	f.Add(`"name"="\""`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := userfilter.Parse(s)
		if err != nil && !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("%q: %v", s, err)
		}
		if err == nil && got != nil && got.Attribute == "" {
			t.Errorf("%q has no attribute", s)
		}
	})
}

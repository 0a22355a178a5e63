package userpool

import (
	"maps"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

func text(s string) *string { return &s }

func testPool() *Pool {
	length := func(least, most string) *StringConstraints { return &StringConstraints{text(least), text(most)} }
	long := length("0", "2048")
	return &Pool{ID: "us-east-1_aaaaaaaaa", PoolSettings: PoolSettings{Schema: []Attribute{
		{Name: "sub", AttributeDataType: "String", Required: true, String: &StringConstraints{text("1"), text("2048")}},
		{Name: "name", AttributeDataType: "String", Mutable: true, Required: true, String: long},
		{Name: "family_name", AttributeDataType: "String", Mutable: true, Required: true, String: long},
		{Name: "email", AttributeDataType: "String", Mutable: true, String: long},
		{Name: "email_verified", AttributeDataType: "Boolean", Mutable: true},
		{Name: "phone_number", AttributeDataType: "String", Mutable: true, String: long},
		{Name: "phone_number_verified", AttributeDataType: "Boolean", Mutable: true},
		{Name: "preferred_username", AttributeDataType: "String", Mutable: true, String: long},
		{Name: "birthdate", AttributeDataType: "String", Mutable: true, String: length("10", "10")},
		{
			Name: "updated_at", AttributeDataType: "Number", Mutable: true,
			Number: &NumberConstraints{MinValue: text("0")},
		},
		{Name: "custom:team", AttributeDataType: "String", Mutable: true, String: length("2", "5")},
		{Name: "custom:born", AttributeDataType: "String"},
		{
			Name: "custom:level", AttributeDataType: "Number", Mutable: true,
			Number: &NumberConstraints{text("1"), text("10")},
		},
		{Name: "dev:custom:secret", AttributeDataType: "String", Mutable: true, DeveloperOnlyAttribute: true},
	}}}
}

// A user cannot mark their own address as verified or write the service's
// attributes.
func TestPermitted(t *testing.T) {
	p := testPool()
	all := &Client{PoolID: p.ID}
	few := &Client{
		PoolID: p.ID,
		ClientSettings: ClientSettings{
			WriteAttributes: []string{"email", "name", "email_verified", "dev:custom:secret"},
		},
	}
	for _, c := range []struct {
		name      string
		client    *Client
		attribute string
		allowed   bool
	}{
		{"positive control: standard", all, "email", true},
		{"positive control: custom without a list", all, "custom:team", true},
		{"positive control: unknown names are checked against the schema", all, "custom:unknown", true},
		{"positive control: listed", few, "email", true},
		{"positive control: administrator", nil, "email_verified", true},
		{"positive control: administrator, developer attribute", nil, "dev:custom:secret", true},
		{"not listed", few, "phone_number", false},
		{"custom not listed", few, "custom:team", false},
		{"email_verified", all, "email_verified", false},
		{"email_verified although listed", few, "email_verified", false},
		{"phone_number_verified", all, "phone_number_verified", false},
		{"sub", all, "sub", false},
		{"identities", all, "identities", false},
		{"developer attribute", all, "dev:custom:secret", false},
		{"developer attribute although listed", few, "dev:custom:secret", false},
		{"unknown developer attribute", all, "dev:custom:unknown", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := AttributeWrite{Pool: p, Client: c.client, Values: map[string]string{c.attribute: "true"}}.Permitted()
			if c.allowed != (err == nil) {
				t.Fatalf("Permitted = %v", err)
			}
			if err != nil && fault.Of(err) != fault.UnauthorizedAttributeWrite {
				t.Fatalf("refused with %v", err)
			}
		})
	}
}

// values are the attributes of a user.
type values = map[string]string

type conformation struct {
	name     string
	client   *Client
	user     *User
	complete bool
	in       values
	want     values
	refusal  string
}

// conformations are changes of attributes and their expected results.
func conformations() []conformation {
	const schema = "Attributes did not conform to the schema: "
	client := &Client{}
	attributes := map[string]string{"email": "a@example.com", "name": "A", "family_name": "B"}
	user := &User{UserProfile: UserProfile{Attributes: attributes}}
	nameless := &User{UserProfile: UserProfile{Attributes: map[string]string{"family_name": "B"}}}
	return []conformation{
		{"stored as sent", client, nil, true, values{"name": "A", "family_name": "B", "custom:team": "red"},
			values{"name": "A", "family_name": "B", "custom:team": "red"}, ""},
		{"required, in the order of the schema", client, nil, true, values{}, nil,
			schema + "name: The attribute is required\nfamily_name: The attribute is required\n"},
		{"blank is missing", client, nil, true, values{"name": "", "family_name": "B"}, nil,
			schema + "name: The attribute is required\n"},
		{"blank optional is left out", client, nil, true, values{"name": "A", "family_name": "B", "birthdate": ""},
			values{"name": "A", "family_name": "B"}, ""},
		{"unknown", client, nil, false, values{"custom:x": "1"}, nil,
			schema + "custom:x: Attribute does not exist in the schema.\n"},
		{"username is not an attribute", client, nil, false, values{"username": "1"}, nil,
			schema + "username: Attribute does not exist in the schema.\n"},
		{"identities is not an attribute", nil, nil, false, values{"identities": "[]"}, nil,
			schema + "identities: Attribute does not exist in the schema.\n"},
		{"unknown, by an administrator's update", nil, user, false, values{"custom:x": "1"}, nil,
			"user.custom:x: Attribute does not exist in the schema.\n"},
		{"unknown, by the user's update", client, user, false, values{"custom:x": "1"}, nil,
			schema + "custom:x: Attribute does not exist in the schema.\n"},
		{"several", client, nil, true, values{"custom:b": "1", "custom:a": "1", "family_name": "B"}, nil, schema +
			"name: The attribute is required\ncustom:a: Attribute does not exist in the schema." +
			"\ncustom:b: Attribute does not exist in the schema.\n"},
		{"immutable at creation", client, nil, false, values{"custom:born": "x"}, values{"custom:born": "x"}, ""},
		{"immutable later, even if not set", nil, user, false, values{"custom:born": "x"}, nil,
			"user.custom:born: Attribute cannot be updated.\n"},
		{"sub, by an administrator", nil, nil, false, values{"sub": "x"}, nil,
			"user.sub: Attribute cannot be updated.\n"},
		{"e-mail", client, nil, false, values{"email": "no-at"}, nil, "Invalid email address format."},
		{"phone", client, nil, false, values{"phone_number": "0170"}, nil, "Invalid phone number format."},
		{"short", client, nil, false, values{"custom:team": "r"}, nil,
			schema + "custom:team: String must be no shorter than 2 characters.\n"},
		{"long counts characters", client, nil, false, values{"custom:team": "ééééé"},
			values{"custom:team": "ééééé"}, ""},
		{"long", client, nil, false, values{"custom:team": "éééééé"}, nil,
			schema + "custom:team: String must be no longer than 5 characters.\n"},
		{"without constraints the maximum is 2048", client, nil, false,
			values{"custom:born": strings.Repeat("x", 2049)}, nil,
			schema + "custom:born: String must be no longer than 2048 characters.\n"},
		{"birthdate", client, nil, false, values{"birthdate": "2000-1-1"}, nil,
			schema + "birthdate: String must be no shorter than 10 characters.\n"},
		{"updated_at", client, nil, false, values{"updated_at": "1700000000"}, values{"updated_at": "1700000000"}, ""},
		{"updated_at below zero", client, nil, false, values{"updated_at": "-1"}, nil,
			schema + "updated_at: Number must be no less than 0.\n"},
		{"not a number", client, nil, false, values{"custom:level": "0x5"}, nil,
			schema + "custom:level: Value must be a number.\n"},
		{"exponents are not accepted", client, nil, false, values{"custom:level": "1e999999999"}, nil,
			schema + "custom:level: Value must be a number.\n"},
		{"number too large", client, nil, false, values{"custom:level": "10.5"}, nil,
			schema + "custom:level: Number must be no greater than 10.\n"},
		{"booleans become lower case", nil, nil, false, values{"email": "a@b.c", "email_verified": "True"},
			values{"email": "a@b.c", "email_verified": "true"}, ""},
		{"not a boolean", nil, nil, false, values{"email": "a@b.c", "email_verified": "yes"}, nil,
			schema + "email_verified: Boolean must be true or false.\n"},
		{"verified without an address", nil, nil, false, values{"email_verified": "true"}, nil,
			"Email is required to verify/un-verify an email"},
		{"verified without a number", nil, nil, false, values{"phone_number_verified": "true"}, nil,
			"Phone Number is required to verify/un-verify a phone number"},
		{"verified, address exists", nil, user, false, values{"email_verified": "true"},
			values{"email_verified": "true"}, ""},
		{"verified, address removed", nil, user, false, values{"email": "", "email_verified": "true"}, nil,
			"Email is required to verify/un-verify an email"},
		{"removal", nil, user, false, values{"email": ""}, values{"email": ""}, ""},
		{"required ones exist", client, user, true, values{"email": "b@example.com"},
			values{"email": "b@example.com"}, ""},
		{"a required one is still missing", client, nameless, true, values{"email": "b@example.com"}, nil,
			schema + "name: The attribute is required\n"},
		{"required ones are added", client, nameless, true, values{"name": "A"}, values{"name": "A"}, ""},
		{"removal of an address and its flag", nil, user, false, values{"email": "", "email_verified": ""},
			values{"email": "", "email_verified": ""}, ""},
		{"removal of a required one", nil, user, false, values{"name": ""}, nil,
			"user.name: The attribute is required\n"},
	}
}

func TestConform(t *testing.T) {
	for _, c := range conformations() {
		t.Run(c.name, func(t *testing.T) {
			got, err := AttributeWrite{
				Pool: testPool(), Client: c.client, User: c.user, Complete: c.complete, Values: c.in,
			}.Conform()
			if c.refusal != "" {
				if f := fault.Of(err); f == nil || f.Kind != fault.InvalidParameter || f.Message != c.refusal {
					t.Fatalf("got %v, want %q", err, c.refusal)
				}
				return
			}
			if err != nil || !maps.Equal(got, c.want) {
				t.Fatalf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestConformFolds(t *testing.T) {
	in := map[string]string{"email": "Ada@Example.COM", "preferred_username": "Ada", "custom:born": "Ada"}
	p := testPool()
	got, err := AttributeWrite{Pool: p, Values: in}.Conform()
	if err != nil || !maps.Equal(got, in) {
		t.Fatalf("case-sensitive pool: %v, %v", got, err)
	}
	p.UsernameConfiguration = &UsernameConfiguration{CaseSensitive: false}
	got, err = AttributeWrite{Pool: p, Values: in}.Conform()
	want := map[string]string{"email": "ada@example.com", "preferred_username": "ada", "custom:born": "Ada"}
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("case-insensitive pool: %v, %v", got, err)
	}
}

func TestPreferredUsernameAliasOnlyOnceConfirmed(t *testing.T) {
	p := testPool()
	p.AliasAttributes = []string{"preferred_username"}
	w := AttributeWrite{Pool: p, Client: &Client{}, Values: map[string]string{"preferred_username": "ada"}}
	if _, err := w.Conform(); fault.Of(err) == nil {
		t.Fatalf("accepted at sign-up: %v", err)
	}
	w.User = &User{}
	if _, err := w.Conform(); err != nil {
		t.Fatalf("refused later: %v", err)
	}
}

func TestAddressForms(t *testing.T) {
	for s, want := range map[string]bool{
		"ada@example.com": true, "ada+tag@mail.example.com": true, "ada@localhost": true, "a..b@docomo.example": true,
		"エイダ@例え.jp": true, "ada@xn--r8jz45g.jp": true,
		"": false, "ada": false, "@example.com": false, "ada@": false, "a@b@c": false,
		"a@good.example@evil.example": false,
		"\"a@b\"@c.example":           false, "ada@example.com\r\nBcc: x@y.z": false, "ada@example.com\n": false,
		" ada@example.com": false, "ada@[127.0.0.1]": false, "ada(comment)@example.com": false,
		"Ada <ada@example.com>": false, "a,b@example.com": false, "ada@example..com": false, "ada@.example.com": false,
		"ada@example.com.": false, "ada@exa mple.com": false, "ada@-example.com": false,
	} {
		if got := validEmail(s); got != want {
			t.Errorf("validEmail(%q) = %v", s, got)
		}
	}
	for s, want := range map[string]bool{
		"+1": true, "+491701234567": true, "+123456789012345": true,
		"": false, "+": false, "0170123": false, "+1234567890123456": false, "+49 170": false, "+49170a": false,
		"++49": false, "+49170\n": false, "+４９": false,
	} {
		if got := validPhone(s); got != want {
			t.Errorf("validPhone(%q) = %v", s, got)
		}
	}
}

func FuzzValidEmail(f *testing.F) {
	for _, s := range []string{"a@b.c", "a@b@c", "\"q\"@x", "a@b\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if validEmail(s) && (strings.Count(s, "@") != 1 || strings.ContainsAny(s, " \t\r\n<>()[]\",;:\\")) {
			t.Errorf("accepted %q", s)
		}
	})
}

func TestChannels(t *testing.T) {
	u := func(pairs ...string) *User {
		attributes := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			attributes[pairs[i]] = pairs[i+1]
		}
		return &User{UserProfile: UserProfile{Attributes: attributes}}
	}
	both := u("email", "a@b.c", "email_verified", "true", "phone_number", "+1", "phone_number_verified", "true")
	p := &Pool{PoolSettings: PoolSettings{AutoVerifiedAttributes: []string{"email", "phone_number"}}}
	if got := p.ConfirmationChannel(both); got != "phone_number" {
		t.Errorf("with both channels the code goes to %q, want phone_number", got)
	}
	if got := p.ConfirmationChannel(u("email", "a@b.c")); got != "email" {
		t.Errorf("ConfirmationChannel = %q", got)
	}
	if got := (&Pool{}).ConfirmationChannel(both); got != "" {
		t.Errorf("a pool that verifies nothing sends to %q", got)
	}
	emailFirst := []RecoveryOption{{2, "verified_phone_number"}, {1, "verified_email"}}
	for _, c := range []struct {
		name    string
		options []RecoveryOption
		user    *User
		want    string
	}{
		{"legacy prefers the phone", nil, both, "phone_number"},
		{"priority 1 goes first", emailFirst, both, "email"},
		{"second choice", emailFirst, u("phone_number", "+1", "phone_number_verified", "true", "email", "a@b.c"),
			"phone_number"},
		{"only what the pool lists", []RecoveryOption{{1, "verified_email"}},
			u("phone_number", "+1", "phone_number_verified", "true"), ""},
		{"unverified does not count", emailFirst, u("email", "a@b.c", "email_verified", "false"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := (&Pool{PoolSettings: PoolSettings{RecoveryMechanisms: c.options}}).RecoveryChannel(c.user)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("RecoveryChannel = %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

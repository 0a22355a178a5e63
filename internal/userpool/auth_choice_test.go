package userpool

import (
	"slices"
	"strings"
	"testing"
)

// choicePool returns a pool that permits the factors in letters: p, e, s, k.
func choicePool(mode, letters string, multi bool) *Pool {
	p := &Pool{}
	p.MfaConfiguration = mode
	for letter, factor := range map[rune]string{'p': "PASSWORD", 'e': "EMAIL_OTP", 's': "SMS_OTP", 'k': "WEB_AUTHN"} {
		if slices.Contains([]rune(letters), letter) {
			p.AllowedFirstAuthFactors = append(p.AllowedFirstAuthFactors, factor)
		}
	}
	if multi {
		kind := MultiFactor
		p.WebAuthn = &WebAuthnConfiguration{FactorConfiguration: &kind}
	}
	return p
}

// listed returns choices as letters. PASSWORD_SRP and PASSWORD together are p.
func listed(t *testing.T, list []Choice) (letters string) {
	t.Helper()
	for i, c := range list {
		switch c {
		case ChoosePasswordSRP:
			if i != 0 || len(list) < 2 || list[1] != ChoosePassword {
				t.Errorf("PASSWORD_SRP without PASSWORD after it: %v", list)
			}
		case ChoosePassword:
			letters += "p"
		case ChooseEmailCode:
			letters += "e"
		case ChooseSMSCode:
			letters += "s"
		case ChoosePasskey:
			letters += "k"
		}
	}
	return letters
}

// TestChoices has the guide's table (user-pool-settings-mfa) and the rules for
// addresses.
func TestChoices(t *testing.T) {
	all := Means{Password: true, Passkey: true}
	enrolled := Means{Password: true, Passkey: true, SecondFactor: true}
	password := Means{Password: true}
	both := map[string]string{"email": "a@b.c", "phone_number": "+15550100"}
	email := map[string]string{"email": "a@b.c"}
	verified := map[string]string{"email": "a@b.c", "email_verified": "true", "phone_number": "+15550100"}
	for name, c := range map[string]struct {
		mode, permits string
		status        Status
		attributes    map[string]string
		means         Means
		want          string
	}{
		"everything":                            {MFAOff, "pesk", Confirmed, both, all, "pesk"},
		"what the pool permits":                 {MFAOff, "pe", Confirmed, both, all, "pe"},
		"password only, as is the default":      {MFAOff, "p", Confirmed, both, all, "p"},
		"no password":                           {MFAOff, "pesk", Confirmed, both, Means{Passkey: true}, "esk"},
		"no passkey":                            {MFAOff, "pesk", Confirmed, both, password, "pes"},
		"no address":                            {MFAOff, "pesk", Confirmed, nil, all, "pk"},
		"no phone number":                       {MFAOff, "pesk", Confirmed, email, all, "pek"},
		"optional MFA, not configured":          {MFAOptional, "pesk", Confirmed, both, all, "pesk"},
		"optional MFA, configured":              {MFAOptional, "pes", Confirmed, verified, enrolled, "p"},
		"optional MFA, a passkey that suffices": {MFAOptional, "pesk", Confirmed, verified, enrolled, "pk"},
		"MFA":                                   {MFAOn, "pes", Confirmed, verified, password, "p"},
		"MFA, a passkey that suffices":          {MFAOn, "pk", Confirmed, verified, all, "pk"},
		"temporary password":                    {MFAOff, "pesk", ForceChangePassword, verified, password, "p"},
		"temporary password, a passkey":         {MFAOff, "pesk", ForceChangePassword, verified, all, "p"},
		"not confirmed":                         {MFAOff, "pesk", Unconfirmed, both, all, "pes"},
		"not confirmed, no password":            {MFAOff, "pesk", Unconfirmed, both, Means{}, "es"},
		"password reset":                        {MFAOff, "pesk", ResetRequired, verified, all, "p"},
		"imported":                              {MFAOff, "pesk", ResetRequired, verified, Means{}, "e"},
		"imported, nothing verified":            {MFAOff, "pesk", ResetRequired, both, Means{}, ""},
		"of another provider":                   {MFAOff, "pesk", ExternalProvider, verified, all, ""},
		"an unknown status":                     {MFAOff, "esk", "ARCHIVED", verified, all, ""},
		"no credential":                         {MFAOff, "pesk", Confirmed, nil, Means{}, ""},
	} {
		u := &User{Status: c.status}
		u.Attributes = c.attributes
		if got := listed(t, choicePool(c.mode, c.permits, false).Choices(u, c.means)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Decoy choices are plausible: never more than the pool permits, never none,
// always the same for one name, and a typed phone number is an address.
func TestDecoyChoices(t *testing.T) {
	for _, c := range []struct{ mode, permits string }{
		{MFAOff, "p"}, {MFAOff, "pe"}, {MFAOff, "ps"}, {MFAOff, "pes"}, {MFAOff, "pk"}, {MFAOff, "pesk"},
		{MFAOff, "es"}, {MFAOff, "ek"}, {MFAOff, "sk"}, {MFAOptional, "pesk"}, {MFAOptional, "es"},
		{MFAOn, "p"}, {MFAOn, "pk"}, {MFAOn, "pesk"},
	} {
		p, seen := choicePool(c.mode, c.permits, false), map[string]bool{}
		for draw := range 256 {
			got := listed(t, p.DecoyChoices("ann", byte(draw), true))
			again := listed(t, p.DecoyChoices("ann", byte(draw), true))
			if got == "" || got != again || strings.Trim(got, c.permits) != "" {
				t.Errorf("%s %s: %q", c.mode, c.permits, got)
			}
			seen[got] = true
		}
		if c.permits == "pesk" && c.mode != MFAOn && len(seen) < 4 {
			t.Errorf("every decoy has %v", seen)
		}
		if c.mode == MFAOn && (len(seen) != 1 || !seen["p"]) {
			t.Errorf("with MFA a decoy has %v", seen)
		}
	}
	p := choicePool(MFAOff, "pesk", false)
	if got := listed(t, p.DecoyChoices("+15550100", 1, false)); got != "pes" {
		t.Errorf("a phone number: %s", got)
	}
	if got := listed(t, p.DecoyChoices("ann", 0, false)); got != "pes" {
		t.Errorf("no relying party: %s", got)
	}
	if got := listed(t, choicePool(MFAOn, "pk", true).DecoyChoices("ann", 0, true)); got != "pk" {
		t.Errorf("a passkey that suffices: %s", got)
	}
}

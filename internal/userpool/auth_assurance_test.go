package userpool

import (
	"slices"
	"strings"
	"testing"
)

func methods(names string) (list []Method) {
	for _, name := range strings.Fields(names) {
		list = append(list, Method(name))
	}
	return list
}

// TestLevelOf has the guide's table of combinations, and combinations that
// satisfy more than one level.
func TestLevelOf(t *testing.T) {
	for done, want := range map[string]struct {
		level Level
		amr   string
	}{
		"":                  {0, ""},
		"pwd":               {1, "pwd"},
		"sms":               {2, "sms"},
		"email_otp":         {2, "email_otp"},
		"swk":               {3, "swk"},
		"hwk":               {3, "hwk"},
		"pwd sms":           {3, "pwd sms mfa"},
		"pwd email_otp":     {3, "pwd email_otp mfa"},
		"email_otp pwd":     {3, "email_otp pwd mfa"},
		"pwd otp":           {4, "pwd otp mfa"},
		"otp pwd":           {4, "otp pwd mfa"},
		"pwd sms otp":       {4, "pwd sms otp mfa"},
		"swk pwd":           {3, "swk pwd mfa"},
		"sms email_otp":     {2, "sms email_otp mfa"},
		"otp":               {0, "otp"},
		"swk otp":           {3, "swk otp mfa"},
		"fed":               {0, "fed"},
		"something unknown": {0, "something unknown mfa"},
	} {
		if got := LevelOf(methods(done)); got != want.level {
			t.Errorf("%q: level %d, want %d", done, got, want.level)
		}
		if got := strings.Join(AMR(methods(done)), " "); got != want.amr {
			t.Errorf("%q: amr %q, want %q", done, got, want.amr)
		}
	}
}

func TestMethodsOf(t *testing.T) {
	got := MethodsOf([]string{"pwd", "mfa", "fed", "pwd", "otp", "unknown"})
	if !slices.Equal(got, methods("pwd otp")) {
		t.Errorf("%v", got)
	}
}

// Toward returns only methods that the user has, that are not completed yet, and
// that lead to the level.
func TestToward(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string
		level         Level
		done          string
		want          string // first / second
	}{
		"a password":                        {"pwd", "", 1, "", "pwd /"},
		"nothing suffices":                  {"pwd", "", 2, "", "/"},
		"a code, or a password with TOTP":   {"pwd email_otp", "otp", 2, "", "pwd email_otp /"},
		"a second factor is no first one":   {"", "sms", 2, "", "/"},
		"a passkey or a password with SMS":  {"pwd swk email_otp", "sms", 3, "", "swk pwd /"},
		"no second factor":                  {"pwd swk", "", 3, "", "swk /"},
		"only TOTP":                         {"pwd swk email_otp", "sms otp", 4, "", "pwd /"},
		"no TOTP":                           {"pwd swk", "sms email_otp", 4, "", "/"},
		"the missing factor":                {"pwd", "sms otp", 4, "pwd", "/ otp"},
		"the missing factors of level 3":    {"pwd swk", "sms email_otp otp", 3, "pwd", "swk / otp sms email_otp"},
		"the missing password":              {"pwd", "", 3, "email_otp", "pwd /"},
		"a passkey, the rest is missing":    {"pwd swk", "otp", 4, "swk", "pwd /"},
		"SMS done, TOTP is missing":         {"pwd", "sms otp", 4, "pwd sms", "/ otp"},
		"everything is done":                {"pwd", "otp", 4, "pwd otp", "/"},
		"done, and there is no more factor": {"", "", 3, "pwd", "/"},
	} {
		w := Ways{methods(c.first), methods(c.second)}.Toward(c.level, methods(c.done))
		got := strings.Join(slices.Concat(texts(w.First), []string{"/"}, texts(w.Second)), " ")
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func texts(list []Method) (names []string) {
	for _, m := range list {
		names = append(names, string(m))
	}
	return names
}

// The target is the first of the list that is satisfied or can be satisfied.
func TestTargetOf(t *testing.T) {
	p := &Pool{}
	p.AcrConfiguration = map[string]string{"Level2": "two"}
	names := "urn:cognito:loa:4 urn:cognito:loa:2 two nothing two"
	if got := p.Targets(names); !slices.Equal(got, []Level{4, 2}) {
		t.Errorf("%q is %v", names, got)
	}
	w := Ways{methods("pwd"), methods("sms")}
	for _, c := range []struct {
		targets []Level
		done    string
		want    Level
	}{
		{[]Level{4, 3}, "", 3}, {[]Level{3, 1}, "", 3}, {[]Level{1, 3}, "", 1}, {[]Level{4}, "", 0}, {nil, "", 0},
		{[]Level{4, 3}, "pwd sms", 3}, {[]Level{4, 1}, "pwd", 1},
	} {
		if got := TargetOf(c.targets, w, methods(c.done)); got != c.want {
			t.Errorf("%v after %q: %d, want %d", c.targets, c.done, got, c.want)
		}
	}
}

// Factors for a step-up need not be enabled, but addresses must be verified and
// not be those of password resets.
func TestStepUpFactors(t *testing.T) {
	p := factorPool(MFAOptional, "ste")
	u := &User{Status: Confirmed}
	u.Attributes = map[string]string{"email": "a@b.c", "phone_number": "+15550100"}
	expect := func(what string, want ...Factor) {
		t.Helper()
		if got := p.StepUpFactors(u); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("nothing verified")
	u.Attributes["email_verified"], u.Attributes["phone_number_verified"] = "true", "true"
	expect("verified addresses", SMSMFA, EmailMFA)
	u.Factors.SoftwareToken = true
	expect("and an app", SMSMFA, SoftwareTokenMFA, EmailMFA)
	p.RecoveryMechanisms = []RecoveryOption{byEmail}
	expect("resets by e-mail", SMSMFA, SoftwareTokenMFA)
	u.EnableFactor(EmailMFA)
	expect("resets by e-mail, enabled", SMSMFA, SoftwareTokenMFA, EmailMFA)
	p.MfaConfiguration = MFAOff
	expect("no MFA")
}

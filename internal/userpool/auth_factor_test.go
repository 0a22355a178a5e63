package userpool

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// factorPool returns a pool that offers the factors in offers, by first letter:
// s, t, e.
func factorPool(mode, offers string, recovery ...RecoveryOption) *Pool {
	p := &Pool{PoolSettings: PoolSettings{MfaConfiguration: mode, RecoveryMechanisms: recovery}}
	p.SmsMfa, p.SoftwareTokenMfa = strings.Contains(offers, "s"), new(strings.Contains(offers, "t"))
	p.SmsConfiguration = &SmsConfiguration{}
	if strings.Contains(offers, "e") {
		p.EmailMfa = &EmailMfaConfiguration{}
	}
	return p
}

func factorsOf(letters string) (list []Factor) {
	for _, f := range []struct {
		letter string
		factor Factor
	}{{"s", SMSMFA}, {"t", SoftwareTokenMFA}, {"e", EmailMFA}} {
		if strings.Contains(letters, f.letter) {
			list = append(list, f.factor)
		}
	}
	return list
}

// factorUser returns a user with an address or app for each letter of has, and
// the factors of enabled switched on.
func factorUser(has, enabled string, preferred Factor) *User {
	u := &User{UserProfile: UserProfile{Attributes: map[string]string{}}}
	if strings.Contains(has, "s") {
		u.Attributes["phone_number"] = "+15550100"
	}
	if strings.Contains(has, "e") {
		u.Attributes["email"], u.Attributes["email_verified"] = "ann@example.com", "true"
	}
	u.Factors = Factors{Enabled: factorsOf(enabled), Preferred: preferred, SoftwareToken: strings.Contains(has, "t")}
	return u
}

var (
	byEmail = RecoveryOption{1, "verified_email"}
	byPhone = RecoveryOption{2, "verified_phone_number"}
	byAdmin = RecoveryOption{1, "admin_only"}
)

// secondFactors are users and pools with the second factors to expect.
var secondFactors = []struct {
	name, mode, offers string
	recovery           []RecoveryOption
	user               *User
	factors, setup     string
	stuck              bool
}{
	{name: "off", mode: MFAOff, offers: "ste", user: factorUser("ste", "ste", SMSMFA)},
	{name: "a pool without a setting", mode: "", offers: "ste", user: factorUser("ste", "ste", SMSMFA)},
	{name: "optional, nothing on", mode: MFAOptional, offers: "ste", user: factorUser("ste", "", "")},
	{name: "optional, one on", mode: MFAOptional, offers: "ste", user: factorUser("ste", "t", ""), factors: "t"},
	{
		name: "optional, several on", mode: MFAOptional, offers: "ste", user: factorUser("ste", "ste", ""),
		factors: "ste",
	},
	{
		name: "optional, preferred", mode: MFAOptional, offers: "ste", user: factorUser("ste", "ste", EmailMFA),
		factors: "e",
	},
	{
		name: "optional, preferred is not usable", mode: MFAOptional, offers: "st",
		user: factorUser("ste", "ste", EmailMFA), factors: "st",
	},
	{
		name: "optional, the recovery address was chosen", mode: MFAOptional, offers: "e",
		recovery: []RecoveryOption{byEmail}, user: factorUser("e", "e", ""), factors: "e",
	},
	{name: "optional, address removed", mode: MFAOptional, offers: "s", user: factorUser("", "s", "")},
	{name: "optional, pool turned SMS off", mode: MFAOptional, offers: "t", user: factorUser("s", "s", "")},
	{
		name: "optional, pool turned TOTP off", mode: MFAOptional, offers: "s",
		user: factorUser("t", "t", ""), factors: "t",
	},
	{name: "required, chosen ones only", mode: MFAOn, offers: "ste", user: factorUser("ste", "t", ""), factors: "t"},
	{
		name: "required, preferred", mode: MFAOn, offers: "ste", recovery: []RecoveryOption{byEmail},
		user: factorUser("ste", "te", EmailMFA), factors: "e",
	},
	{
		name: "required, an app that was not switched on", mode: MFAOn, offers: "t", user: factorUser("t", "", ""),
		factors: "t",
	},
	{
		name: "required, app and phone", mode: MFAOn, offers: "ste", recovery: []RecoveryOption{byEmail, byPhone},
		user: factorUser("ste", "", ""), factors: "st",
	},
	{
		name: "required, phone", mode: MFAOn, offers: "st", recovery: []RecoveryOption{byEmail, byPhone},
		user: factorUser("s", "", ""), factors: "s",
	},
	{
		name: "required, both, recovery by phone", mode: MFAOn, offers: "se",
		recovery: []RecoveryOption{{1, "verified_phone_number"}}, user: factorUser("se", "", ""), factors: "e",
	},
	{
		name: "required, both, recovery by administrators", mode: MFAOn, offers: "se",
		recovery: []RecoveryOption{byAdmin}, user: factorUser("se", "", ""), factors: "se",
	},
	{
		name: "required, nothing yet", mode: MFAOn, offers: "ste", recovery: []RecoveryOption{byEmail},
		user: factorUser("", "", ""), setup: "st",
	},
	{
		name: "required, the recovery address only", mode: MFAOn, offers: "te", recovery: []RecoveryOption{byEmail},
		user: factorUser("e", "", ""), setup: "t",
	},
	{
		name: "required, none usable", mode: MFAOn, offers: "e", recovery: []RecoveryOption{byEmail},
		user: factorUser("e", "", ""), stuck: true,
	},
}

func TestSecondFactor(t *testing.T) {
	for _, c := range secondFactors {
		t.Run(c.name, func(t *testing.T) {
			got := factorPool(c.mode, c.offers, c.recovery...).SecondFactor(c.user)
			want := FactorChoice{factorsOf(c.factors), factorsOf(c.setup), c.stuck}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	old := factorUser("s", "", "")
	old.MFAOptions = []MFAOption{{"SMS", "phone_number"}}
	if got := factorPool(MFAOptional, "s").SecondFactor(old).Factors; !slices.Equal(got, factorsOf("s")) {
		t.Errorf("SetUserSettings: %v", got)
	}
}

// In a pool that requires MFA, no sign-in succeeds without a second factor.
func TestRequiredFactorIsNeverSkipped(t *testing.T) {
	letters := []string{"", "s", "t", "e", "st", "se", "te", "ste"}
	preferences := []Factor{"", SMSMFA, SoftwareTokenMFA, EmailMFA}
	recoveries := [][]RecoveryOption{nil, {byEmail}, {byPhone}, {byAdmin}, {byEmail, byPhone}}
	for n := range 8 * 8 * 8 * 4 * 5 {
		pick := func(of int) int {
			chosen := n % of
			n /= of
			return chosen
		}
		offers, has, enabled := letters[pick(8)], letters[pick(8)], letters[pick(8)]
		u := factorUser(has, enabled, preferences[pick(4)])
		p := factorPool(MFAOn, offers, recoveries[pick(5)]...)
		got := p.SecondFactor(u)
		choice, setup := len(got.Factors) > 0, len(got.Setup) > 0
		if choice && (setup || got.Stuck) || setup && got.Stuck || !choice && !setup && !got.Stuck {
			t.Errorf("offers %q, has %q, enabled %q, preferred %q: %+v", offers, has, enabled, u.Factors.Preferred, got)
		}
		if slices.ContainsFunc(got.Factors, func(f Factor) bool { return !p.works(u, f) }) {
			t.Errorf("offers %q, has %q, enabled %q: %+v", offers, has, enabled, got)
		}
	}
}

// factorSet is a setting for each factor that a request names.
type factorSet = map[Factor]FactorSetting

type factorChange struct {
	name, mode, offers string
	user               *User
	set                factorSet
	want               Factors
	refusal            *fault.Fault
}

// settings are changes of factors and their expected results.
func settings() []factorChange {
	yes, no := true, false
	on, off := FactorSetting{Enabled: &yes}, FactorSetting{Enabled: &no, Preferred: &no}
	preferred := FactorSetting{Enabled: &yes, Preferred: &yes}
	delivery := func(f string) *fault.Fault {
		return fault.Invalid("User does not have delivery config set to turn on %s", f)
	}
	return []factorChange{
		{
			name: "nothing named", user: factorUser("ste", "st", SMSMFA),
			want: Factors{Enabled: factorsOf("st"), Preferred: SMSMFA},
		},
		{
			name: "on", user: factorUser("ste", "e", ""), set: factorSet{SMSMFA: on},
			want: Factors{Enabled: factorsOf("se")},
		},
		{
			name: "preferred", user: factorUser("ste", "", ""), set: factorSet{SoftwareTokenMFA: preferred},
			want: Factors{Enabled: factorsOf("t"), Preferred: SoftwareTokenMFA},
		},
		{
			name: "the preference moves", user: factorUser("ste", "st", SMSMFA),
			set: factorSet{EmailMFA: preferred}, want: Factors{Enabled: factorsOf("ste"), Preferred: EmailMFA},
		},
		{
			name: "on again keeps the preference", user: factorUser("ste", "s", SMSMFA),
			set: factorSet{SMSMFA: on}, want: Factors{Enabled: factorsOf("s"), Preferred: SMSMFA},
		},
		{
			name: "on, not preferred", user: factorUser("ste", "s", SMSMFA), set: factorSet{SMSMFA: {&yes, &no}},
			want: Factors{Enabled: factorsOf("s")},
		},
		{
			name: "off removes the preference", user: factorUser("ste", "st", SMSMFA),
			set: factorSet{SMSMFA: off}, want: Factors{Enabled: factorsOf("t")},
		},
		{
			name: "Enabled left out is off", user: factorUser("ste", "st", ""), set: factorSet{SMSMFA: {}},
			want: Factors{Enabled: factorsOf("t")},
		},
		{
			name: "off without having it", user: factorUser("", "", ""),
			set: factorSet{SoftwareTokenMFA: off, SMSMFA: off, EmailMFA: off},
		},
		{
			name: "one off, another preferred", user: factorUser("ste", "s", SMSMFA),
			set:  factorSet{SMSMFA: off, SoftwareTokenMFA: preferred},
			want: Factors{Enabled: factorsOf("t"), Preferred: SoftwareTokenMFA},
		},
		{
			name: "off and preferred", user: factorUser("ste", "", ""), set: factorSet{SMSMFA: {&no, &yes}},
			refusal: errPreferredOff,
		},
		{
			name: "two preferred", user: factorUser("ste", "", ""),
			set: factorSet{SMSMFA: preferred, EmailMFA: preferred}, refusal: errTwoPreferred,
		},
		{
			name: "no app", user: factorUser("se", "", ""), set: factorSet{SoftwareTokenMFA: on},
			refusal: delivery("SOFTWARE_TOKEN_MFA"),
		},
		{
			name: "no phone", user: factorUser("te", "", ""), set: factorSet{SMSMFA: preferred},
			refusal: delivery("SMS_MFA"),
		},
		{
			name: "no e-mail address", user: factorUser("st", "", ""), set: factorSet{EmailMFA: on},
			refusal: delivery("EMAIL_OTP"),
		},
		{
			name: "the pool does not offer it", offers: "se", user: factorUser("ste", "", ""),
			set: factorSet{SoftwareTokenMFA: on}, refusal: delivery("SOFTWARE_TOKEN_MFA"),
		},
		{
			name: "the pool is off", mode: MFAOff, user: factorUser("ste", "", ""), set: factorSet{SMSMFA: on},
			refusal: delivery("SMS_MFA"),
		},
	}
}

func TestSetFactors(t *testing.T) {
	for _, c := range settings() {
		t.Run(c.name, func(t *testing.T) {
			mode, offers := MFAOptional, "ste"
			if c.mode != "" {
				mode = c.mode
			}
			if c.offers != "" {
				offers = c.offers
			}
			c.want.SoftwareToken = c.user.Factors.SoftwareToken
			err := factorPool(mode, offers).SetFactors(c.user, FactorSettings{Factors: c.set})
			if c.refusal != nil {
				if got := fault.Of(err); got == nil || got.Message != c.refusal.Message {
					t.Errorf("%v, want %v", err, c.refusal)
				}
				return
			}
			if err != nil || !slices.Equal(c.user.Factors.Enabled, c.want.Enabled) ||
				c.user.Factors.Preferred != c.want.Preferred {
				t.Errorf("%+v, %v, want %+v", c.user.Factors, err, c.want)
			}
		})
	}
}

func TestUnverifiedEmailCannotBeEnabled(t *testing.T) {
	u, yes := factorUser("e", "", ""), true
	u.Attributes["email_verified"] = "false"
	set := FactorSettings{Factors: factorSet{EmailMFA: {Enabled: &yes}}}
	if err := factorPool(MFAOptional, "e").SetFactors(u, set); err == nil {
		t.Error("an unverified address was accepted")
	}
	u.Attributes["email_verified"] = "true"
	if err := factorPool(MFAOptional, "e").SetFactors(u, set); err != nil {
		t.Errorf("a verified address: %v", err)
	}
}

func TestDisablingSMSClearsMFAOptions(t *testing.T) {
	u, no := factorUser("s", "", ""), false
	u.MFAOptions = []MFAOption{{"SMS", "phone_number"}}
	if err := factorPool(MFAOptional, "s").SetFactors(u,
		FactorSettings{Factors: factorSet{SMSMFA: {Enabled: &no}}}); err != nil {
		t.Fatal(err)
	}
	if got := factorPool(MFAOptional, "s").SecondFactor(u).Factors; len(got) != 0 {
		t.Errorf("SecondFactor is still %v", got)
	}
}

func TestPasskeyAsFactor(t *testing.T) {
	multi, yes, no := MultiFactor, true, false
	p := factorPool(MFAOptional, "s")
	u := factorUser("s", "s", "")
	set := func(on *bool) error { return p.SetFactors(u, FactorSettings{Passkey: on}) }
	if set(&yes) == nil {
		t.Error("a passkey counted as two factors in a pool with SINGLE_FACTOR")
	}
	p.WebAuthn = &WebAuthnConfiguration{FactorConfiguration: &multi}
	if err := set(&yes); err != nil || !u.Factors.Passkey {
		t.Errorf("%v", err)
	}
	if err := set(&no); err != nil || u.Factors.Passkey {
		t.Errorf("%v", err)
	}
	u.Factors.Enabled = nil
	if set(&yes) == nil {
		t.Error("a passkey became the only factor")
	}
}

// Removing an address disables its factor and no other.
func TestRemovedAddressDisablesItsFactor(t *testing.T) {
	p := factorPool(MFAOptional, "ste")
	u := factorUser("ste", "ste", SMSMFA)
	u.MFAOptions = []MFAOption{{"SMS", "phone_number"}}
	c, err := p.ChangeAttributes(u, map[string]string{"phone_number": ""})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.User; !slices.Equal(got.EnabledFactors(), factorsOf("te")) || got.Factors.Preferred != "" {
		t.Errorf("without a phone: %+v", got.Factors)
	}
	if !slices.Equal(u.Factors.Enabled, factorsOf("ste")) || u.Factors.Preferred != SMSMFA {
		t.Errorf("ChangeAttributes changed its argument: %+v", u.Factors)
	}
	c, err = p.ChangeAttributes(u, map[string]string{"phone_number": "+15550199", "email": "other@example.com"})
	if err != nil || !slices.Equal(c.User.EnabledFactors(), factorsOf("ste")) || c.User.Factors.Preferred != SMSMFA {
		t.Errorf("with other addresses: %+v, %v", c.User.Factors, err)
	}
}

// Codes of the second factor and of password resets never go to the same
// address.
func TestRecoveryAvoidsTheSecondFactor(t *testing.T) {
	both := []RecoveryOption{byEmail, byPhone}
	for _, c := range []struct {
		name, mode, offers string
		user               *User
		want               string
	}{
		{"nothing on", MFAOptional, "se", factorUser("se", "", ""), "email"},
		{"e-mail on", MFAOptional, "se", factorUser("se", "e", ""), "phone_number"},
		{"e-mail on, phone preferred", MFAOptional, "se", factorUser("se", "se", SMSMFA), ""},
		{"the pool does not offer it", MFAOptional, "s", factorUser("se", "e", ""), "email"},
		{"required: the phone is used", MFAOn, "s", factorUser("se", "", ""), "email"},
		{"required: only a phone", MFAOn, "s", factorUser("s", "", ""), ""},
		{"off", MFAOff, "se", factorUser("se", "se", ""), "email"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.user.Attributes["phone_number"] != "" {
				c.user.Attributes["phone_number_verified"] = "true"
			}
			got, err := factorPool(c.mode, c.offers, both...).RecoveryChannel(c.user)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v, want %q", got, err, c.want)
			}
		})
	}
}

package awsapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
)

// factorWorld is a pool with all second factors and the signed-in user ann, who has
// an e-mail address and a phone number.
type factorWorld struct {
	*world
	pool, client string
	token        any
	ref          object
}

func newFactorWorld(t *testing.T) *factorWorld {
	t.Helper()
	w := &factorWorld{world: newWorld(t)}
	w.pool, w.client = w.mailPool(ownMail, nil)
	w.confirmed(w.client, "ann")
	w.ref = object{"UserPoolId": w.pool, "Username": "ann"}
	w.must("AdminUpdateUserAttributes",
		with(w.ref, object{"UserAttributes": pairs(map[string]string{"phone_number": "+15550100"})}))
	w.token = w.accessToken(w.client, "ann")
	w.mfa("OPTIONAL", "ste")
	return w
}

// mfa sets the pool's MFA mode and factors. offers has the first letters of the
// factors: SMS, token, e-mail.
func (w *factorWorld) mfa(mode, offers string) {
	w.t.Helper()
	in := object{"UserPoolId": w.pool, "MfaConfiguration": mode}
	for letter, block := range map[string]object{
		"s": {"SmsMfaConfiguration": object{"SmsConfiguration": smsRole}},
		"t": {"SoftwareTokenMfaConfiguration": tokenMfa},
		"e": {"EmailMfaConfiguration": object{}},
	} {
		if strings.Contains(offers, letter) {
			in = with(in, block)
		}
	}
	w.must("SetUserPoolMfaConfig", in)
}

// app returns an authenticator app with the secret.
func app(t *testing.T, secretCode any) totp.Secret {
	t.Helper()
	text, ok := secretCode.(string)
	if !ok || len(text) != 52 {
		t.Fatalf("SecretCode %v", secretCode)
	}
	s, err := totp.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// otherCode returns six digits that are not a code of s around now.
func (w *world) otherCode(s totp.Secret) string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if _, right := s.Verify(code, w.clk.Now()); !right {
			return code
		}
	}
	panic("four codes are valid, but Verify accepts three at a time")
}

// enrol registers an authenticator app for the signed-in user.
func (w *factorWorld) enrol() totp.Secret {
	w.t.Helper()
	out := w.must("AssociateSoftwareToken", object{"AccessToken": w.token})
	if _, shown := out["Session"]; shown {
		w.t.Errorf("a signed-in user gets a Session: %v", out)
	}
	s := app(w.t, out["SecretCode"])
	verified := w.must("VerifySoftwareToken",
		object{"AccessToken": w.token, "UserCode": s.Code(w.clk.Now()), "FriendlyDeviceName": "Ann's phone"})
	if got := asJSON(w.t, verified); got != `{"Status":"SUCCESS"}` {
		w.t.Errorf("VerifySoftwareToken returned %s", got)
	}
	return s
}

// shows requires every operation that returns a user's factors to return these.
func (w *factorWorld) shows(what, preferred string, list ...string) {
	w.t.Helper()
	for operation, in := range map[string]object{
		"GetUser": {"AccessToken": w.token}, "GetUserAuthFactors": {"AccessToken": w.token}, "AdminGetUser": w.ref,
		"AdminGetUserAuthFactors": w.ref,
	} {
		out := w.must(operation, in)
		got, has := out["UserMFASettingList"]
		if has != (len(list) > 0) || has && asJSON(w.t, got) != asJSON(w.t, list) {
			w.t.Errorf("%s: %s shows %v, want %v", what, operation, got, list)
		}
		if got, has := out["PreferredMfaSetting"]; has != (preferred != "") || has && got != preferred {
			w.t.Errorf("%s: %s prefers %v, want %q", what, operation, got, preferred)
		}
	}
}

// kinds requires every operation that returns a user's authentication factors to
// return these.
func (w *factorWorld) kinds(want ...string) {
	w.t.Helper()
	for operation, in := range map[string]object{
		"GetUserAuthFactors": {"AccessToken": w.token}, "AdminGetUserAuthFactors": w.ref,
	} {
		out := w.must(operation, in)
		if got := asJSON(w.t, out["ConfiguredUserAuthFactors"]); got != asJSON(w.t, want) || out["Username"] != "ann" {
			w.t.Errorf("%s: %v, want %v", operation, out, want)
		}
	}
}

var (
	on        = object{"Enabled": true}
	off       = object{"Enabled": false, "PreferredMfa": false}
	preferred = object{"Enabled": true, "PreferredMfa": true}
)

func TestEnrollingAnAuthenticatorApp(t *testing.T) {
	w := newFactorWorld(t)
	associate, verify := object{"AccessToken": w.token}, object{"AccessToken": w.token, "UserCode": "123456"}
	w.refusal("VerifySoftwareToken", verify,
		"SoftwareTokenMFANotFoundException: Software Token MFA does not exist for the user.")
	w.refusal("SetUserMFAPreference", object{"AccessToken": w.token, "SoftwareTokenMfaSettings": on},
		"InvalidParameterException: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA")
	first := app(t, w.must("AssociateSoftwareToken", associate)["SecretCode"])
	second := app(t, w.must("AssociateSoftwareToken", associate)["SecretCode"])
	const wrong = "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA"
	verify["UserCode"] = first.Code(w.clk.Now())
	w.refusal("VerifySoftwareToken", verify, wrong) // the second secret replaced the first
	verify["UserCode"] = w.otherCode(second)
	w.refusal("VerifySoftwareToken", verify, wrong)
	for _, off := range []time.Duration{-60 * time.Second, 60 * time.Second} {
		if code := second.Code(w.clk.Now().Add(off)); code != second.Code(w.clk.Now()) {
			verify["UserCode"] = code
			w.refusal("VerifySoftwareToken", verify, wrong)
		}
	}
	w.shows("before the first code", "")
	verify["UserCode"] = second.Code(w.clk.Now().Add(-30 * time.Second))
	w.must("VerifySoftwareToken", verify)
	w.refusal("VerifySoftwareToken", verify, wrong) // no new secret, but a verified one
	verify["UserCode"] = w.otherCode(second)
	w.refusal("VerifySoftwareToken", verify, wrong)
	w.shows("a verified app is not enabled yet", "")
	w.kinds("PASSWORD", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN")
	w.must("SetUserMFAPreference", object{"AccessToken": w.token, "SoftwareTokenMfaSettings": preferred})
	w.shows("enabled", "SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA")
	w.must("AssociateSoftwareToken", associate)
	w.shows("while another app is not verified", "SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA")
	for _, in := range []object{{}, {"AccessToken": w.token, "Session": strings.Repeat("s", 30)}} {
		w.refusal("AssociateSoftwareToken", in,
			"InvalidParameterException: Exactly one of AccessToken and Session must be given.")
		w.refusal("VerifySoftwareToken", with(in, object{"UserCode": "123456"}),
			"InvalidParameterException: Exactly one of AccessToken and Session must be given.")
	}
	if strings.Contains(w.log.String(), second.Text()) {
		t.Error("the log shows a secret")
	}
}

// A factor that the pool does not offer cannot be set up; an existing one is kept.
func TestAppsInPoolsThatDoNotOfferThem(t *testing.T) {
	w := newFactorWorld(t)
	w.enrol()
	w.must("SetUserMFAPreference", object{"AccessToken": w.token, "SoftwareTokenMfaSettings": on, "SMSMfaSettings": on})
	for _, c := range []struct{ mode, offers string }{{"OPTIONAL", "se"}, {"OFF", ""}} {
		w.mfa(c.mode, c.offers)
		const unavailable = "SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool"
		w.refusal("AssociateSoftwareToken", object{"AccessToken": w.token}, unavailable)
		w.refusal("VerifySoftwareToken", object{"AccessToken": w.token, "UserCode": "123456"}, unavailable)
		w.refusal("SetUserMFAPreference", object{"AccessToken": w.token, "SoftwareTokenMfaSettings": on},
			"InvalidParameterException: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA")
		w.shows(c.mode, "", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
	}
	w.must("SetUserMFAPreference", object{"AccessToken": w.token, "SoftwareTokenMfaSettings": off})
	w.shows("disabled while the pool's MFA is off", "", "SMS_MFA")
}

// Users and administrators set factors in the same way; absent factors are kept.
func TestSettingFactors(t *testing.T) {
	w := newFactorWorld(t)
	w.enrol()
	for _, set := range []struct {
		operation string
		user      object
	}{{"SetUserMFAPreference", object{"AccessToken": w.token}}, {"AdminSetUserMFAPreference", w.ref}} {
		do := func(in object) {
			t.Helper()
			if got := asJSON(t, w.must(set.operation, with(set.user, in))); got != "{}" {
				t.Errorf("%s returned %s", set.operation, got)
			}
		}
		do(object{"SMSMfaSettings": off, "SoftwareTokenMfaSettings": off, "EmailMfaSettings": off})
		w.shows("all off", "")
		do(object{})
		do(object{"EmailMfaSettings": on})
		do(object{"SMSMfaSettings": preferred})
		w.shows("two on", "SMS_MFA", "SMS_MFA", "EMAIL_OTP")
		do(object{"SoftwareTokenMfaSettings": preferred})
		w.shows("another one preferred", "SOFTWARE_TOKEN_MFA", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
		for _, c := range []struct {
			in   object
			want string
		}{
			{object{"SMSMfaSettings": object{"PreferredMfa": true}},
				"InvalidParameterException: A factor cannot be preferred unless it is enabled."},
			{object{"SMSMfaSettings": preferred, "EmailMfaSettings": preferred},
				"InvalidParameterException: Only one factor can be set as preferred."},
			{object{"SMSMfaSettings": off, "WebAuthnMfaSettings": on},
				"InvalidParameterException: User does not have delivery config set to turn on WEB_AUTHN"},
		} {
			w.refusal(set.operation, with(set.user, c.in), c.want)
		}
		w.shows("after refusals", "SOFTWARE_TOKEN_MFA", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
		do(object{"SoftwareTokenMfaSettings": off})
		w.shows("the preferred one off", "", "SMS_MFA", "EMAIL_OTP")
	}
	w.must("AdminUpdateUserAttributes",
		with(w.ref, object{"UserAttributes": pairs(map[string]string{"phone_number": "", "email_verified": "false"})}))
	w.shows("without a phone", "", "EMAIL_OTP")
	w.refusal("SetUserMFAPreference", object{"AccessToken": w.token, "SMSMfaSettings": on},
		"InvalidParameterException: User does not have delivery config set to turn on SMS_MFA")
	w.refusal("SetUserMFAPreference", object{"AccessToken": w.token, "EmailMfaSettings": on},
		"InvalidParameterException: User does not have delivery config set to turn on EMAIL_OTP")
}

func TestDeletingAnAuthenticatorApp(t *testing.T) {
	w := newFactorWorld(t)
	const none = "ResourceNotFoundException: The user has no software token."
	w.refusal("AdminDeleteSoftwareToken", w.ref, none)
	w.must("AssociateSoftwareToken", object{"AccessToken": w.token})
	w.refusal("AdminDeleteSoftwareToken", w.ref, none)
	w.enrol()
	w.must("AdminSetUserMFAPreference",
		with(w.ref, object{"SMSMfaSettings": on, "SoftwareTokenMfaSettings": preferred}))
	if got := asJSON(t, w.must("AdminDeleteSoftwareToken", w.ref)); got != "{}" {
		t.Errorf("AdminDeleteSoftwareToken returned %s", got)
	}
	w.shows("the other factor stays", "", "SMS_MFA")
	w.kinds("PASSWORD", "EMAIL_OTP", "SMS_OTP")
	w.refusal("AdminDeleteSoftwareToken", w.ref, none)
	w.refusal("AdminSetUserMFAPreference", with(w.ref, object{"SoftwareTokenMfaSettings": on}),
		"InvalidParameterException: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA")
	w.enrol()
	w.must("AdminSetUserMFAPreference", with(w.ref, object{"SoftwareTokenMfaSettings": on}))
	w.shows("enrolled again", "", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
}

// Every operation refuses an unknown user, an unknown pool and an invalid token.
func TestFactorOperationsRequireUserAndToken(t *testing.T) {
	w := newFactorWorld(t)
	admin := map[string]object{
		"AdminSetUserMFAPreference": {"SMSMfaSettings": on},
		"AdminDeleteSoftwareToken":  {},
		"AdminGetUserAuthFactors":   {},
	}
	own := map[string]object{
		"AssociateSoftwareToken": {}, "VerifySoftwareToken": {"UserCode": "123456"},
		"SetUserMFAPreference": {"SMSMfaSettings": on}, "GetUserAuthFactors": {},
	}
	for operation, in := range admin {
		w.refusal(operation, with(in, object{"UserPoolId": w.pool, "Username": "nobody"}),
			"UserNotFoundException: User does not exist.")
		w.poolRefusals(operation, with(in, w.ref))
	}
	for operation, in := range own {
		w.refusal(operation, with(in, object{"AccessToken": "garbage"}), "NotAuthorizedException: Invalid Access Token")
	}
	w.must("AdminUserGlobalSignOut", w.ref)
	for operation, in := range own {
		w.refusal(operation, with(in, object{"AccessToken": w.token}),
			"NotAuthorizedException: Access Token has been revoked")
	}
	w.token = w.accessToken(w.client, "ann")
	w.shows("nothing was set", "")
}

// A user with a second factor enabled cannot sign in with the password alone; a
// user without one can.
func TestFactorsAreNotSkipped(t *testing.T) {
	w := newFactorWorld(t)
	w.confirmed(w.client, "bob")
	w.accessToken(w.client, "ann")
	w.must("AdminSetUserMFAPreference", with(w.ref, object{"SMSMfaSettings": on}))
	out, refused := w.signIn(w.client, "ann", "Right-Passw0rd")
	if at(out, "AuthenticationResult") != nil {
		t.Errorf("signed in without the second factor: %v", refused)
	}
	w.accessToken(w.client, "bob")
	w.mfa("OFF", "")
	w.accessToken(w.client, "ann")
}

func TestFactorListsKeepTheirOrder(t *testing.T) {
	w := newFactorWorld(t)
	w.enrol()
	for _, name := range []string{"EmailMfaSettings", "SoftwareTokenMfaSettings", "SMSMfaSettings"} {
		w.must("SetUserMFAPreference", object{"AccessToken": w.token, name: on})
	}
	list, _ := w.must("GetUser", object{"AccessToken": w.token})["UserMFASettingList"].([]any)
	if !slices.Equal(list, []any{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}) {
		t.Errorf("the factors are listed as %v", list)
	}
}

package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// loa returns the default names of levels.
func loa(levels string) string {
	return strings.TrimSpace("urn:cognito:loa:" + strings.Join(strings.Fields(levels), " urn:cognito:loa:"))
}

// assured is the part of a token that tells how its user has authenticated.
type assured struct {
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	AuthTime int64    `json:"auth_time"`
	Origin   string   `json:"origin_jti"`
}

func (w *world) assuredBy(jwt string) (a assured) {
	w.t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// reaches fails unless out has tokens with the level and the methods.
func (w *world) reaches(what string, out signin.Outcome, err error, level, amr string) *token.Set {
	w.t.Helper()
	if err != nil || out.Tokens == nil {
		w.t.Fatalf("%s: %+v, %v", what, out, err)
	}
	for _, jwt := range []string{out.Tokens.Access, out.Tokens.ID} {
		got := w.assuredBy(jwt)
		if got.ACR != level || strings.Join(got.AMR, " ") != amr {
			w.t.Errorf("%s: acr %q, amr %q, want %q, %q", what, got.ACR, got.AMR, level, amr)
		}
	}
	return out.Tokens
}

// stepUpWorld lets ann sign in with a password alone, and gives her an
// authenticator app and addresses that she has not enabled as second factors.
func stepUpWorld(w *world, change ...func(*userpool.Client)) totp.Secret {
	w.t.Helper()
	w.choose("pek", change...)
	w.offer(userpool.MFAOptional, "ste")
	app := w.enrol()
	w.change(func(u *userpool.User) {
		u.Factors.Enabled = nil
		u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = "+15550100", "true"
	})
	return app
}

func allowsRefresh(c *userpool.Client) {
	c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, "ALLOW_REFRESH_TOKEN_AUTH")
}

// stepUp begins a sign-in with a target, and with an access token unless it is
// empty.
func (w *world) stepUp(access, levels string, more ...string) (signin.Outcome, error) {
	params := append([]string{"TARGET_ACR_VALUES", loa(levels)}, more...)
	if access != "" {
		params = append(params, "ACCESS_TOKEN", access)
	}
	return w.begin("ann", "", params...)
}

// passwordToken signs ann in with the password alone, for the lowest level.
func (w *world) passwordToken() *token.Set {
	w.t.Helper()
	out, err := w.begin("ann", "PASSWORD", "PASSWORD", password, "TARGET_ACR_VALUES", loa("1"))
	return w.reaches("a password", out, err, loa("1"), "pwd")
}

// A sign-in that requests a level reports its methods and the highest level that
// they satisfy. Other sign-ins report neither.
func TestAssuranceOfSignIns(t *testing.T) {
	w := openWorld(t)
	app := stepUpWorld(w)
	out, err := w.byPassword("ann", password)
	w.reaches("USER_PASSWORD_AUTH", out, err, "", "")
	out, err = w.bySRP("ann", password)
	w.reaches("USER_SRP_AUTH", out, err, "", "")
	a := w.passkey()
	for _, c := range []struct {
		levels string
		want   func(level, amr string) (string, string)
	}{
		{"", func(string, string) (string, string) { return "", "" }},
		{"1", func(level, amr string) (string, string) { return loa(level), amr }},
	} {
		begin := func(preferred string, params ...string) signin.Outcome {
			if c.levels != "" {
				params = append(params, "TARGET_ACR_VALUES", loa(c.levels))
			}
			out, err := w.begin("ann", preferred, params...)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		reaches := func(what string, out signin.Outcome, err error, level, amr string) {
			level, amr = c.want(level, amr)
			w.reaches(what+" for "+c.levels, out, err, level, amr)
		}
		w.change(func(u *userpool.User) { u.Factors.Enabled = nil })
		reaches("a password", begin("PASSWORD", "PASSWORD", password), nil, "1", "pwd")
		out, err := w.submit(w.expect("EMAIL_OTP", begin("EMAIL_OTP"), nil), w.otp("ann@example.com"))
		reaches("a mailed code", out, err, "2", "email_otp")
		out, err = w.answerPasskey(a, w.expect("WEB_AUTHN", begin("WEB_AUTHN"), nil))
		reaches("a passkey", out, err, "3", "swk")
		a.Attachment = "cross-platform"
		out, err = w.answerPasskey(a, w.expect("WEB_AUTHN", begin("WEB_AUTHN"), nil))
		reaches("a roaming passkey", out, err, "3", "hwk")
		a.Attachment = "platform"
		w.change(func(u *userpool.User) { u.Factors.Enabled = []userpool.Factor{userpool.SMSMFA} })
		out, err = w.submit(w.expect("SMS_MFA", begin("PASSWORD", "PASSWORD", password), nil), w.code("+15550100"))
		reaches("SMS", out, err, "3", "pwd sms mfa")
		w.change(func(u *userpool.User) { u.Factors.Enabled = []userpool.Factor{userpool.SoftwareTokenMFA} })
		w.clk.Advance(30 * time.Second)
		challenge := w.expect("SOFTWARE_TOKEN_MFA", begin("PASSWORD", "PASSWORD", password), nil)
		out, err = w.submit(challenge, app.Code(w.clk.Now()))
		reaches("an app", out, err, "4", "pwd otp mfa")
	}
}

// With an access token only the missing factor is asked for; without one, or if
// it is older than MAX_AGE, the sign-in begins at the first factor.
func TestStepUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		app := stepUpWorld(w)
		first := w.passwordToken()
		w.clk.Advance(time.Minute)
		out, err := w.begin("ann", "", "TARGET_ACR_VALUES", "gold "+loa("4 3")+" silver", "MAX_AGE", "60",
			"ACCESS_TOKEN", first.Access)
		done, err := w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
		raised := w.reaches("stepped up", done, err, loa("4"), "pwd otp mfa")
		before, after := w.assuredBy(first.Access), w.assuredBy(raised.Access)
		if raised.Refresh == "" || after.Origin == before.Origin || after.AuthTime != w.clk.Now().Unix() {
			t.Errorf("the new tokens are %+v after %+v", after, before)
		}
		if _, err := w.tokens.Authorize(t.Context(), first.Access); err != nil {
			t.Errorf("the old access token: %v", err)
		}

		w.clk.Advance(31 * time.Second)
		for name, params := range map[string][]string{
			"too old": {"MAX_AGE", "60", "ACCESS_TOKEN", first.Access}, "no token": nil,
		} {
			out, err = w.stepUp("", "4 3", params...)
			out = w.expect("SELECT_CHALLENGE", out, err)
			if !slices.Equal(out.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
				t.Errorf("%s: available are %v", name, out.Available)
			}
			w.clk.Advance(30 * time.Second)
			out, err = w.reply("PASSWORD", out, "PASSWORD", password)
			done, err = w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
			w.reaches(name, done, err, loa("4"), "pwd otp mfa")
		}
	})
}

// The first level of the list that the user can reach is the target. Each way to
// it asks for the missing factors only.
func TestTargets(t *testing.T) {
	w := openWorld(t)
	stepUpWorld(w)
	w.reconfigure(func(p *userpool.Pool) {
		p.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
	})
	w.change(func(u *userpool.User) { u.RemoveSoftwareToken() })
	first := w.passwordToken()
	out, err := w.stepUp(first.Access, "4 3")
	out = w.expect("SELECT_MFA_TYPE", out, err)
	if got := out.Parameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","EMAIL_OTP"]` {
		t.Errorf("factors for level 3: %s", got)
	}
	out, err = w.submit(out, "SMS_MFA")
	done, err := w.submit(w.expect("SMS_MFA", out, err), w.code("+15550100"))
	w.reaches("by SMS", done, err, loa("3"), "pwd sms mfa")

	a := w.passkey()
	out, err = w.begin("ann", "WEB_AUTHN", "TARGET_ACR_VALUES", loa("3"), "ACCESS_TOKEN", first.Access)
	done, err = w.answerPasskey(a, w.expect("WEB_AUTHN", out, err))
	w.reaches("by a passkey", done, err, loa("3"), "pwd swk mfa")

	out, err = w.begin("ann", "EMAIL_OTP", "TARGET_ACR_VALUES", loa("2"))
	done, err = w.submit(w.expect("EMAIL_OTP", out, err), w.otp("ann@example.com"))
	coded := w.reaches("a code", done, err, loa("2"), "email_otp")
	out, err = w.begin("ann", "PASSWORD", "TARGET_ACR_VALUES", loa("3"), "ACCESS_TOKEN", coded.Access,
		"PASSWORD", password)
	w.reaches("a password after a code", out, err, loa("3"), "email_otp pwd mfa")

	client := w.srpClient()
	out, err = w.begin("ann", "PASSWORD_SRP", "TARGET_ACR_VALUES", loa("3"), "SRP_A", client.PublicHex())
	out = w.expect("PASSWORD_VERIFIER", out, err)
	out, err = w.answer("PASSWORD_VERIFIER", out.Session, w.claim(client, out, password))
	w.expect("SELECT_MFA_TYPE", out, err)

	out, err = w.stepUp("", "1")
	if out = w.expect("SELECT_CHALLENGE", out, err); len(out.Available) != 4 {
		t.Errorf("choices for level 1: %v", out.Available)
	}
}

// MFA that the pool or the user requires is asked for whatever the target; the
// target can select the factor.
func TestTargetsDoNotReplaceMFA(t *testing.T) {
	w := openWorld(t)
	app := stepUpWorld(w)
	first := w.passwordToken()
	w.change(func(u *userpool.User) {
		u.Factors.Enabled = []userpool.Factor{userpool.SMSMFA, userpool.SoftwareTokenMFA}
		u.Factors.Preferred = userpool.SMSMFA
	})
	signIn := func(access, levels string) signin.Outcome {
		out, err := w.stepUp(access, levels)
		if err == nil && out.Challenge == "SELECT_CHALLENGE" {
			out, err = w.reply("PASSWORD", out, "PASSWORD", password)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	done, err := w.submit(w.expect("SMS_MFA", signIn("", "1"), nil), w.code("+15550100"))
	w.reaches("a lower target", done, err, loa("3"), "pwd sms mfa")
	done, err = w.submit(w.expect("SOFTWARE_TOKEN_MFA", signIn("", "4"), nil), app.Code(w.clk.Now()))
	w.reaches("the target selects", done, err, loa("4"), "pwd otp mfa")
	w.expect("SMS_MFA", signIn(first.Access, "3"), nil)

	// A user without a factor who must have one sets it up, but not for a level.
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	w.change(func(u *userpool.User) { u.Attributes = map[string]string{} })
	w.offer(userpool.MFAOn, "t")
	out, err := w.begin("bob", "PASSWORD", "PASSWORD", password, "TARGET_ACR_VALUES", loa("1"))
	w.expect("MFA_SETUP", out, err)
	_, err = w.begin("bob", "PASSWORD", "PASSWORD", password, "TARGET_ACR_VALUES", loa("4"))
	wants(t, "no factor for the level", err, signin.LevelNotReachable)
}

// Each request that Amazon Cognito refuses, and those that would raise a level by
// less than its factors.
func TestRefusedStepUps(t *testing.T) {
	w := openWorld(t)
	app := stepUpWorld(w, legacy, allowsRefresh)
	first := w.passwordToken()
	refreshed := func() string {
		set, err := w.engine.Refresh(t.Context(), signin.Refresh{Pool: w.pool, Client: w.client, Token: first.Refresh})
		return w.reaches("refreshed", set, err, loa("1"), "pwd").Access
	}()
	out, err := w.stepUp(first.Access, "4")
	done, err := w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	highest := w.reaches("positive control", done, err, loa("4"), "pwd otp mfa")

	invalid := func(text string) *fault.Fault { return fault.New(fault.InvalidParameter, text) }
	already := invalid("The access token already satisfies the requested authentication level.")
	foreign := fault.New(fault.NotAuthorized, "The access token was not issued to this user and client.")
	unknown := invalid("TARGET_ACR_VALUES contains no authentication level of the user pool.")
	tampered := first.Access[:len(first.Access)-20] + strings.Repeat("A", 20)
	bob := w.addUser(w.accounts(), "bob", userpool.Confirmed)
	home := w.client
	w.client = w.addClient("other", legacy, func(c *userpool.Client) {
		c.ExplicitAuthFlows = []string{"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"}
	})
	ofOther := w.passwordToken()
	w.client = home
	malformed := invalid("MAX_AGE must be a non-negative number of seconds.")
	with := func(levels, access string) []string {
		return []string{"TARGET_ACR_VALUES", loa(levels), "ACCESS_TOKEN", access}
	}
	for name, c := range map[string]struct {
		user   string
		params []string
		want   *fault.Fault
	}{
		"no known level": {"ann", []string{"TARGET_ACR_VALUES", "gold silver"}, unknown},
		"only spaces":    {"ann", []string{"TARGET_ACR_VALUES", "  "}, unknown},
		"token, no target": {
			"ann", []string{"ACCESS_TOKEN", first.Access}, invalid("ACCESS_TOKEN requires TARGET_ACR_VALUES."),
		},
		"negative MAX_AGE":  {"ann", []string{"TARGET_ACR_VALUES", loa("4"), "MAX_AGE", "-1"}, malformed},
		"MAX_AGE in words":  {"ann", []string{"TARGET_ACR_VALUES", loa("4"), "MAX_AGE", "ten"}, malformed},
		"level reached":     {"ann", with("1", first.Access), already},
		"after a refresh":   {"ann", with("1", refreshed), already},
		"above the level":   {"ann", with("3", highest.Access), already},
		"of another user":   {"bob", with("4", first.Access), foreign},
		"of another client": {"ann", with("4", ofOther.Access), foreign},
		"an ID token":       {"ann", with("4", first.ID), fault.InvalidAccessToken},
		"a changed token":   {"ann", with("4", tampered), fault.UnverifiedAccessToken},
		"not a token":       {"ann", with("4", "x"), fault.InvalidAccessToken},
		"no factor":         {bob.Username, []string{"TARGET_ACR_VALUES", loa("4")}, signin.LevelNotReachable},
	} {
		_, err := w.begin(c.user, "", c.params...)
		wants(t, name, err, c.want)
	}
	_, err = w.start("USER_PASSWORD_AUTH",
		map[string]string{"USERNAME": "ann", "PASSWORD": password, "TARGET_ACR_VALUES": loa("4")})
	wants(t, "another flow", err, invalid("TARGET_ACR_VALUES requires the USER_AUTH flow."))
	_, err = w.start("REFRESH_TOKEN_AUTH",
		map[string]string{"REFRESH_TOKEN": first.Refresh, "TARGET_ACR_VALUES": loa("4")})
	wants(t, "a refresh", err, invalid("TARGET_ACR_VALUES requires the USER_AUTH flow."))

	w.update(func(tx *store.Tx) error {
		return tx.EndFamily(w.pool.ID, "ann", w.assuredBy(first.Access).Origin, w.clk.Now().Add(time.Hour))
	})
	_, err = w.stepUp(first.Access, "4")
	wants(t, "revoked", err, fault.RevokedAccessToken)
	w.clk.Advance(24 * time.Hour)
	_, err = w.stepUp(highest.Access, "4")
	wants(t, "expired", err, fault.ExpiredAccessToken)
}

// A pool whose tier lacks step-up authentication refuses it, if tiers are
// enforced.
func TestStepUpNeedsATier(t *testing.T) {
	w := openWorld(t)
	stepUpWorld(w)
	w.reconfigure(func(p *userpool.Pool) { p.Tier = userpool.TierLite })
	out, err := w.stepUp("", "4")
	w.expect("SELECT_CHALLENGE", out, err)
	c := w.engine.Config
	c.Tiers = true
	w.engine = signin.New(c)
	_, err = w.stepUp("", "4")
	if f := fault.Of(err); f == nil || f.Kind != fault.FeatureUnavailableInTier {
		t.Errorf("in LITE: %v", err)
	}
	w.reconfigure(func(p *userpool.Pool) { p.Tier = userpool.TierEssentials })
	out, err = w.stepUp("", "4")
	w.expect("SELECT_CHALLENGE", out, err)
}

// The Session holds the target: no later request can lower it, and one failed
// challenge ends the sign-in.
func TestTargetsStayInSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		app := stepUpWorld(w)
		first := w.passwordToken()
		challenge := func() signin.Outcome {
			out, err := w.stepUp(first.Access, "4")
			return w.expect("SOFTWARE_TOKEN_MFA", out, err)
		}
		out := challenge()
		for _, name := range []string{"TARGET_ACR_VALUES", "MAX_AGE", "ACCESS_TOKEN"} {
			right := app.Code(w.clk.Now())
			_, err := w.reply("SOFTWARE_TOKEN_MFA", out, "SOFTWARE_TOKEN_MFA_CODE", right, name, loa("1"))
			wants(t, name, err, fault.Invalid("%s is accepted only when a sign-in begins.", name))
		}
		_, err := w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "12345678")
		wants(t, "another challenge", err, fault.SessionInvalid)
		_, err = w.submit(out, w.wrongFor(app))
		wants(t, "a wrong code", err, fault.WrongTokenCode)
		_, err = w.submit(out, app.Code(w.clk.Now()))
		wants(t, "the right code after it", err, fault.SessionUsed)

		list, err := w.stepUp("", "4")
		list = w.expect("SELECT_CHALLENGE", list, err)
		_, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "EMAIL_OTP")
		wants(t, "a choice that does not lead there", err,
			fault.New(fault.InvalidParameter, "The selected challenge is not available."))
		_, err = w.reply("PASSWORD", list, "PASSWORD", "Wrong-Pa55")
		wants(t, "a wrong password", err, fault.IncorrectUsernameOrPassword)
		_, err = w.reply("PASSWORD", list, "PASSWORD", password)
		wants(t, "the right password after it", err, fault.SessionUsed)

		out = challenge()
		w.update(func(tx *store.Tx) error {
			return tx.EndFamily(w.pool.ID, "ann", w.assuredBy(first.Access).Origin, w.clk.Now().Add(time.Hour))
		})
		_, err = w.submit(out, app.Code(w.clk.Now()))
		wants(t, "the token was revoked", err, fault.SessionInvalid)

		first = w.passwordToken()
		done, err := w.submit(challenge(), app.Code(w.clk.Now()))
		w.reaches("positive control", done, err, loa("4"), "pwd otp mfa")
	})
}

// A recovery code replaces a factor that MFA requires, but satisfies no level.
func TestRecoveryCodesReachNoLevel(t *testing.T) {
	w := openWorld(t)
	stepUpWorld(w)
	w.enable(userpool.SoftwareTokenMFA)
	codes := w.recovery()
	begin := func(levels string) signin.Outcome {
		out, err := w.begin("ann", "PASSWORD", "PASSWORD", password, "TARGET_ACR_VALUES", loa(levels))
		return w.expect("SOFTWARE_TOKEN_MFA", out, err)
	}
	_, err := w.submit(begin("4"), codes[0])
	wants(t, "for a level", err, fault.WrongTokenCode)
	done, err := w.submit(begin("1"), codes[0])
	w.reaches("positive control", done, err, loa("1"), "pwd")
}

// If the client hides users, a user who lacks the factors for a level gets the
// same challenges as an unknown one, and the error after the password.
func TestTargetsRevealNoUsers(t *testing.T) {
	w := openWorld(t)
	// With aliases, USER_ID_FOR_SRP reveals whether a user exists, by the guide.
	w.reconfigure(func(p *userpool.Pool) { p.AliasAttributes = nil })
	w.choose("pek")
	w.offer(userpool.MFAOptional, "t")
	known, err := w.stepUp("", "4")
	known = w.expect("SELECT_CHALLENGE", known, err)
	unknown, err := w.begin("nob", "", "TARGET_ACR_VALUES", loa("4"))
	if err != nil || !slices.Equal(known.Available, unknown.Available) || len(known.Session) != len(unknown.Session) {
		t.Errorf("known %+v, unknown %+v, %v", known, unknown, err)
	}
	_, err = w.reply("PASSWORD", known, "PASSWORD", password)
	wants(t, "after the password", err, signin.LevelNotReachable)
	w.enrol()
	out, err := w.stepUp("", "4")
	out, err = w.reply("PASSWORD", w.expect("SELECT_CHALLENGE", out, err), "PASSWORD", password)
	w.expect("SOFTWARE_TOKEN_MFA", out, err)
	w.offer(userpool.MFAOptional, "s")
	w.reconfigure(func(p *userpool.Pool) { p.MfaConfiguration = userpool.MFAOff })
	for _, name := range []string{"ann", "nob"} {
		_, err = w.begin(name, "", "TARGET_ACR_VALUES", loa("4"))
		wants(t, name+" in a pool without the level", err, signin.LevelNotReachable)
	}
}

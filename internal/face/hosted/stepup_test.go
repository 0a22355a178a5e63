package hosted_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	level1 = "urn:cognito:loa:1"
	level3 = "urn:cognito:loa:3"
	level4 = "urn:cognito:loa:4"
)

// assurance redeems the code of a response and returns acr and amr, which must
// be equal in both tokens and after a refresh, as auth_time must.
func assurance(t *testing.T, w *hostedtest.World, p hostedtest.Page) (acr, amr string) {
	t.Helper()
	post := func(form url.Values) (set struct {
		Access  string `json:"access_token"`
		ID      string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}) {
		form.Set("client_id", "public")
		if err := json.Unmarshal([]byte(w.Browser().Post("/oauth2/token", form).Body), &set); err != nil {
			t.Fatal(err)
		}
		return set
	}
	first := post(url.Values{
		"grant_type": {"authorization_code"}, "code": {p.Query().Get("code")}, "redirect_uri": {hostedtest.Callback},
	})
	w.Clock.Advance(time.Second)
	var at int64
	second := post(url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}, "acr_values": {level4},
	})
	for i, jwt := range []string{first.Access, first.ID, second.Access, second.ID} {
		var claims struct {
			ACR      string   `json:"acr"`
			AMR      []string `json:"amr"`
			AuthTime int64    `json:"auth_time"`
		}
		parts := strings.Split(jwt, ".")
		if len(parts) != 3 {
			t.Fatalf("token %d of %v is %q", i, p.Location, jwt)
		}
		body, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil {
			err = json.Unmarshal(body, &claims)
		}
		if err != nil {
			t.Fatal(err)
		}
		if methods := strings.Join(claims.AMR, " "); i == 0 {
			acr, amr, at = claims.ACR, methods, claims.AuthTime
		} else if claims.ACR != acr || methods != amr || claims.AuthTime != at {
			t.Errorf("token %d has %q %q %d, want %q %q %d", i, claims.ACR, methods, claims.AuthTime, acr, amr, at)
		}
	}
	return acr, amr
}

// stepUpWorld gives ann an authenticator app that she has not enabled as a
// second factor.
func stepUpWorld(t *testing.T, w *hostedtest.World) (code func() string) {
	t.Helper()
	offer(w, "OPTIONAL", false)
	app := enrol(t, w, "ann")
	w.Change("ann", func(u *userpool.User) { u.Factors.Enabled = nil })
	return func() string {
		w.Clock.Advance(30 * time.Second) // a code works once
		return app.Code(w.Clock.Now())
	}
}

func authorize(b *hostedtest.Browser, values ...string) hostedtest.Page {
	return b.Follow(b.Get(hostedtest.AuthorizeURL("public", values...)))
}

// acr_values asks the user of a session only for what is missing, and a user
// without one, or with one that is too old, for everything.
func TestStepUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		code := stepUpWorld(t, w)
		b := w.Browser()
		p := b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
		if acr, amr := assurance(t, w, p); acr != "" || amr != "" {
			t.Errorf("no level requested: %q, %q", acr, amr)
		}
		p = b.Get(hostedtest.AuthorizeURL("public", "acr_values", "gold "+level1))
		if acr, amr := assurance(t, w, p); acr != level1 || amr != "pwd" {
			t.Errorf("the password alone: %q, %q", acr, amr)
		}
		silent := b.Get(hostedtest.AuthorizeURL("public", "acr_values", level4, "prompt", "none"))
		if silent.Query().Get("error") != "login_required" {
			t.Errorf("prompt=none below the level: %v", silent.Location)
		}
		p = authorize(b, "acr_values", level4+" "+level3)
		if action, _ := p.Form(); !strings.HasPrefix(action, "/mfa/totp?") {
			t.Fatalf("the step for the level: %q %s", action, p.Body)
		}
		p = b.Fill(p, "code", "000000x")
		refused(t, "a wrong code", p, "Invalid code received for user")
		p = b.Fill(p, "code", code())
		signedIn(t, "the app, after a wrong code", p)
		if acr, amr := assurance(t, w, p); acr != level4 || amr != "pwd otp mfa" {
			t.Errorf("stepped up: %q, %q", acr, amr)
		}
		signedIn(t, "a session at the level", b.Get(hostedtest.AuthorizeURL("public", "acr_values", level4)))
		signedIn(t, "and a lower one", b.Get(hostedtest.AuthorizeURL("public", "acr_values", level1)))

		w.Clock.Advance(2 * time.Minute)
		for name, page := range map[string]hostedtest.Page{
			"too old":      authorize(b, "acr_values", level4, "max_age", "60"),
			"prompt=login": authorize(b, "acr_values", level4, "prompt", "login"),
		} {
			if action, _ := page.Form(); !strings.HasPrefix(action, "/login?") {
				t.Errorf("%s: %q", name, action)
			}
		}
		fresh := w.Browser()
		p = fresh.Fill(authorize(fresh, "acr_values", level4), "username", "ann", "password", hostedtest.Password)
		if action, _ := p.Form(); !strings.HasPrefix(action, "/mfa/totp?") {
			t.Fatalf("after the password: %q %s", action, p.Body)
		}
		signedIn(t, "from the password on", fresh.Fill(p, "code", code()))
	})
}

// A level that the user cannot reach is an error for the client.
func TestLevelsThatCannotBeReached(t *testing.T) {
	w := world(t)
	offer(w, "OPTIONAL", false)
	b := w.Browser()
	p := b.Fill(authorize(b, "acr_values", level4), "username", "ann", "password", hostedtest.Password)
	if got := p.Query(); got.Get("error") != "unmet_authentication_requirements" || got.Get("state") != "st" {
		t.Errorf("no factor: %v %s", p.Location, p.Body)
	}
	refused(t, "a wrong password", b.Fill(authorize(b, "acr_values", level4), "username", "ann", "password", "x"),
		"Incorrect username or password.")
	p = b.Fill(authorize(b, "acr_values", "gold"), "username", "ann", "password", hostedtest.Password)
	signedIn(t, "an unknown level", p)
	p = authorize(b, "acr_values", level4)
	if got := p.Query(); got.Get("error") != "unmet_authentication_requirements" {
		t.Errorf("no factor, with a session: %v %s", p.Location, p.Body)
	}
	p = b.Get(hostedtest.AuthorizeURL("public") + "&acr_values=a&acr_values=b")
	if p.Query().Get("error") != "invalid_request" {
		t.Errorf("repeated: %v", p.Location)
	}
}

// levelRequest is a request for levels by a user who has an authenticator app and
// an address for codes, and has enabled neither.
type levelRequest struct {
	change func(*hostedtest.World)
	// session is whether the browser has a session of the password.
	session bool
	values  []string
	// path is that of the next page, after the password if there is no session.
	// Empty means that the user is signed in, with the claims acr and amr.
	path     string
	acr, amr string
}

func enabled(factors ...userpool.Factor) func(*hostedtest.World) {
	return func(w *hostedtest.World) {
		w.Change("ann", func(u *userpool.User) { u.Factors.Enabled, u.Factors.Preferred = factors, factors[0] })
	}
}

func withoutApp(w *hostedtest.World) {
	w.Change("ann", func(u *userpool.User) { u.RemoveSoftwareToken() })
}

func reconfigure(change func(*userpool.Pool)) func(*hostedtest.World) {
	return func(w *hostedtest.World) {
		changed := *w.Pool
		change(&changed)
		w.Update(func(tx *store.Tx) error { return tx.UpdatePool(&changed) })
		w.Pool = &changed
	}
}

func named(level, name string) func(*hostedtest.World) {
	return reconfigure(func(p *userpool.Pool) { p.AcrConfiguration = map[string]string{level: name} })
}

var (
	trackSessions = reconfigure(func(p *userpool.Pool) {
		p.Sessions = &userpool.SessionConfiguration{Tracking: true, MaxPerUser: 20}
	})
	lite             = reconfigure(func(p *userpool.Pool) { p.Tier = userpool.TierLite })
	app, emailAndApp = enabled(userpool.SoftwareTokenMFA), enabled(userpool.EmailMFA, userpool.SoftwareTokenMFA)
)

func levels(list string, more ...string) []string {
	return append([]string{"acr_values", list}, more...)
}

var levelRequests = map[string]levelRequest{
	"the first that can be reached": {nil, true, levels(level4 + " " + level3), "/mfa/totp", "", ""},
	"a later one":                   {withoutApp, true, levels(level4 + " " + level3), "/mfa/select", "", ""},
	"unknown names":                 {nil, true, levels("gold " + level4 + " silver"), "/mfa/totp", "", ""},
	"only unknown":                  {nil, true, levels("gold silver"), "", "", ""},
	"no level":                      {nil, true, nil, "", "", ""},
	"reached":                       {nil, true, levels(level1), "", level1, "pwd"},
	"max_age is met":                {nil, true, levels(level4, "max_age", "60"), "/mfa/totp", "", ""},
	"max_age is not":                {nil, true, levels(level4, "max_age", "59"), "/login", "", ""},
	"in LITE":                       {lite, true, levels(level4), "", "", ""},
	"renamed":                       {named("Level1", "bronze"), true, levels("bronze"), "", "bronze", "pwd"},
	"the old name":                  {named("Level4", "gold"), true, levels(level4), "", "", ""},
	"no session":                    {nil, false, levels(level4), "/mfa/totp", "", ""},
	"a lower level":                 {app, false, levels(level1), "/mfa/totp", "", ""},
	"preferred MFA":                 {emailAndApp, false, nil, "/mfa/email", "", ""},
	"the level selects":             {emailAndApp, false, levels(level4), "/mfa/totp", "", ""},
}

func TestRequestedLevels(t *testing.T) {
	for name, c := range levelRequests {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			w.OAuth.Tiers = true
			w.Pool.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
			offer(w, "OPTIONAL", true)
			enrol(t, w, "ann")
			w.Change("ann", func(u *userpool.User) { u.Factors.Enabled = nil })
			b := w.Browser()
			if c.session {
				b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
				w.Clock.Advance(time.Minute)
			}
			if c.change != nil {
				c.change(w)
			}
			p := b.Get(hostedtest.AuthorizeURL("public", c.values...))
			if p.Location != nil && p.Location.Path == "/login" {
				p = b.Follow(p)
			}
			if !c.session {
				p = b.Fill(p, "username", "ann", "password", hostedtest.Password)
			}
			action, _ := p.Form()
			if path, _, _ := strings.Cut(action, "?"); path != c.path {
				t.Fatalf("the next page is %q, want %q: %d %v", path, c.path, p.Status, p.Location)
			}
			if c.path != "" {
				return
			}
			if acr, amr := assurance(t, w, p); acr != c.acr || amr != c.amr {
				t.Errorf("%q, %q, want %q, %q", acr, amr, c.acr, c.amr)
			}
		})
	}
}

// Codes are sent by a form only: a link on another site must not send any.
func TestStepUpByMailIsChosenFirst(t *testing.T) {
	w := world(t)
	w.Pool.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
	offer(w, "OPTIONAL", true)
	b := w.Browser()
	b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
	p := authorize(b, "acr_values", level3)
	if action, _ := p.Form(); !strings.HasPrefix(action, "/mfa/select?") {
		t.Fatalf("%q %s", action, p.Body)
	}
	p = b.Fill(p, "answer", "EMAIL_OTP")
	if action, _ := p.Form(); !strings.HasPrefix(action, "/mfa/email?") {
		t.Errorf("%q %s", action, p.Body)
	}
}

// preAuthentications gives the pool a PreAuthentication function, which fails while
// refuse is set, and counts its calls.
func preAuthentications(w *hostedtest.World, refuse *bool) (calls *int) {
	calls = new(int)
	w.Function = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		*calls++
		if *refuse {
			return nil, &trigger.FunctionError{Type: "Error", Message: "Not today"}
		}
		return event, nil
	}
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	reconfigure(func(p *userpool.Pool) { p.LambdaConfig.PreAuthentication = &arn })(w)
	return calls
}

// The page of a step-up calls no function, since a link on another site can open
// it. PreAuthentication runs once, before the first response.
func TestStepUpPageCallsNoFunction(t *testing.T) {
	w := world(t)
	code := stepUpWorld(t, w)
	b := w.Browser()
	b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
	refuse := true
	calls := preAuthentications(w, &refuse)
	for range 3 {
		authorize(b, "acr_values", level4)
	}
	p := authorize(b, "acr_values", level4)
	if action, _ := p.Form(); *calls != 0 || !strings.HasPrefix(action, "/mfa/totp?") {
		t.Fatalf("%d calls, %q %s", *calls, action, p.Body)
	}
	p = b.Fill(p, "code", code())
	refused(t, "refused by the function", p, "PreAuthentication failed with error Not today.")
	refuse = false
	p = b.Fill(p, "code", "000000x")
	refused(t, "a wrong code", p, "Invalid code received for user")
	signedIn(t, "the right code", b.Fill(p, "code", code()))
	if *calls != 2 {
		t.Errorf("%d calls, want one for each decision", *calls)
	}
}

// A step-up is credited with the password of the browser's session, and ends with
// it.
func TestStepUpEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(*hostedtest.World, *hostedtest.Browser) error{
		"control": func(*hostedtest.World, *hostedtest.Browser) error { return nil },
		"logged out": func(_ *hostedtest.World, b *hostedtest.Browser) error {
			b.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
			return nil
		},
		"logged out in a copy of the browser": func(w *hostedtest.World, b *hostedtest.Browser) error {
			other := w.Browser()
			other.Cookies = maps.Clone(b.Cookies)
			other.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
			return nil
		},
		"without the cookie": func(_ *hostedtest.World, b *hostedtest.Browser) error {
			maps.DeleteFunc(b.Cookies, func(name, _ string) bool { return strings.HasPrefix(name, "cognito") })
			return nil
		},
		"another session": func(_ *hostedtest.World, b *hostedtest.Browser) error {
			b.SignIn(hostedtest.AuthorizeURL("public", "prompt", "login"))
			return nil
		},
		"signed out everywhere": func(w *hostedtest.World, _ *hostedtest.Browser) error {
			return w.Account.SignOut(w.T.Context(), w.Pool, account.Named("ann"))
		},
		"another password": func(w *hostedtest.World, _ *hostedtest.Browser) error {
			return w.Account.AdminSetUserPassword(w.T.Context(), w.Pool, "ann", "An0ther-Pass", true)
		},
		"expired": func(w *hostedtest.World, _ *hostedtest.Browser) error {
			w.Clock.Advance(2 * time.Minute)
			return nil
		},
	} {
		for _, tracked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, tracked %v", name, tracked), func(t *testing.T) {
				stepUpAfter(t, end, tracked, name == "control")
			})
		}
	}
}

// stepUpAfter begins a step-up two minutes before the end of the session, calls end,
// and requires that the step-up can be completed or that the request starts again.
func stepUpAfter(
	t *testing.T, end func(*hostedtest.World, *hostedtest.Browser) error, tracked, completes bool,
) {
	t.Helper()
	w := world(t)
	code := stepUpWorld(t, w)
	if tracked {
		trackSessions(w)
	}
	b := w.Browser()
	b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
	w.Clock.Advance(58 * time.Minute)
	p := authorize(b, "acr_values", level4)
	if err := end(w, b); err != nil {
		t.Fatal(err)
	}
	p = b.Fill(p, "code", code())
	if completes {
		signedIn(t, "", p)
	} else if p.Location == nil || p.Location.Path != "/oauth2/authorize" {
		t.Errorf("%d %v %s", p.Status, p.Location, p.Body)
	}
}

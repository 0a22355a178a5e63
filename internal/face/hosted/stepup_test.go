package hosted_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const level3, level4 = "urn:cognito:loa:3", "urn:cognito:loa:4"

// assurance redeems the code of a response and returns acr and amr, which must
// be equal in both tokens and after a refresh.
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
	second := post(url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}, "acr_values": {level4},
	})
	for i, jwt := range []string{first.Access, first.ID, second.Access, second.ID} {
		var claims struct {
			ACR string   `json:"acr"`
			AMR []string `json:"amr"`
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
			acr, amr = claims.ACR, methods
		} else if claims.ACR != acr || methods != amr {
			t.Errorf("token %d has %q %q, want %q %q", i, claims.ACR, methods, acr, amr)
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
		if acr, amr := assurance(t, w, p); acr != "urn:cognito:loa:1" || amr != "pwd" {
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
		refused(t, "a wrong code", b.Fill(p, "code", "000000x"), "")
		p = authorize(b, "acr_values", level4)
		p = b.Fill(p, "code", code())
		signedIn(t, "the app", p)
		if acr, amr := assurance(t, w, p); acr != level4 || amr != "pwd otp mfa" {
			t.Errorf("stepped up: %q, %q", acr, amr)
		}
		signedIn(t, "a session at the level", b.Get(hostedtest.AuthorizeURL("public", "acr_values", level4)))
		signedIn(t, "and a lower one", b.Get(hostedtest.AuthorizeURL("public", "acr_values", "urn:cognito:loa:1")))

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

// A level that the user cannot reach is an error for the client; unknown levels,
// and levels in a tier without step-up, are ignored.
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

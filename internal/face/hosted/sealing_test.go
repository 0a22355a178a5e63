package hosted_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var freshPassword = []string{"new_password", "Longer-Pa55word", "confirm_password", "Longer-Pa55word"}

// Steps and sessions sealed before a rotation of the root are accepted by
// another node after it, and expire when the root is retired.
func TestPagesAcrossARotationOfTheRoot(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, a, clk)
		other := w.Node(b)
		// begin starts a sign-in up to a step, in a browser that has the
		// session of another sign-in.
		begin := func(user string) (*hostedtest.Browser, hostedtest.Page) {
			w.User(w.Pool, user, userpool.ForceChangePassword)
			browser := w.Browser()
			browser.Code("public")
			login := browser.Follow(browser.Get(hostedtest.AuthorizeURL("public", "prompt", "login")))
			return browser, browser.Fill(login, "username", user, "password", hostedtest.Password)
		}
		authorizeSilently := func(browser *hostedtest.Browser) url.Values {
			return browser.Get(hostedtest.AuthorizeURL("public", "prompt", "none")).Query()
		}
		first, firstStep := begin("first")
		lost, lostStep := begin("lost")
		if _, err := a.RotateSealingRoot(t.Context()); err != nil {
			t.Fatal(err)
		}
		second, secondStep := begin("second")
		for what, at := range map[string]struct {
			browser *hostedtest.Browser
			step    hostedtest.Page
		}{"before the rotation": {first, firstStep}, "after the rotation": {second, secondStep}} {
			at.browser.World = other
			if got := authorizeSilently(at.browser); got.Get("code") == "" {
				t.Errorf("session of %s: %v", what, got)
			}
			signedIn(t, "step of "+what, at.browser.Fill(at.step, freshPassword...))
		}
		if err := a.RetireSealingRoot(t.Context(), seal.RootID{}.String(), true); err != nil {
			t.Fatal(err)
		}
		if got := authorizeSilently(lost); got.Get("error") != "login_required" {
			t.Errorf("session of a retired root: %v", got)
		}
		if p := lost.Fill(lostStep, freshPassword...); p.Status != 303 || p.Location.Path != "/login" {
			t.Errorf("step of a retired root: %d %v", p.Status, p.Location)
		}
	})
}

// A node keeps the members of a step that its version does not define, also
// when it shows the page again.
func TestStepsKeepUnknownMembers(t *testing.T) {
	w := world(t)
	w.User(w.Pool, "temp", userpool.ForceChangePassword)
	b := w.Browser()
	action, values := b.Fill(form(b), "username", "temp", "password", hostedtest.Password).Form()
	tokens := w.DB.Tokens("page-step")
	opened := func(step string) seal.Token {
		t.Helper()
		want := seal.Token{Type: "page-step", Pool: w.Pool.ID, Client: "public"}
		sealed, err := tokens.OpenToken(t.Context(), step, want, w.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	const newer = `"zz":{"later":[1,"x"]}`
	step := opened(values.Get("step"))
	if !strings.HasPrefix(string(step.Payload), `{"v":1,`) || strings.Contains(string(step.Payload), newer) {
		t.Fatalf("positive control: %s", step.Payload)
	}
	step.Payload = []byte(strings.Replace(string(step.Payload), `{"v":1,`, `{"v":1,`+newer+`,`, 1))
	text, err := tokens.SealToken(entropy.System(), step)
	if err != nil {
		t.Fatal(err)
	}
	values.Set("step", text)
	values.Set("new_password", "short")
	values.Set("confirm_password", "short")
	again := b.Post(action, values)
	refused(t, "short password", again, "Password does not conform to policy: Password not long enough")
	_, values = again.Form()
	if payload := string(opened(values.Get("step")).Payload); !strings.Contains(payload, newer) {
		t.Errorf("the step has %s, without the unknown member", payload)
	}
	signedIn(t, "valid password", b.Fill(again, freshPassword...))
}

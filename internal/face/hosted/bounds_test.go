package hosted_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Every form of a sign-in, and that for user codes of devices, counts in a category of request rates.
func TestFormsHaveACategory(t *testing.T) {
	for _, path := range append(hosted.StepPaths(), "/login", "/oauth2/login", "/device") {
		if c, ok := ratelimit.CategoryOf("POST " + path); !ok || !c.Known() {
			t.Errorf("%s has no category", path)
		}
	}
}

// What the API allows for one user in an hour, the pages and the API allow
// together.
func TestBoundsOfAUserHoldOnPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		t.Run("passwords", func(t *testing.T) { passwordsAreBounded(t, w) })
		t.Run("links", func(t *testing.T) { linksAreBounded(t, w) })
		t.Run("messages", func(t *testing.T) { messagesAreBounded(t, w) })
	})
}

func passwordsAreBounded(t *testing.T, w *hostedtest.World) {
	client := w.Client(w.Pool, "native", func(c *userpool.Client) {
		c.ExplicitAuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH"}
	})
	w.User(w.Pool, "bob", userpool.Confirmed)
	for range 6 {
		_, err := w.Engine.Start(t.Context(), signin.Start{
			Pool: w.Pool, Client: client, Flow: "USER_PASSWORD_AUTH",
			Params: map[string]string{"USERNAME": "bob", "PASSWORD": "wrong"},
		})
		if fault.Of(err) == nil {
			t.Fatal(err)
		}
	}
	b := w.Browser()
	refused(t, "after failures in the API", b.Fill(form(b), "username", "bob", "password", hostedtest.Password),
		"Password attempts exceeded")
	signedIn(t, "another user", b.Fill(form(b), "username", "ann", "password", hostedtest.Password))
}

func linksAreBounded(t *testing.T, w *hostedtest.World) {
	confirmByLink(w)
	path := link(t, w, "carl")
	other := regexp.MustCompile(`confirmation_code=\d+`).ReplaceAllString(path, "confirmation_code=000")
	for n := range userpool.AttemptConfirmSignUp.Limit() - 1 {
		if n%2 == 0 {
			w.Browser().Get(other)
			continue
		}
		_, err := w.Account.ConfirmSignUp(t.Context(), account.ConfirmRequest{
			Code: "000", Request: account.Request{ClientID: "public", Username: "carl"},
		})
		if fault.Of(err) == nil {
			t.Fatal(err)
		}
	}
	if p := w.Browser().Get(other); !strings.Contains(p.Body, "This link no longer works") {
		t.Errorf("the last attempt: %d %s", p.Status, p.Body)
	}
	p := w.Browser().Get(path)
	if p.Status != http.StatusBadRequest || !strings.Contains(p.Body, "Attempt limit exceeded") {
		t.Errorf("the right link after too many attempts: %d %s", p.Status, p.Body)
	}
}

func messagesAreBounded(t *testing.T, w *hostedtest.World) {
	offer(w, "OPTIONAL", true)
	w.User(w.Pool, "dora", userpool.Confirmed)
	enrol(t, w, "dora")
	w.Change("dora", func(u *userpool.User) { u.EnableFactor(userpool.EmailMFA); u.Factors.Preferred = "" })
	choose := func(factor string) hostedtest.Page {
		b := w.Browser()
		return b.Fill(b.Fill(form(b), "username", "dora", "password", hostedtest.Password), "answer", factor)
	}
	for range userpool.AttemptEmailFactor.Limit() {
		if p := choose("EMAIL_OTP"); !strings.Contains(p.Body, "We sent a code") {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
	}
	if p := choose("EMAIL_OTP"); strings.Contains(p.Body, "We sent a code") ||
		!strings.Contains(p.Body, "Too many requests") {
		t.Errorf("one message more: %d %s", p.Status, p.Body)
	}
	if p := choose("SOFTWARE_TOKEN_MFA"); !strings.Contains(p.Body, "authenticator app") {
		t.Errorf("the other factor: %d %s", p.Status, p.Body)
	}
}

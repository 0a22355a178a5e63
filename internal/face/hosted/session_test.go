package hosted_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// pageAt is the address of a page for the request that AuthorizeURL makes.
func pageAt(path, client string, values ...string) string {
	return strings.Replace(hostedtest.AuthorizeURL(client, values...), "/oauth2/authorize", path, 1)
}

// With a session the first page asks whether to continue; the authorization endpoint
// does not ask.
func TestContinueWithSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		b := w.Browser()
		b.Code("public")
		signedIn(t, "authorize", b.Get(hostedtest.AuthorizeURL("public")))
		p := onPage(t, "login", "/login/session", b.Get(pageAt("/login", "public")))
		if !strings.Contains(p.Body, "<b>Ann</b><small>ann@example.com</small>") ||
			!strings.Contains(p.Body, "Not you?") {
			t.Errorf("%s", p.Body)
		}
		action, values := p.Form()
		attackStep("session", b, action, values, "public")
		signedIn(t, "continue", b.Fill(p))
		signedIn(t, "continue after back", b.Fill(p))
		german := b.Translate(p, "de")
		signedIn(t, "in another language", b.Fill(onPage(t, "German", "/login/session", german)))

		another := b.Get(pageAt("/login", "public", "another", "1"))
		onPage(t, "another account", "/login", another)
		w.User(w.Pool, "bob", userpool.Confirmed)
		signedIn(t, "another account", b.Fill(another, "username", "bob", "password", hostedtest.Password))
		stale := b.Fill(p)
		if stale.Status != 303 || stale.Location.Path != "/login" {
			t.Errorf("page of the session before: %d %v", stale.Status, stale.Location)
		}
		p = b.Get(pageAt("/login", "public"))
		out := b.Fill(p, "sign_out", "1")
		onPage(t, "after the sign-out", "/login", b.Follow(out))
		if b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")).Query().Get("error") != "login_required" {
			t.Error("the session has not ended")
		}
		if again := b.Fill(p); again.Query().Get("code") != "" {
			t.Error("a session continued after the sign-out")
		}

		b.Code("public")
		onPage(t, "prompt=login", "/login", b.Get(pageAt("/login", "public", "prompt", "login")))
		clk.Advance(time.Hour)
		onPage(t, "after an hour", "/login", b.Get(pageAt("/login", "public")))
	})
}

// A user adds a passkey on its page, and signs in with it.
func TestAddPasskey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerChoices(w, "PASSWORD", "WEB_AUTHN")
		b := w.Browser()
		p := b.Follow(b.Get(pageAt("/passkeys/add", choosing)))
		p = onPage(t, "without a session", "/login", p)
		p = onPage(t, "name", "/login/password", b.Fill(p, "username", "ann"))
		p = onPage(t, "after the sign-in", "/passkeys/add", b.Fill(p, "password", hostedtest.Password))
		action, values := p.Form()
		attackStep("passkey", b, action, values, choosing)
		refused(t, "without scripts", b.Fill(p), "Passkeys need JavaScript")
		foreign := passkeytest.NewES256(t, "https://evil.example.net")
		p = b.Fill(p, "credential", string(foreign.Create(optionsOf(t, p))))
		refused(t, "foreign origin", p, "The passkey could not be added.")
		refused(t, "not a response", b.Fill(p, "credential", "{}"), "The passkey could not be added.")
		key := passkeytest.NewES256(t, hostedtest.PublicURL)
		p = b.Get(pageAt("/passkeys/add", choosing))
		refused(t, "long name", b.Fill(p, "name", strings.Repeat("x", 65), "credential",
			string(key.Create(optionsOf(t, p)))), "at most 64 characters")
		p = b.Get(pageAt("/passkeys/add", choosing))
		response := string(key.Create(optionsOf(t, p)))
		signedIn(t, "added", b.Fill(p, "name", "Ann’s laptop", "credential", response))
		refused(t, "added twice", b.Fill(p, "credential", response), "The passkey could not be added.")
		var kept []*userpool.Passkey
		w.Update(func(tx *store.Tx) (err error) {
			kept, err = tx.PasskeysOf(w.Pool.ID, "ann")
			return err
		})
		if len(kept) != 1 || kept[0].FriendlyName != "Ann’s laptop" {
			t.Errorf("passkeys: %+v", kept)
		}
		signedIn(t, "not now", b.Fill(b.Get(pageAt("/passkeys/add", choosing)), "skip", "1"))
		b = w.Browser()
		p = name(b, choosing, "ann", "challenge", "WEB_AUTHN")
		signedIn(t, "with the passkey", answerKey(b, key, p))
		b = w.Browser()
		b.Code("public")
		w.Change("ann", func(u *userpool.User) { u.Enabled = false })
		onPage(t, "disabled user", "/login", b.Follow(b.Get(pageAt("/passkeys/add", choosing))))
	})
}

// A pool without passkeys says so, and the sign-in can be completed.
func TestAddPasskeyUnavailable(t *testing.T) {
	w := world(t)
	b := w.Browser()
	b.Code("public")
	p := b.Get(pageAt("/passkeys/add", "public"))
	refused(t, "no passkeys", p, "Passkeys cannot be added here.")
	signedIn(t, "not now", b.Fill(p, "skip", "1"))
}

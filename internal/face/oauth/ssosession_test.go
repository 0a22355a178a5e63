package oauth_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// track turns session tracking on or off.
func track(w *hostedtest.World, on bool) {
	w.T.Helper()
	if err := w.DB.Configure(w.T.Context(), w.Pool.ID, func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.Sessions = &userpool.SessionConfiguration{Tracking: on, MaxPerUser: 20}
		if err := tx.UpdatePool(&changed); err != nil {
			return err
		}
		*w.Pool = changed
		return nil
	}); err != nil {
		w.T.Fatal(err)
	}
}

func ann(w *hostedtest.World) (u *userpool.User) {
	w.T.Helper()
	w.Update(func(tx *store.Tx) (err error) {
		u, err = tx.User(w.Pool, "ann")
		return err
	})
	return u
}

// sessionsByKind lists the sessions of ann.
func sessionsByKind(w *hostedtest.World) map[userpool.SessionKind][]userpool.Session {
	w.T.Helper()
	found, err := w.Tokens.Sessions(w.T.Context(), w.Pool, ann(w))
	if err != nil {
		w.T.Fatal(err)
	}
	kinds := map[userpool.SessionKind][]userpool.Session{}
	for _, s := range found {
		kinds[s.Kind] = append(kinds[s.Kind], s)
	}
	return kinds
}

// end ends a session of ann as an administrator.
func end(w *hostedtest.World, id string, linked bool) {
	w.T.Helper()
	if err := w.Tokens.EndSession(w.T.Context(), w.Pool,
		token.SessionEnd{User: ann(w), ID: id, Linked: linked}); err != nil {
		w.T.Fatal(err)
	}
}

// silent returns the code that the browser's session grants, or the error.
func silent(b *hostedtest.Browser, client string) (code, refused string) {
	q := b.Get(hostedtest.AuthorizeURL(client, "prompt", "none")).Query()
	return q.Get("code"), q.Get("error")
}

// tokensOf redeems a code of the client public. The set is empty if it is refused.
func tokensOf(w *hostedtest.World, code string) members {
	w.T.Helper()
	set := object(w.T, redeem(w, code).Body)
	if set["access_token"] == nil {
		return nil
	}
	return set
}

// A sign-in on the pages creates an SSO session. Token sessions of every client and
// flow that come through it name it.
func TestPagesRecordSSOSessions(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		track(w, true)
		b := w.Browser()
		b.Header.Set("User-Agent", "browser/1")
		first := b.Code("public")
		start := w.Clock.Now()
		found := sessionsByKind(w)
		if len(found[userpool.SSOSession]) != 1 || len(found[userpool.TokenSession]) != 0 {
			t.Fatalf("after the sign-in: %+v", found)
		}
		sso := found[userpool.SSOSession][0]
		if len(sso.ID) != 28 || sso.ID[:3] != "sso" || sso.ClientID != "public" || sso.Parent != "" ||
			!sso.Created.Equal(start) || !sso.Active.Equal(start) || !sso.Expires.Equal(start.Add(time.Hour)) ||
			sso.Agent != "browser/1" || sso.Address != "192.0.2.1" {
			t.Errorf("recorded as %+v", sso)
		}
		if tokensOf(w, first) == nil {
			t.Fatal("the code gives no tokens")
		}
		w.Clock.Advance(time.Minute)
		b.Header.Set("User-Agent", "browser/2")
		second, _ := silent(b, "public")
		if tokensOf(w, second) == nil {
			t.Fatal("the session gives no tokens")
		}
		w.Clock.Advance(time.Minute)
		b.Get(hostedtest.AuthorizeURL("confidential", "response_type", "token", "prompt", "none"))
		found = sessionsByKind(w)
		if len(found[userpool.TokenSession]) != 3 || len(found[userpool.SSOSession]) != 1 {
			t.Fatalf("after three grants: %+v", found)
		}
		for _, s := range found[userpool.TokenSession] {
			if s.Parent != sso.ID {
				t.Errorf("a token session has the parent %q, want %q", s.Parent, sso.ID)
			}
			lifetime := 30 * 24 * time.Hour
			if s.ClientID == "confidential" { // the implicit flow has no refresh token
				lifetime = w.Clock.Now().Add(time.Hour).Sub(start)
			}
			if !s.Expires.Equal(start.Add(lifetime)) {
				t.Errorf("the session of %s expires at %v", s.ClientID, s.Expires)
			}
		}
		again := found[userpool.SSOSession][0]
		if again.ID != sso.ID || !again.Created.Equal(start) || !again.Active.Equal(w.Clock.Now()) ||
			again.Agent != "browser/2" || !again.Expires.Equal(sso.Expires) {
			t.Errorf("after its use: %+v", again)
		}
	})
}

// Without tracking no row is written. Cookies from before tracking was turned on stay
// valid, without a session; a session that was ended stays ended after tracking is
// turned off.
func TestUntrackedPagesRecordNothing(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		b := w.Browser()
		code := b.Code("public")
		track(w, true)
		if found := sessionsByKind(w); len(found) != 0 {
			t.Errorf("recorded %+v", found)
		}
		if tokensOf(w, code) == nil {
			t.Error("a code from before tracking gives no tokens")
		}
		if _, refused := silent(b, "public"); refused != "" {
			t.Errorf("a cookie from before tracking: %s", refused)
		}
		if found := sessionsByKind(w); len(found[userpool.SSOSession]) != 0 ||
			len(found[userpool.TokenSession]) != 1 || found[userpool.TokenSession][0].Parent != "" {
			t.Errorf("of a cookie from before tracking: %+v", found)
		}
		tracked, ended := w.Browser(), w.Browser()
		ended.Code("public")
		end(w, sessionsByKind(w)[userpool.SSOSession][0].ID, false)
		tracked.Code("public")
		track(w, false)
		if _, refused := silent(ended, "public"); refused != "login_required" {
			t.Errorf("an ended session, without tracking: %q", refused)
		}
		if _, refused := silent(tracked, "public"); refused != "" {
			t.Errorf("positive control: %s", refused)
		}
	})
}

// Whatever ends an SSO session ends the cookie and copies of it on every node; what
// becomes of its tokens depends.
func TestEndedSSOSessions(t *testing.T) {
	named := account.Named("ann")
	for name, c := range map[string]struct {
		end func(*hostedtest.World, *hostedtest.Browser, string) error
		// tokens is whether tokens from before stay valid.
		valid, tokens bool
	}{
		"control": {func(*hostedtest.World, *hostedtest.Browser, string) error { return nil }, true, true},
		"revoked alone": {func(w *hostedtest.World, _ *hostedtest.Browser, id string) error {
			end(w, id, false)
			return nil
		}, false, true},
		"revoked with LINKED": {func(w *hostedtest.World, _ *hostedtest.Browser, id string) error {
			end(w, id, true)
			return nil
		}, false, false},
		"a token session of it revoked": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			end(w, sessionsByKind(w)[userpool.TokenSession][0].ID, false)
			return nil
		}, true, false},
		"a token session of it revoked with LINKED": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			end(w, sessionsByKind(w)[userpool.TokenSession][0].ID, true)
			return nil
		}, false, false},
		"signed out everywhere": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			return w.Account.SignOut(w.T.Context(), w.Pool, named)
		}, false, false},
		"disabled and enabled": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			if err := w.Account.DisableUser(w.T.Context(), w.Pool, named); err != nil {
				return err
			}
			return w.Account.EnableUser(w.T.Context(), w.Pool, named)
		}, false, false},
		"deleted": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			return w.Account.DeleteUser(w.T.Context(), w.Pool, named)
		}, false, false},
		"new password": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			return w.Account.AdminSetUserPassword(w.T.Context(), w.Pool, "ann", "An0ther-Pass", true)
		}, false, true},
		"changed password": {func(w *hostedtest.World, _ *hostedtest.Browser, _ string) error {
			old := hostedtest.Password
			return w.Account.ChangePassword(w.T.Context(), w.Pool, ann(w),
				account.ChangeRequest{Previous: &old, Proposed: "An0ther-Pass"})
		}, false, true},
		"logged out": {func(_ *hostedtest.World, b *hostedtest.Browser, _ string) error {
			b.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
			return nil
		}, false, true},
		"signed in again": {func(_ *hostedtest.World, b *hostedtest.Browser, _ string) error {
			b.SignIn(hostedtest.AuthorizeURL("public", "prompt", "login"))
			return nil
		}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
				w := hostedtest.New(t, a, clk)
				track(w, true)
				node := w.Node(b)
				browser, copied := w.Browser(), node.Browser()
				set := tokensOf(w, browser.Code("public"))
				copied.Cookies = maps.Clone(browser.Cookies)
				if _, refused := silent(copied, "public"); refused != "" {
					t.Fatalf("positive control: %s", refused)
				}
				clk.Advance(time.Second)
				sso := sessionsByKind(w)[userpool.SSOSession][0]
				if err := c.end(w, browser, sso.ID); err != nil {
					t.Fatal(err)
				}
				if code, _ := silent(copied, "public"); (code != "") != c.valid {
					t.Errorf("the session is valid on the other node: %v", code != "")
				}
				access, _ := set["access_token"].(string)
				if _, err := node.Tokens.Authorize(t.Context(), access); (err == nil) != c.tokens {
					t.Errorf("the access token is valid: %v", err)
				}
			})
		})
	}
}

// A step-up that completes after its session has ended starts no session. The end
// comes after the last check of the page, as in a race.
func TestStepUpOfAnEndedSession(t *testing.T) {
	for _, tracked := range []bool{false, true} {
		for _, ended := range []bool{false, true} {
			t.Run(fmt.Sprintf("tracked %v, ended %v", tracked, ended), func(t *testing.T) {
				each(t, func(t *testing.T, w *hostedtest.World) {
					track(w, tracked)
					b := w.Browser()
					b.Code("public")
					request := hostedtest.AuthorizeURL("public", "acr_values", "urn:cognito:loa:4")
					r := httptest.NewRequest("GET", request, nil)
					r.Host = b.Host
					for name, value := range b.Cookies {
						r.AddCookie(&http.Cookie{Name: name, Value: value})
					}
					q, err := w.OAuth.Parse(r)
					if err != nil {
						t.Fatal(err)
					}
					session, err := w.OAuth.StepUp(r, q)
					if err != nil || session == nil {
						t.Fatalf("%v, %v", session, err)
					}
					if ended {
						b.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
					}
					recorded := httptest.NewRecorder()
					proof := &signin.Proof{User: session.User, At: w.Clock.Now(), EventID: "e"}
					w.Update(func(tx *store.Tx) (err error) {
						proof.Credential, err = tx.Credential(w.Pool.ID, "ann")
						return err
					})
					w.OAuth.SignIn(recorded, r, q, proof, session.Cookie)
					at, err := recorded.Result().Location()
					if err != nil || at.Query().Has("code") == ended || (at.Path == "/oauth2/authorize") != ended ||
						(len(recorded.Result().Cookies()) == 0) != ended {
						t.Errorf("%v, %v, %v", at, err, recorded.Result().Cookies())
					}
				})
			})
		}
	}
}

// Without tracking, too, a session ends for every copy of its cookie when the user
// logs out, signs out everywhere, gets another password or signs in again in the
// browser.
func TestEndedUntrackedSessions(t *testing.T) {
	for name, end := range map[string]func(*hostedtest.World, *hostedtest.Browser) error{
		"control": nil,
		"logged out": func(_ *hostedtest.World, b *hostedtest.Browser) error {
			b.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
			return nil
		},
		"signed out everywhere": func(w *hostedtest.World, _ *hostedtest.Browser) error {
			return w.Account.SignOut(w.T.Context(), w.Pool, account.Named("ann"))
		},
		"another password": func(w *hostedtest.World, _ *hostedtest.Browser) error {
			return w.Account.AdminSetUserPassword(w.T.Context(), w.Pool, "ann", "An0ther-Pass", true)
		},
		"signed in again": func(_ *hostedtest.World, b *hostedtest.Browser) error {
			b.SignIn(hostedtest.AuthorizeURL("public", "prompt", "login"))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *hostedtest.World) {
				browser, copied := w.Browser(), w.Browser()
				browser.Code("public")
				copied.Cookies = maps.Clone(browser.Cookies)
				w.Clock.Advance(time.Second)
				if end != nil {
					if err := end(w, browser); err != nil {
						t.Fatal(err)
					}
				}
				if code, refused := silent(copied, "public"); (code != "") != (end == nil) {
					t.Errorf("%q, %q", code, refused)
				}
			})
		})
	}
}

// A code of a browser whose session is ended gives no tokens, and neither do codes
// that are issued or redeemed on one node while the other ends the session.
func TestRacingEndOfABrowsersSession(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, a, clk)
		track(w, true)
		node := w.Node(b)
		for range 5 {
			browser := node.Browser()
			code := browser.Code("public")
			sso := sessionsByKind(w)[userpool.SSOSession][0]
			done := make(chan error, 1)
			linked := token.SessionEnd{User: ann(w), ID: sso.ID, Linked: true}
			// Ends with the revocation, which the test waits for.
			go func() { done <- w.Tokens.EndSession(t.Context(), w.Pool, linked) }()
			later, _ := silent(browser, "public")
			tokensOf(node, code)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if later != "" && tokensOf(node, later) != nil {
				t.Error("a code gives tokens after its session has ended")
			}
			if found := sessionsByKind(w); len(found) != 0 {
				t.Errorf("left: %+v", found)
			}
		}
	})
}

// A browser that signs in again keeps its session, from then on for an hour; a client
// whose limit is longer keeps it for that long.
func TestSSOSessionsExpire(t *testing.T) {
	w := world(t)
	track(w, true)
	w.Client(w.Pool, "long", func(c *userpool.Client) {
		minutes := int32(600)
		c.SSOSessionMinutes = &minutes
	})
	b := w.Browser()
	b.Code("public")
	first := sessionsByKind(w)[userpool.SSOSession][0]
	w.Clock.Advance(59 * time.Minute)
	b.SignIn(hostedtest.AuthorizeURL("public", "prompt", "login"))
	if found := sessionsByKind(w)[userpool.SSOSession]; len(found) != 1 || found[0].ID != first.ID ||
		!found[0].Expires.Equal(w.Clock.Now().Add(time.Hour)) {
		t.Errorf("after another sign-in: %+v", found)
	}
	w.Clock.Advance(time.Hour - time.Second)
	if _, refused := silent(b, "public"); refused != "" {
		t.Errorf("within an hour of the second sign-in: %s", refused)
	}
	w.Clock.Advance(time.Second)
	_, refused := silent(b, "public")
	if left := sessionsByKind(w)[userpool.SSOSession]; refused != "login_required" || len(left) != 0 {
		t.Errorf("after the hour: %q, %+v", refused, left)
	}
	b.SignIn(hostedtest.AuthorizeURL("long"))
	if found := sessionsByKind(w)[userpool.SSOSession]; len(found) != 1 || found[0].ID == first.ID ||
		!found[0].Expires.Equal(w.Clock.Now().Add(10*time.Hour)) {
		t.Errorf("of a client with a longer limit: %+v", found)
	}
}

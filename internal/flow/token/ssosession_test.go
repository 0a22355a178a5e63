package token_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// browserOf is a sign-in of g's user whose cookie is valid for an hour.
func browserOf(g token.Grant) token.SSOStart { return token.SSOStart{Expires: g.At.Add(time.Hour)} }

// At the limit a sign-in ends the least recently used SSO session. Token sessions do
// not count.
func TestLimitOfSSOSessions(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracking(20))
	mustIssue(t, i, g)
	var ids []string
	for range 101 {
		clk.Advance(time.Second)
		id, err := i.StartSSO(t.Context(), g, browserOf(g))
		if err != nil || len(id) != 28 || !strings.HasPrefix(id, "sso") {
			t.Fatalf("%q, %v", id, err)
		}
		ids = append(ids, id)
		if len(ids) == 100 {
			clk.Advance(time.Second)
			used := g
			used.SSOSession = ids[0]
			if err := i.UseSSO(t.Context(), used); err != nil {
				t.Fatal(err)
			}
		}
	}
	left := map[string]bool{}
	for _, s := range sessionsOf(t, i, g) {
		left[s.ID] = true
	}
	if len(left) != 101 || !left[ids[0]] || left[ids[1]] || !left[ids[2]] || !left[ids[100]] {
		t.Errorf("%d sessions are left; of the first three: %v %v %v",
			len(left), left[ids[0]], left[ids[1]], left[ids[2]])
	}
}

// A sign-in on the pages that has read the user before a sign-out, a new password or
// the deletion starts no session.
func TestStaleSignInsStartNoSSOSession(t *testing.T) {
	cred := func(salt string) *userpool.Credential {
		return &userpool.Credential{Salt: []byte(salt), Verifier: []byte("verifier")}
	}
	put := func(salt string) func(*store.Tx, *token.Grant) error {
		return func(tx *store.Tx, g *token.Grant) error {
			return tx.ReplaceCredential(g.Pool.ID, g.User.Username, cred(salt))
		}
	}
	for name, c := range map[string]struct {
		change func(*store.Tx, *token.Grant) error
		stale  bool
	}{
		"control":       {func(*store.Tx, *token.Grant) error { return nil }, false},
		"same password": {put("read"), false},
		"new password":  {put("new"), true},
		"new password, signed in by a provider": {func(tx *store.Tx, g *token.Grant) error {
			g.Provider = "Google"
			return put("new")(tx, g)
		}, false},
		"signed out": {func(tx *store.Tx, g *token.Grant) error {
			u := g.User.Clone()
			u.SignOut(tx.Now)
			return tx.UpdateUser(g.Pool, u)
		}, true},
		"deleted": {func(tx *store.Tx, g *token.Grant) error { return tx.DeleteUser(g.Pool, "ann") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
				i := issuer(db, clk, token.ModeSelf)
				g := grant(t, db, clk, tracking(20))
				update := func(fn func(*store.Tx, *token.Grant) error) {
					t.Helper()
					if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(tx, &g) }); err != nil {
						t.Fatal(err)
					}
				}
				update(put("read"))
				update(c.change)
				start := browserOf(g)
				start.Credential = cred("read")
				_, err := i.StartSSO(t.Context(), g, start)
				if stale := errors.Is(err, fault.NotAuthorized); stale != c.stale || !stale && err != nil {
					t.Errorf("refused as stale: %v", err)
				}
				if found := sessionsOf(t, i, g); (len(found) == 0) != c.stale {
					t.Errorf("sessions: %+v", found)
				}
			})
		})
	}
}

// Another sign-in in the same browser continues the session of the same user unless
// it has expired, and ends that of another user.
func TestPreviousSSOSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(20))
		bob := g
		bob.User = g.User.Clone()
		bob.User.Username, bob.User.Sub = "bob", "sub-bob"
		insert := func(tx *store.Tx) error { return tx.InsertUser(g.Pool, bob.User) }
		if err := db.Update(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
		ctx := token.WithPeer(t.Context(), userpool.Peer{Address: "192.0.2.1", Agent: "b"})
		signIn := func(g token.Grant, previous string) string {
			t.Helper()
			g.At = clk.Now()
			start := browserOf(g)
			start.Previous = userpool.Session{
				PoolID: g.Pool.ID, Username: "ann", ID: previous, Kind: userpool.SSOSession,
			}
			id, err := i.StartSSO(ctx, g, start)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		first := signIn(g, "")
		clk.Advance(time.Minute)
		if signIn(g, first) != first {
			t.Error("another sign-in of the same user starts another session")
		}
		if s := sessionsOf(t, i, g); len(s) != 1 || !s[0].Created.Equal(storetest.Start) ||
			!s[0].Active.Equal(clk.Now()) || !s[0].Expires.Equal(clk.Now().Add(time.Hour)) || s[0].Agent != "b" {
			t.Errorf("continued as %+v", s)
		}
		clk.Advance(time.Hour)
		second := signIn(g, first)
		if s := sessionsOf(t, i, g); second == first || len(s) != 1 || s[0].ID != second {
			t.Errorf("after the end of the first: %+v", s)
		}
		ofBob := signIn(bob, second)
		if s := sessionsOf(t, i, bob); len(sessionsOf(t, i, g)) != 0 || len(s) != 1 || s[0].ID != ofBob {
			t.Errorf("of bob: %+v, of ann: %+v", s, sessionsOf(t, i, g))
		}
	})
}

// A code whose SSO session has been ended gives no tokens, before and after its
// redemption; one whose SSO session has expired does.
func TestCodeEndsWithItsSSOSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		f := &codeFlow{t: t, db: db, i: issuer(db, clk, token.ModeSelf), g: grant(t, db, clk, tracking(20))}
		for _, end := range []string{"never", "code", "redemption", "tokens"} {
			id, err := f.i.StartSSO(t.Context(), f.g, browserOf(f.g))
			if err != nil {
				t.Fatal(err)
			}
			f.g.SSOSession = id
			err = f.run(func(step string) {
				if step != end {
					return
				}
				if err := f.i.EndSession(t.Context(), f.g.Pool, token.SessionEnd{User: f.g.User, ID: id}); err != nil {
					t.Fatal(err)
				}
			})
			if refused := errors.Is(err, fault.NotAuthorized); refused != (end != "never") || !refused && err != nil {
				t.Errorf("ended before %s: %v", end, err)
			}
		}
		id, err := f.i.StartSSO(t.Context(), f.g, browserOf(f.g))
		if err != nil {
			t.Fatal(err)
		}
		f.g.SSOSession = id
		clk.Advance(time.Hour - time.Second)
		if err := f.run(func(step string) {
			if step == "redemption" {
				clk.Advance(time.Minute)
			}
		}); err != nil {
			t.Errorf("the SSO session has expired since the code was issued: %v", err)
		}
	})
}

// Two nodes: tokens are redeemed through an SSO session while LINKED revocation ends
// it. Afterwards no token session of it is left.
func TestRacingRevocationOfAnSSOSession(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		issuing, revoking := issuer(a, clk, token.ModeSelf), issuer(b, clk, token.ModeSelf)
		g := grant(t, a, clk, tracking(20))
		for range 10 {
			id, err := issuing.StartSSO(t.Context(), g, browserOf(g))
			if err != nil {
				t.Fatal(err)
			}
			through := g
			through.SSOSession = id
			var done sync.WaitGroup
			for range 3 {
				done.Go(func() {
					if _, err := issuing.Issue(context.Background(), through); err != nil &&
						!errors.Is(err, fault.NotAuthorized) {
						t.Error(err)
					}
				})
			}
			done.Go(func() {
				end := token.SessionEnd{User: g.User, ID: id, Linked: true}
				if err := revoking.EndSession(context.Background(), g.Pool, end); err != nil {
					t.Error(err)
				}
			})
			done.Wait()
			if left := sessionsOf(t, revoking, g); len(left) != 0 {
				t.Fatalf("left: %+v", left)
			}
		}
	})
}

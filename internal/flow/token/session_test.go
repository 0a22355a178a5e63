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

// tracking turns on session tracking, with a limit of sessions per user.
func tracking(most int32) func(*token.Grant) {
	return func(g *token.Grant) {
		g.Pool.Sessions = &userpool.SessionConfiguration{Tracking: true, MaxPerUser: most}
	}
}

func sessionsOf(t *testing.T, i *token.Issuer, g token.Grant) []userpool.Session {
	t.Helper()
	found, err := i.Sessions(t.Context(), g.Pool, g.User)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sessionOf returns the session of an access token.
func sessionOf(t *testing.T, i *token.Issuer, g token.Grant, access string) (s userpool.Session, found bool) {
	t.Helper()
	_, m := claims(t, access)
	for _, s := range sessionsOf(t, i, g) {
		if s.Origin == m["origin_jti"] {
			return s, true
		}
	}
	return s, false
}

func TestSignInsAreTracked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(20), rotating(0))
		ctx := token.WithPeer(t.Context(), userpool.Peer{Address: "192.0.2.1", Agent: "app/1"})
		set, err := i.Issue(ctx, g)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := sessionOf(t, i, g, set.Access)
		if len(s.ID) != 28 || !strings.HasPrefix(s.ID, "tkn") || strings.ToLower(s.ID) != s.ID ||
			s.Kind != userpool.TokenSession || s.ClientID != g.Client.ID ||
			!s.Created.Equal(clk.Now()) || !s.Active.Equal(clk.Now()) || !s.Expires.Equal(clk.Now().Add(2*time.Hour)) ||
			s.Peer != (userpool.Peer{Address: "192.0.2.1", Agent: "app/1"}) {
			t.Errorf("tracked as %+v", s)
		}
		clk.Advance(time.Hour)
		moved := token.WithPeer(t.Context(),
			userpool.Peer{Address: strings.Repeat("9", 200), Agent: strings.Repeat("ä", 2000)})
		set, err = renew(moved, i, g, set.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := sessionOf(t, i, g, set.Access)
		if again.ID != s.ID || !again.Created.Equal(s.Created) || !again.Active.Equal(clk.Now()) ||
			!again.Expires.Equal(s.Expires) {
			t.Errorf("after a refresh %+v", again)
		}
		if again.Address != strings.Repeat("9", 128) || again.Agent != strings.Repeat("ä", 1024) {
			t.Errorf("the peer is not truncated: %d and %d bytes", len(again.Address), len(again.Agent))
		}
		mustRenew(t, i, g, set.Refresh)
		if again, _ = sessionOf(t, i, g, set.Access); again.Agent != "unknown" || again.Address != "" {
			t.Errorf("an unknown peer is stored as %+v", again.Peer)
		}
		clk.Advance(time.Hour)
		if left := sessionsOf(t, i, g); len(left) != 0 {
			t.Errorf("after the refresh token's end: %+v", left)
		}
	})
}

func TestUntrackedPoolsHaveNoSessions(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk)
	set := mustIssue(t, i, g)
	_, err := i.Sessions(t.Context(), g.Pool, g.User)
	if !errors.Is(err, fault.OperationNotEnabled) {
		t.Errorf("listed: %v", err)
	}
	if err := i.EndSession(t.Context(), g.Pool,
		token.SessionEnd{User: g.User, ID: "tkn"}); !errors.Is(err, fault.OperationNotEnabled) {
		t.Errorf("ended: %v", err)
	}
	// Tokens from before tracking was turned on have no session and stay valid.
	tracking(20)(&g)
	mustRenew(t, i, g, set.Refresh)
	if found := sessionsOf(t, i, g); len(found) != 0 {
		t.Errorf("tracked: %+v", found)
	}
	// Tokens of tracked sessions stay valid after tracking is turned off.
	tracked := mustIssue(t, i, g)
	g.Pool.Sessions = nil
	mustRenew(t, i, g, tracked.Refresh)
}

func TestTrackingNamesTheFamily(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracking(20), func(g *token.Grant) { g.Client.EnableTokenRevocation = false })
	set := mustIssue(t, i, g)
	s, found := sessionOf(t, i, g, set.Access)
	if !found {
		t.Fatal("the access token does not name its session")
	}
	if err := i.EndSession(t.Context(), g.Pool, token.SessionEnd{User: g.User, ID: s.ID}); err != nil {
		t.Fatal(err)
	}
	requireAccess(t, i, "the access token of an ended session", set.Access, fault.RevokedAccessToken)
}

// At the limit a sign-in ends the least recently active sessions.
func TestMaxPerUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(3))
		var sets []token.Set
		signIn := func() {
			clk.Advance(time.Second)
			g.At = clk.Now()
			sets = append(sets, mustIssue(t, i, g))
		}
		for range 3 {
			signIn()
		}
		clk.Advance(time.Second)
		mustRenew(t, i, g, sets[0].Refresh)
		requireAccess(t, i, "positive control: the least recently active before the fourth", sets[1].Access, nil)
		signIn()
		requireAccess(t, i, "the least recently active", sets[1].Access, fault.RevokedAccessToken)
		refresher{i, g}.refuses(t, "its refresh token", sets[1].Refresh, fault.RevokedRefreshToken)
		requireAccess(t, i, "the oldest, which was refreshed", sets[0].Access, nil)
		// A lower limit ends nothing until the next sign-in.
		tracking(1)(&g)
		if found := sessionsOf(t, i, g); len(found) != 3 {
			t.Errorf("%d sessions under a lower limit", len(found))
		}
		mustRenew(t, i, g, sets[2].Refresh)
		signIn()
		if found := sessionsOf(t, i, g); len(found) != 1 {
			t.Errorf("%d sessions after the next sign-in", len(found))
		}
		for n, want := range []*fault.Fault{
			fault.RevokedAccessToken, fault.RevokedAccessToken, fault.RevokedAccessToken, fault.RevokedAccessToken, nil,
		} {
			requireAccess(t, i, "after all sign-ins", sets[n].Access, want)
		}
	})
}

// Concurrent sign-ins leave as many sessions as the limit allows.
func TestMaxPerUserWithConcurrentSignIns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(5))
		mustIssue(t, i, g)
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				if _, err := i.Issue(context.Background(), g); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if found := sessionsOf(t, i, g); len(found) != 5 {
			t.Errorf("%d sessions", len(found))
		}
	})
}

// SSO sessions do not count towards the limit and are not ended by it.
func TestMaxPerUserKeepsSSOSessions(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracking(1))
	putSSO(t, db, clk, g, "sso1")
	mustIssue(t, i, g)
	clk.Advance(time.Second)
	mustIssue(t, i, g)
	if found := sessionsOf(t, i, g); len(found) != 2 || found[0].Kind != userpool.SSOSession {
		t.Errorf("left: %+v", found)
	}
}

// putSSO inserts a managed-login session.
func putSSO(t *testing.T, db *store.DB, clk *clock.Driven, g token.Grant, id string) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertSession(&userpool.Session{
			PoolID: g.Pool.ID, Username: g.User.Username, ID: id, Kind: userpool.SSOSession, ClientID: g.Client.ID,
			Created: clk.Now(), Active: clk.Now(), Expires: clk.Now().Add(time.Hour),
		})
	}); err != nil {
		t.Fatal(err)
	}
}

// linkedSessions returns a user with two SSO sessions and four token sessions:
// two of the first SSO session, one of the second and one of none.
func linkedSessions(
	t *testing.T, db *store.DB, clk *clock.Driven,
) (i *token.Issuer, g token.Grant, sets map[string]token.Set) {
	t.Helper()
	i = issuer(db, clk, token.ModeSelf)
	g = grant(t, db, clk, tracking(20))
	putSSO(t, db, clk, g, "sso1")
	putSSO(t, db, clk, g, "sso2")
	sets = map[string]token.Set{}
	for name, parent := range map[string]string{"one": "sso1", "two": "sso1", "three": "sso2", "alone": ""} {
		through := g
		through.SSOSession = parent
		sets[name] = mustIssue(t, i, through)
	}
	return i, g, sets
}

func TestEndingLinkedSessions(t *testing.T) {
	ofToken := fault.New(fault.InvalidParameter, "The session of the access token cannot be revoked.")
	unknown := fault.New(fault.ResourceNotFound, "Session does not exist.")
	for name, c := range map[string]struct {
		end    string // a name of linkedSessions or the id of an SSO session
		linked bool
		// caller is the name of the session whose token the caller has; empty
		// for an administrator.
		caller string
		want   *fault.Fault
		// gone are the names and ids of the sessions that end.
		gone []string
	}{
		"a token session alone":                      {"one", false, "", nil, []string{"one"}},
		"a token session and its parent":             {"one", true, "", nil, []string{"one", "sso1"}},
		"a token session without a parent":           {"alone", true, "", nil, []string{"alone"}},
		"an SSO session alone":                       {"sso1", false, "", nil, []string{"sso1"}},
		"an SSO session and its token sessions":      {"sso1", true, "", nil, []string{"sso1", "one", "two"}},
		"another session of the caller":              {"two", true, "one", nil, []string{"two", "sso1"}},
		"the caller's SSO session alone":             {"sso1", false, "one", nil, []string{"sso1"}},
		"the caller's own":                           {"one", false, "one", ofToken, nil},
		"the caller's own, by its SSO session":       {"sso1", true, "one", ofToken, nil},
		"another SSO session and its token sessions": {"sso2", true, "one", nil, []string{"sso2", "three"}},
		"a session that does not exist":              {"tkn9", false, "", unknown, nil},
		"an empty id":                                {"", true, "", unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			db, clk := storetest.Open(t)
			i, g, sets := linkedSessions(t, db, clk)
			end := token.SessionEnd{User: g.User, ID: c.end, Linked: c.linked}
			if set, ok := sets[c.end]; ok {
				s, _ := sessionOf(t, i, g, set.Access)
				end.ID = s.ID
			}
			if c.caller != "" {
				s, _ := sessionOf(t, i, g, sets[c.caller].Access)
				end.Caller = s.Origin
			}
			err := i.EndSession(t.Context(), g.Pool, end)
			if f := fault.Of(err); (err == nil) != (c.want == nil) ||
				c.want != nil && (f == nil || f.Kind != c.want.Kind || f.Message != c.want.Message) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			wantOnly(t, i, g, sets, c.gone)
		})
	}
}

// wantOnly requires that exactly the named sessions of linkedSessions have
// ended.
func wantOnly(t *testing.T, i *token.Issuer, g token.Grant, sets map[string]token.Set, gone []string) {
	t.Helper()
	ended := map[string]bool{}
	for _, name := range gone {
		ended[name] = true
	}
	left := map[string]bool{}
	for _, s := range sessionsOf(t, i, g) {
		left[s.ID] = true
	}
	for _, id := range []string{"sso1", "sso2"} {
		if left[id] == ended[id] {
			t.Errorf("%s exists: %v", id, left[id])
		}
	}
	for name, set := range sets {
		if _, found := sessionOf(t, i, g, set.Access); found == ended[name] {
			t.Errorf("session %s exists: %v", name, found)
		}
		if ended[name] {
			requireAccess(t, i, name, set.Access, fault.RevokedAccessToken)
			refresher{i, g}.refuses(t, name, set.Refresh, fault.RevokedRefreshToken)
			continue
		}
		requireAccess(t, i, name, set.Access, nil)
		mustRenew(t, i, g, set.Refresh)
	}
}

func TestRevokingATokenEndsItsSession(t *testing.T) {
	for name, c := range map[string]struct {
		linked bool
		gone   []string
	}{
		"alone":  {false, []string{"one"}},
		"linked": {true, []string{"one", "sso1"}},
	} {
		t.Run(name, func(t *testing.T) {
			db, clk := storetest.Open(t)
			i, g, sets := linkedSessions(t, db, clk)
			for range 2 {
				if err := i.Revoke(t.Context(), g.Pool, g.Client, sets["one"].Refresh, c.linked); err != nil {
					t.Fatal(err)
				}
			}
			wantOnly(t, i, g, sets, c.gone)
		})
	}
}

// A sign-out ends every session.
func TestSignOutEndsSessions(t *testing.T) {
	db, clk := storetest.Open(t)
	i, g, _ := linkedSessions(t, db, clk)
	if err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		if g.User, err = tx.User(g.Pool, "ann"); err != nil {
			return err
		}
		g.User.SignOut(tx.Now)
		return tx.UpdateUser(g.Pool, g.User)
	}); err != nil {
		t.Fatal(err)
	}
	// A sign-in that read the user before the sign-out inserts a session that
	// is already revoked.
	stale := g
	stale.User = g.User.Clone()
	stale.User.SignedOut = time.Time{}
	mustIssue(t, i, stale)
	if found := sessionsOf(t, i, g); len(found) != 0 {
		t.Errorf("left: %+v", found)
	}
	clk.Advance(time.Millisecond)
	g.At = clk.Now()
	if _, found := sessionOf(t, i, g, mustIssue(t, i, g).Access); !found {
		t.Error("positive control: a sign-in after the sign-out is not listed")
	}
}

// A refresh fails if its session ends between Redeem and Issue.
func TestSessionEndsDuringARefresh(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(20), rotating(0))
		set := mustIssue(t, i, g)
		redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, set.Refresh, "")
		if err != nil {
			t.Fatal(err)
		}
		s, _ := sessionOf(t, i, g, set.Access)
		if err := i.EndSession(t.Context(), g.Pool, token.SessionEnd{User: g.User, ID: s.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := i.Issue(t.Context(), redeemed); fault.Of(err) == nil ||
			fault.Of(err).Message != fault.RevokedRefreshToken.Message {
			t.Errorf("issued: %v", err)
		}
		if found := sessionsOf(t, i, g); len(found) != 0 {
			t.Errorf("left: %+v", found)
		}
	})
}

// A replayed refresh token ends the session.
func TestReplayEndsTheSession(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracking(20), rotating(0))
	kept, set := mustIssue(t, i, g), mustIssue(t, i, g)
	mustRenew(t, i, g, set.Refresh)
	if len(sessionsOf(t, i, g)) != 2 {
		t.Fatal("positive control: not two sessions before the replay")
	}
	refresher{i, g}.refuses(t, "replayed", set.Refresh, fault.ReusedRefreshToken)
	if _, found := sessionOf(t, i, g, kept.Access); !found || len(sessionsOf(t, i, g)) != 1 {
		t.Errorf("left: %+v", sessionsOf(t, i, g))
	}
}

// A User-Agent header that is not UTF-8 is stored as text.
func TestAgentsThatAreNotText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracking(20))
		for agent, want := range map[string]string{
			"app\xff\xfe/1": "app\uFFFD/1", "\xc3": "\uFFFD",
			strings.Repeat("é", 1023) + "\xc3\xa9\xa9": strings.Repeat("é", 1024),
		} {
			set, err := i.Issue(token.WithPeer(t.Context(), userpool.Peer{Address: "192.0.2.1", Agent: agent}), g)
			if err != nil {
				t.Errorf("%.20q: %v", agent, err)
				continue
			}
			if s, _ := sessionOf(t, i, g, set.Access); s.Agent != want {
				t.Errorf("%.20q is shown as %.20q", agent, s.Agent)
			}
		}
	})
}

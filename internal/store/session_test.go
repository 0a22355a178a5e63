package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func session(p *userpool.Pool, username, id, origin string) userpool.Session {
	return userpool.Session{
		PoolID: p.ID, Username: username, ID: id, Kind: userpool.TokenSession, ClientID: "client", Origin: origin,
		Parent: "sso1", Created: storetest.Start, Active: storetest.Start, Expires: storetest.Start.Add(time.Hour),
		Peer: userpool.Peer{Address: "192.0.2.1", Agent: "test/1"},
	}
}

func sessions(t testing.TB, db *store.DB, p *userpool.Pool, username string) (found []userpool.Session) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		found, err = tx.Sessions(p.ID, username)
		return err
	})
	return found
}

func ids(found []userpool.Session) (list []string) {
	for _, s := range found {
		list = append(list, s.ID)
	}
	return list
}

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		first, second, others := session(p, "ann", "tkn1", "o1"), session(p, "ann", "tkn2", "o2"),
			session(p, "bob", "tkn1", "o3")
		sso := session(p, "ann", "sso1", "")
		sso.Kind, sso.Parent = userpool.SSOSession, ""
		for _, s := range []userpool.Session{first, second, others, sso} {
			update(t, db, func(tx *store.Tx) error { return tx.InsertSession(&s) })
		}
		if got := sessions(t, db, p, "ann"); len(got) != 3 || got[0] != sso || got[1] != first || got[2] != second {
			t.Errorf("stored %+v", got)
		}
		clk.Advance(time.Minute)
		by := userpool.Peer{Address: "192.0.2.2", Agent: "test/2"}
		touch := func(id string) (found bool) {
			update(t, db, func(tx *store.Tx) (err error) {
				found, err = tx.TouchSession(p.ID, "ann", id, by)
				return err
			})
			return found
		}
		if !touch("tkn1") || touch("tkn9") {
			t.Error("TouchSession finds an unknown session, or not a stored one")
		}
		if used := sessions(t, db, p, "ann")[2]; used.ID != "tkn1" || !used.Active.Equal(clk.Now()) ||
			used.Peer != by || !used.Created.Equal(storetest.Start) {
			t.Errorf("after its use: %+v", used)
		}
		update(t, db, func(tx *store.Tx) error { return tx.EndSession(&first) })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 2 || got[1] != "tkn2" || touch("tkn1") {
			t.Errorf("after the end of one: %v", got)
		}
		view(t, db, func(tx *store.Tx) error {
			for origin, want := range map[string]bool{"o1": true, "o2": false, "o3": false, "": false} {
				if revoked, err := tx.OriginRevoked(p.ID, origin); err != nil || revoked != want {
					t.Errorf("family %q revoked: %v, %v", origin, revoked, err)
				}
			}
			return nil
		})
		change := func(edit func(*userpool.User)) {
			update(t, db, func(tx *store.Tx) error {
				u, err := tx.User(p, "ann")
				if err != nil {
					return err
				}
				edit(u)
				return tx.UpdateUser(p, u)
			})
		}
		change(func(u *userpool.User) { u.Status = userpool.ResetRequired })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 2 {
			t.Errorf("after a change that is not a sign-out: %v", got)
		}
		update(t, db, func(tx *store.Tx) error { return tx.EndSession(&sso) })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 1 || got[0] != "tkn2" {
			t.Errorf("after the end of the SSO session: %v", got)
		}
		update(t, db, func(tx *store.Tx) error { return tx.InsertSession(&sso) })
		change(func(u *userpool.User) { u.SignOut(clk.Now()) })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 0 {
			t.Errorf("after a sign-out: %v", got)
		}
		if len(sessions(t, db, p, "bob")) != 1 {
			t.Error("the end of ann's sessions changes those of bob")
		}
		clk.Advance(time.Hour)
		if len(sessions(t, db, p, "bob")) != 0 {
			t.Error("an expired session is listed")
		}
	})
}

// hasSession reports whether ann has a session that expires after a time.
func hasSession(t *testing.T, db *store.DB, p *userpool.Pool, id string, after time.Time) (has bool) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		has, err = tx.HasSession(p.ID, "ann", id, after)
		return err
	})
	return has
}

// A later authentication in a browser changes until when its session is valid. The
// row of an expired session is kept for as long as a code of it can be redeemed.
func TestSSOSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		s, token := session(p, "ann", "sso1", ""), session(p, "ann", "tkn1", "o1")
		s.Kind, s.Parent = userpool.SSOSession, ""
		update(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertSession(&s), tx.InsertSession(&token)) })
		renew := func(s userpool.Session) (found bool) {
			s.Active, s.Expires, s.Agent = clk.Now(), storetest.Start.Add(2*time.Hour), "test/2"
			update(t, db, func(tx *store.Tx) (err error) {
				found, err = tx.RenewSession(&s)
				return err
			})
			return found
		}
		clk.Advance(time.Minute)
		if !renew(s) || renew(token) {
			t.Error("an SSO session is not renewed, or a token session is")
		}
		if got := sessions(t, db, p, "ann")[1]; got.ID != "sso1" || !got.Active.Equal(clk.Now()) ||
			!got.Expires.Equal(storetest.Start.Add(2*time.Hour)) || got.Agent != "test/2" || got.Created != s.Created {
			t.Errorf("renewed: %+v", got)
		}
		clk.Advance(2*time.Hour - time.Minute)
		sweep := func() {
			t.Helper()
			if _, err := db.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		if renew(s) || hasSession(t, db, p, "sso1", clk.Now()) || len(sessions(t, db, p, "ann")) != 0 {
			t.Error("an expired session is renewed, found or listed")
		}
		if !hasSession(t, db, p, "sso1", clk.Now().Add(-time.Millisecond)) {
			t.Error("the row is gone while a code of it can be redeemed")
		}
		clk.Advance(userpool.AuthorizationLifetime)
		sweep()
		if hasSession(t, db, p, "sso1", storetest.Start) {
			t.Error("the row is never swept")
		}
	})
}

// A new password ends the user's SSO sessions, not the token sessions and not
// those of other users.
func TestNewPasswordEndsSSOSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		cred := &userpool.Credential{Salt: []byte("salt"), Verifier: []byte("verifier"), SetAt: storetest.Start}
		for _, name := range []string{"ann", "bob"} {
			s, token := session(p, name, "sso1", ""), session(p, name, "tkn1", name)
			s.Kind, s.Parent = userpool.SSOSession, ""
			update(t, db, func(tx *store.Tx) error {
				return errors.Join(tx.InsertUser(p, user(p, name, nil)), tx.PutCredential(p.ID, name, cred),
					tx.InsertSession(&s), tx.InsertSession(&token))
			})
		}
		update(t, db, func(tx *store.Tx) error { return tx.ReplaceCredential(p.ID, "ann", cred) })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 1 || got[0] != "tkn1" {
			t.Errorf("left: %v", got)
		}
		if got := ids(sessions(t, db, p, "bob")); len(got) != 2 {
			t.Errorf("left of another user: %v", got)
		}
	})
}

// A revocation is kept after the refresh token has expired, for as long as an
// access token can be valid.
func TestEndedFamilyStaysEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.EndFamily(p.ID, "ann", "o1", clk.Now().Add(time.Hour)) })
		revoked := func() (revoked bool) {
			if _, err := db.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			view(t, db, func(tx *store.Tx) (err error) {
				revoked, err = tx.OriginRevoked(p.ID, "o1")
				return err
			})
			return revoked
		}
		clk.Advance(25*time.Hour - time.Millisecond)
		if !revoked() {
			t.Error("the revocation was deleted before the last access token expired")
		}
		clk.Advance(time.Millisecond)
		if revoked() {
			t.Error("the revocation is never swept")
		}
	})
}

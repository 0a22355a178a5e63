package store_test

import (
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
		change(func(u *userpool.User) { u.SignOut(clk.Now()) })
		if got := ids(sessions(t, db, p, "ann")); len(got) != 1 || got[0] != "sso1" {
			t.Errorf("after a sign-out: %v", got)
		}
		update(t, db, func(tx *store.Tx) error { return tx.EndSession(&sso) })
		if len(sessions(t, db, p, "ann")) != 0 || len(sessions(t, db, p, "bob")) != 1 {
			t.Error("the end of ann's sessions changes those of bob")
		}
		clk.Advance(time.Hour)
		if len(sessions(t, db, p, "bob")) != 0 {
			t.Error("an expired session is listed")
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

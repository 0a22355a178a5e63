package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func passkeyOf(p *userpool.Pool, username, id string) *userpool.Passkey {
	return &userpool.Passkey{
		PoolID: p.ID, Username: username, RelyingParty: "example.com",
		CredentialID: []byte(id), PublicKey: []byte("key"), SignCount: 5,
		PasskeyTraits: userpool.PasskeyTraits{
			FriendlyName: "Roaming passkey", AAGUID: "a", Attachment: "platform", Transports: []string{"usb"},
			BackupEligible: true,
		},
	}
}

func passkeysOf(t testing.TB, db *store.DB, p *userpool.Pool, username string) (all []*userpool.Passkey) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		all, err = tx.PasskeysOf(p.ID, username)
		return err
	})
	return all
}

func TestPasskeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(p, user(p, "ann", nil)), tx.InsertUser(p, user(p, "bob", nil)),
				tx.InsertUser(other, user(other, "ann", nil)))
		})
		first := passkeyOf(p, "ann", "\x00one")
		elsewhere := passkeyOf(p, "bob", "\x00one")
		elsewhere.RelyingParty = "example.org"
		for _, k := range []*userpool.Passkey{
			first, passkeyOf(p, "ann", "two"), passkeyOf(other, "ann", "\x00one"), elsewhere,
		} {
			update(t, db, func(tx *store.Tx) error { return tx.InsertPasskey(k) })
			clk.Advance(time.Second)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertPasskey(passkeyOf(p, "bob", "\x00one"))
		})
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("a taken id: %v", err)
		}
		all := passkeysOf(t, db, p, "ann")
		if len(all) != 2 || string(all[0].CredentialID) != "\x00one" || !all[0].Created.Equal(storetest.Start) ||
			all[0].SignCount != 5 ||
			all[0].Transports[0] != "usb" || !all[0].BackupEligible || all[0].BackedUp ||
			all[0].Position() >= all[1].Position() {
			t.Errorf("%+v", all)
		}
		for _, wrong := range []struct{ pool, user, id string }{
			{p.ID, "bob", "two"}, {other.ID, "ann", "two"}, {p.ID, "ann", "three"},
		} {
			err := db.Update(t.Context(),
				func(tx *store.Tx) error { return tx.DeletePasskey(wrong.pool, wrong.user, []byte(wrong.id)) })
			if !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeletePasskey(p.ID, "ann", []byte("two")) })
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		if left := passkeysOf(t, db, p, "ann"); len(left) != 0 {
			t.Errorf("left of a deleted user: %+v", left)
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(other.ID) })
		if _, err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := passkeysOf(t, db, other, "ann"); len(left) != 0 {
			t.Errorf("left of a deleted pool: %+v", left)
		}
		if left := passkeysOf(t, db, p, "bob"); len(left) != 1 {
			t.Errorf("left of another user: %+v", left)
		}
	})
}

// Of parallel assertions that have read the same counter, one advances it.
func TestPasskeyCounterMovesOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		read := passkeyOf(p, "ann", "one")
		update(t, db, func(tx *store.Tx) error { return tx.InsertPasskey(read) })
		var moved atomic.Int64
		var done sync.WaitGroup
		for range 200 {
			done.Go(func() {
				var first bool
				err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
					first, err = tx.AdvancePasskey(read, 6, true)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if first {
					moved.Add(1)
				}
			})
		}
		done.Wait()
		if now := passkeysOf(t, db, p, "ann"); moved.Load() != 1 || now[0].SignCount != 6 || !now[0].BackedUp {
			t.Errorf("moved %d times, now %+v", moved.Load(), now[0])
		}
		bobs := passkeyOf(p, "bob", "one")
		bobs.SignCount = 6
		update(t, db, func(tx *store.Tx) error {
			if first, err := tx.AdvancePasskey(bobs, 7, true); first || err != nil {
				t.Errorf("by another user: %v, %v", first, err)
			}
			return nil
		})
	})
}

func TestPasskeyChallenges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		c := userpool.PasskeyChallenge{
			PoolID: p.ID, Username: "ann", ClientID: "app", RelyingParty: "example.com", Challenge: []byte("one"),
			Expires: clk.Now().Add(time.Minute),
		}
		put := func(c userpool.PasskeyChallenge) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error { return tx.PutPasskeyChallenge(c) })
		}
		find := func(challenge string) (found *userpool.PasskeyChallenge) {
			t.Helper()
			view(t, db, func(tx *store.Tx) (err error) {
				found, err = tx.PasskeyChallenge(p.ID, "ann", []byte(challenge))
				return err
			})
			return found
		}
		redeem := func(c userpool.PasskeyChallenge) (first bool) {
			t.Helper()
			update(t, db, func(tx *store.Tx) (err error) {
				first, err = tx.RedeemPasskeyChallenge(&c)
				return err
			})
			return first
		}
		put(c)
		if found := find("one"); found == nil || found.ClientID != "app" || found.RelyingParty != "example.com" {
			t.Errorf("found %+v", found)
		}
		for name, wrong := range map[string]func(*userpool.PasskeyChallenge){
			"pool":      func(c *userpool.PasskeyChallenge) { c.PoolID = "us-east-1_B" },
			"user":      func(c *userpool.PasskeyChallenge) { c.Username = "bob" },
			"client":    func(c *userpool.PasskeyChallenge) { c.ClientID = "other" },
			"challenge": func(c *userpool.PasskeyChallenge) { c.Challenge = []byte("two") },
		} {
			changed := c
			wrong(&changed)
			if redeem(changed) {
				t.Errorf("redeemed with another %s", name)
			}
		}
		if !redeem(c) || redeem(c) || find("one") != nil {
			t.Error("the challenge was not redeemed exactly once")
		}
		newer := c
		newer.Challenge = []byte("two")
		put(c)
		put(newer)
		if find("one") != nil || find("two") == nil {
			t.Error("a newer challenge does not replace the older one")
		}
		clk.Advance(time.Minute)
		if find("two") != nil || redeem(newer) {
			t.Error("an expired challenge is valid")
		}
		if n, err := db.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

// Registrations are deleted with their user and with their client.
func TestPasskeyChallengesAreDeletedWithTheirOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		for name, gone := range map[string]func(*store.Tx) error{
			"user":   func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") },
			"client": func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "app") },
		} {
			c := userpool.PasskeyChallenge{
				PoolID: p.ID, Username: "ann", ClientID: "app",
				Challenge: []byte(name), Expires: clk.Now().Add(time.Minute),
			}
			update(t, db, func(tx *store.Tx) error {
				return errors.Join(tx.InsertUser(p, user(p, "ann", nil)),
					tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: "app"}), tx.PutPasskeyChallenge(c))
			})
			update(t, db, gone)
			view(t, db, func(tx *store.Tx) error {
				if found, err := tx.PasskeyChallenge(p.ID, "ann", []byte(name)); found != nil || err != nil {
					t.Errorf("%s: %+v, %v", name, found, err)
				}
				return nil
			})
			update(t, db, func(tx *store.Tx) error {
				if name == "user" {
					return tx.DeleteClient(p.ID, "app")
				}
				return tx.DeleteUser(p, "ann")
			})
		}
	})
}

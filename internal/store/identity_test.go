package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

func google(subject string) idp.Identity {
	return idp.Identity{Provider: "Google", Name: idp.CognitoSubject, Value: subject, Type: idp.Google}
}

// link adds an identity to a user, in its own Update.
func link(t testing.TB, db *store.DB, p *userpool.Pool, username string, id idp.Identity) error {
	t.Helper()
	return db.Update(t.Context(), func(tx *store.Tx) error {
		u, err := tx.User(p, username)
		if err != nil {
			return err
		}
		return tx.AddIdentity(p, u, id)
	})
}

// noIdentity verifies that no user has the identity at Google.
func noIdentity(t *testing.T, tx *store.Tx, p *userpool.Pool, value string) error {
	t.Helper()
	id, err := tx.Identity(p.ID, "Google", idp.CognitoSubject, value)
	if id != nil {
		t.Errorf("found %+v", id)
	}
	return err
}

func TestIdentities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(p, user(p, "ann", nil)), tx.InsertUser(p, user(p, "bob", nil)),
				tx.InsertUser(other, user(other, "ann", nil)))
		})
		first := google("1")
		first.Issuer, first.Primary = "https://issuer", true
		made := clk.Now()
		if err := errors.Join(link(t, db, p, "ann", first), link(t, db, other, "ann", google("1"))); err != nil {
			t.Fatal(err)
		}
		if err := link(t, db, p, "bob", google("1")); !errors.Is(err, fault.AliasExists) {
			t.Errorf("an identity of another user: %v", err)
		}
		view(t, db, func(tx *store.Tx) error {
			u, err := tx.LinkedUser(p, "Google", idp.CognitoSubject, "1")
			if err != nil || u.Username != "ann" || u.PoolID != p.ID ||
				!strings.Contains(u.Attributes["identities"], `"userId":"1"`) {
				t.Errorf("found %+v, %v", u, err)
			}
			all, err := tx.IdentitiesOf(p.ID, "ann")
			if err != nil || len(all) != 1 || all[0].Issuer != "https://issuer" || !all[0].Primary ||
				!all[0].Created.Equal(made) || all[0].Type != idp.Google {
				t.Errorf("identities %+v, %v", all, err)
			}
			const subject = idp.CognitoSubject
			for _, missing := range [][3]string{
				{"google", subject, "1"}, {"Google", "email", "1"}, {"Google", subject, "2"},
			} {
				if _, err := tx.LinkedUser(p, missing[0], missing[1], missing[2]); !errors.Is(err, fault.UserNotFound) {
					t.Errorf("%v: %v", missing, err)
				}
			}
			if u, err = tx.User(p, "bob"); err != nil || u.Attributes["identities"] != "" || u.Version != 1 {
				t.Errorf("after the refused link: %+v, %v", u, err)
			}
			return nil
		})
		// Identities are deleted with the user, one by one, and with the pool.
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		if err := errors.Join(link(t, db, p, "bob", google("1")), link(t, db, p, "bob", google("2"))); err != nil {
			t.Fatalf("an identity of a deleted user: %v", err)
		}
		update(t, db, func(tx *store.Tx) error {
			u, err := tx.User(p, "bob")
			if err != nil {
				return err
			}
			// AddIdentity keeps a date that is set, so that an identity can be replaced.
			old := google("3")
			old.Created = made.Add(-time.Hour)
			if err := errors.Join(tx.RemoveIdentity(p, u, google("1")), tx.AddIdentity(p, u, old)); err != nil {
				return err
			}
			all, err := tx.IdentitiesOf(p.ID, "bob")
			if err == nil && (len(all) != 2 || all[0].Value != "3" || !all[0].Created.Equal(old.Created)) {
				t.Errorf("dated %+v", all)
			}
			return errors.Join(err, tx.RemoveIdentity(p, u, google("3")))
		})
		view(t, db, func(tx *store.Tx) error {
			u, err := tx.LinkedUser(p, "Google", idp.CognitoSubject, "2")
			if err != nil || strings.Contains(u.Attributes["identities"], `"userId":"1"`) ||
				!strings.Contains(u.Attributes["identities"], `"userId":"2"`) {
				t.Errorf("after removal %+v, %v", u, err)
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if _, err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		pool(t, db, p.ID)
		view(t, db, func(tx *store.Tx) error { return noIdentity(t, tx, p, "2") })
	})
}

// If several users are linked to one identity at once, one gets it. If one user is
// linked to several identities at once, no link is lost.
func TestRacingIdentities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		const racers = 6
		update(t, db, func(tx *store.Tx) error {
			for n := range racers {
				if err := tx.InsertUser(p, user(p, fmt.Sprint("u", n), nil)); err != nil {
					return err
				}
			}
			return nil
		})
		names := make(chan string, racers)
		for n := range racers {
			names <- fmt.Sprint("u", n)
		}
		won := parallel(t, racers, func() (bool, error) {
			err := link(t, db, p, <-names, google("1"))
			if errors.Is(err, fault.AliasExists) {
				return false, nil
			}
			return err == nil, err
		})
		if won != 1 {
			t.Errorf("%d users got the identity", won)
		}
		subjects := make(chan string, racers)
		for n := range racers {
			subjects <- fmt.Sprint("s", n)
		}
		linked := parallel(t, racers, func() (bool, error) {
			err := link(t, db, p, "u0", google(<-subjects))
			return err == nil, err
		})
		view(t, db, func(tx *store.Tx) error {
			u, err := tx.User(p, "u0")
			all, listErr := tx.IdentitiesOf(p.ID, "u0")
			shown := strings.Count(u.Attributes["identities"], "userId")
			if shown != len(all) || int64(shown) < linked {
				t.Errorf("%d linked, %d rows, %d shown", linked, len(all), shown)
			}
			return errors.Join(err, listErr)
		})
	})
}

func TestLinkAttributes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		for _, id := range []idp.Identity{
			{Provider: "Corp", Name: "name", Value: "1"}, {Provider: "Corp", Name: "email", Value: "1"},
			{Provider: "Corp", Name: "email", Value: "2"}, {Provider: "Other", Name: "gender", Value: "1"},
		} {
			if err := link(t, db, p, "ann", id); err != nil {
				t.Fatal(err)
			}
		}
		view(t, db, func(tx *store.Tx) error {
			all, err := tx.LinkAttributes(p.ID, "Corp", 5)
			one, oneErr := tx.LinkAttributes(p.ID, "Corp", 1)
			if strings.Join(all, " ") != "email name" || strings.Join(one, " ") != "email" {
				t.Errorf("names %v and %v", all, one)
			}
			return errors.Join(err, oneErr)
		})
	})
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func verified(email string) map[string]string {
	return map[string]string{"email": email, "email_verified": "true"}
}

func TestUserIsFoundByItsNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A", func(p *userpool.Pool) {
			p.UsernameConfiguration = &userpool.UsernameConfiguration{CaseSensitive: false}
		})
		ann := user(p, "ann", map[string]string{
			"email": "ann@example.com", "email_verified": "true",
			"phone_number": "+15550100", "preferred_username": "annie",
		})
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, ann) })
		view(t, db, func(tx *store.Tx) error {
			for ref, found := range map[string]bool{
				"ann": true, "ANN": true, "ann@example.com": true, "Ann@Example.com": true,
				"annie": true, "sub-ann": true,
				"+15550100": false, // a phone number that is not verified is not an alias
				"bob":       false, "": false,
			} {
				u, err := tx.User(p, ref)
				if found && (err != nil || u.Sub != "sub-ann") {
					t.Errorf("%q: %v", ref, err)
				}
				if !found && !errors.Is(err, fault.UserNotFound) {
					t.Errorf("%q: found %v, %v", ref, u, err)
				}
			}
			return nil
		})
	})
}

func TestAliasBelongsToOneUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		ann := user(p, "ann", verified("x@example.com"))
		bob := user(p, "bob", map[string]string{"email": "x@example.com"})
		update(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertUser(p, ann), tx.InsertUser(p, bob)) })
		claim := bob.Clone()
		claim.Attributes["email_verified"] = "true"
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(p, claim.Clone()) })
		if !errors.Is(err, fault.AliasExists) {
			t.Fatalf("a taken alias: %v", err)
		}
		// When ann releases the alias, bob can have it.
		free := ann.Clone()
		free.Attributes["email_verified"] = "false"
		update(t, db, func(tx *store.Tx) error { return tx.UpdateUser(p, free.Clone()) })
		update(t, db, func(tx *store.Tx) error { return tx.UpdateUser(p, claim.Clone()) })
		view(t, db, func(tx *store.Tx) error {
			u, err := tx.User(p, "x@example.com")
			if err == nil && u.Username != "bob" {
				t.Errorf("the alias belongs to %s", u.Username)
			}
			return err
		})
		err = db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		if !errors.Is(err, fault.UsernameExists) {
			t.Errorf("a taken username: %v", err)
		}
	})
}

func TestUpdateOfAnOldVersionIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		u := user(p, "ann", nil)
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, u) })
		update(t, db, func(tx *store.Tx) error { return tx.UpdateUser(p, u.Clone()) })
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(p, u.Clone()) })
		if !errors.Is(err, fault.ConcurrentModification) {
			t.Errorf("%v", err)
		}
	})
}

func TestDeletedUserLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(p, user(p, "ann", verified("a@example.com"))),
				tx.PutCredential(p.ID, "ann", &userpool.Credential{Verifier: []byte("v")}))
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		second := user(p, "ann", verified("a@example.com"))
		second.Sub = "another"
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, second) })
		view(t, db, func(tx *store.Tx) error {
			if c, err := tx.Credential(p.ID, "ann"); c != nil || err != nil {
				t.Errorf("the password of the deleted user: %v, %v", c, err)
			}
			n, err := tx.EstimatedUsers(p.ID)
			if n != 1 {
				t.Errorf("%d users", n)
			}
			return err
		})
	})
}

// insertUsers inserts n users, named u000000 and so on, with different names,
// statuses and e-mail addresses.
func insertUsers(t testing.TB, db *store.DB, p *userpool.Pool, n int) {
	t.Helper()
	const batch = 500
	for from := 0; from < n; from += batch {
		update(t, db, func(tx *store.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				u := user(p, fmt.Sprintf("u%06d", i), map[string]string{
					"email": fmt.Sprintf("Mail%06d@Example.com", i), "name": []string{"Ann", "100%_", `O"Neil`}[i%3],
					"phone_number": fmt.Sprintf("+1555%07d", i),
				})
				u.Enabled = i%10 != 0
				if i%5 == 0 {
					u.Status = userpool.Unconfirmed
				}
				if err := tx.InsertUser(p, u); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func TestListUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		insertUsers(t, db, p, 40)
		insertUsers(t, db, other, 3)
		for filter, want := range map[string]int{
			``:                                  40,
			`username = "u000007"`:              1,
			`username ^= "u00001"`:              10,
			`email = "mail000003@example.com"`:  1,
			`email ^= "MAIL00001"`:              10,
			`name = "ann"`:                      14,
			`name = "100%_"`:                    13,
			`name ^= "1%"`:                      0,
			`name ^= "o\"n"`:                    13,
			`phone_number ^= "+1555000002"`:     10,
			`cognito:user_status="UNCONFIRMED"`: 8,
			`cognito:user_status="confirmed"`:   32,
			`status="Disabled"`:                 4,
			`status="disabled"`:                 0,
			`status="Enabled"`:                  36,
			`sub = "sub-u000039"`:               1,
			`sub ^= "sub-u00003"`:               10,
			`family_name = ""`:                  0,
			`email = "' OR 1=1 --"`:             0,
		} {
			f, err := userfilter.Parse(filter)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			q := store.UserQuery{Filter: f, Limit: 7}
			for {
				var page []*userpool.User
				view(t, db, func(tx *store.Tx) (err error) {
					page, q.After, err = tx.ListUsers(p, q)
					return err
				})
				for _, u := range page {
					names = append(names, u.Username)
				}
				if q.After == nil {
					break
				}
			}
			unique := slices.Compact(slices.Sorted(slices.Values(names)))
			if len(names) != want || len(unique) != want {
				t.Errorf("%s: %d users, %d different ones; want %d", filter, len(names), len(unique), want)
			}
		}
	})
}

// A sealed value that is copied to another row or pool cannot be opened.
func TestSealedValueOpensInItsPlaceOnly(t *testing.T) {
	c := storetest.Config(t)
	c.Dir = t.TempDir()
	db := open(t, c)
	p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutCredential(p.ID, "victim", &userpool.Credential{Verifier: []byte("victim")}),
			tx.PutCredential(p.ID, "attacker", &userpool.Credential{Verifier: []byte("attacker")}),
			tx.PutCredential(other.ID, "victim", &userpool.Credential{Verifier: []byte("other")}))
	})
	store.MoveCredential(t, db, [2]string{p.ID, "attacker"}, [2]string{p.ID, "victim"})
	store.MoveCredential(t, db, [2]string{p.ID, "attacker"}, [2]string{other.ID, "victim"})
	for _, poolID := range []string{p.ID, other.ID} {
		err := db.View(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Credential(poolID, "victim")
			return err
		})
		if err == nil {
			t.Errorf("the attacker's verifier opens as the victim's in %s", poolID)
		}
	}
}

// If there is no credential, a decoy of the same length is opened.
func TestAbsentCredentialOpensADecoy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		real := &userpool.Credential{Salt: make([]byte, 16), Verifier: make([]byte, 384), SetAt: clk.Now()}
		update(t, db, func(tx *store.Tx) error { return tx.PutCredential(p.ID, "ann", real) })
		read := func(name string) (c *userpool.Credential, err error) {
			err = db.View(t.Context(), func(tx *store.Tx) (err error) {
				c, err = tx.Credential(p.ID, name)
				return err
			})
			return c, err
		}
		if c, err := read("nobody"); c != nil || err != nil {
			t.Errorf("the credential of an unknown user: %v, %v", c, err)
		}
		var length int
		view(t, db, func(tx *store.Tx) (err error) {
			length, err = store.SealedLength(tx, p.ID, "ann")
			return err
		})
		if decoy := store.CorruptDecoy(db); decoy != length {
			t.Errorf("the decoy has %d bytes, a credential %d", decoy, length)
		}
		if _, err := read("nobody"); err == nil {
			t.Error("no decoy is opened for a user without a credential")
		}
		if c, err := read("ann"); c == nil || err != nil {
			t.Errorf("the credential of ann: %v, %v", c, err)
		}
	})
}

func TestMigrationsAreNeverEdited(t *testing.T) {
	c := storetest.Config(t)
	c.Dir = t.TempDir()
	db := open(t, c)
	if err := store.MigrateEdited(t.Context(), db); err == nil {
		t.Error("a migration whose text has changed is accepted")
	}
	if err := store.MigrateWithout(t.Context(), db); err == nil {
		t.Error("a database that is newer than the binary is accepted")
	}
}

func TestEveryFilterUsesAnIndex(t *testing.T) {
	c := storetest.Config(t)
	c.Dir = t.TempDir()
	db := open(t, c)
	for name, plan := range store.ListPlans(t, db) {
		for _, step := range plan {
			if !slices.ContainsFunc([]string{"USING PRIMARY KEY", "USING INDEX"},
				func(s string) bool { return strings.Contains(step, s) }) {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

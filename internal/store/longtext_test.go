package store_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
)

// longText returns a text of the maximum length of an attribute, of random
// characters of four bytes, which do not compress.
func longText() string {
	var text strings.Builder
	random := entropy.System().Bytes(2 * 2048)
	for i := range 2048 {
		text.WriteRune('\U00020000' + rune(random[2*i])<<7 + rune(random[2*i+1])%128)
	}
	return text.String()
}

// Users with the longest attributes can be stored and found, and their aliases
// released, though the values are too long for an index of PostgreSQL.
func TestLongestAttributes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		attributes := map[string]string{
			"name": longText(), "preferred_username": longText(),
			"email": longText() + "@example.com", "email_verified": "true",
		}
		ann := user(p, "ann", attributes)
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, ann.Clone()) })
		view(t, db, func(tx *store.Tx) error {
			for _, ref := range []string{attributes["preferred_username"], attributes["email"]} {
				if u, err := tx.User(p, ref); err != nil || u.Username != "ann" {
					t.Errorf("by alias: %v", err)
				}
				if _, err := tx.User(p, ref[:len(ref)-1]+"x"); err == nil {
					t.Error("another alias with the same beginning finds the user")
				}
			}
			prefix := string([]rune(attributes["name"])[:200])
			for value, found := range map[string]int{prefix: 1, prefix + "x": 0} {
				filter := &userfilter.Filter{Attribute: "name", Value: value, Prefix: true}
				users, _, err := tx.ListUsers(p, store.UserQuery{Filter: filter, Limit: 10})
				if err != nil || len(users) != found {
					t.Errorf("by the beginning of the name: %d users, %v", len(users), err)
				}
			}
			return nil
		})
		changed := ann.Clone()
		changed.Version = 1
		changed.Attributes = map[string]string{"name": longText()}
		update(t, db, func(tx *store.Tx) error { return tx.UpdateUser(p, changed.Clone()) })
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "bob", attributes)) })
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		view(t, db, func(tx *store.Tx) error {
			if u, err := tx.User(p, attributes["email"]); err != nil || u.Username != "bob" {
				t.Errorf("the alias of bob: %v", err)
			}
			return nil
		})
	})
}

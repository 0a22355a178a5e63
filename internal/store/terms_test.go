package store_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func TestTerms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A").ID
		update(t, db, func(tx *store.Tx) error { return tx.InsertClient(&userpool.Client{PoolID: p, ID: "client"}) })
		terms := func(id, client, name string) *brand.Terms {
			return &brand.Terms{
				Resource: userpool.Resource{PoolID: p, ID: id}, ClientID: client,
				Name: name, Links: map[string]string{"x": id},
			}
		}
		insert := func(t *brand.Terms) func(*store.Tx) error {
			return func(tx *store.Tx) error { return tx.InsertTerms(t) }
		}
		update(t, db, insert(terms("1", "client", "terms-of-use")))
		update(t, db, insert(terms("2", "client", "privacy-policy")))
		update(t, db, insert(terms("3", "other", "terms-of-use")))
		err := db.Update(t.Context(), insert(terms("4", "client", "terms-of-use")))
		if !errors.Is(err, fault.TermsExists) {
			t.Errorf("a second document with the name: %v", err)
		}
		is := func(client, name, want string) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				found, err := tx.TermsOfClient(p, client, name)
				got := ""
				if err == nil {
					got = found.ID
				}
				if got != want || want == "" && !errors.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s of %s is %q, %v, want %q", name, client, got, err, want)
				}
				return nil
			})
		}
		is("client", "terms-of-use", "1")
		rename := func(id, name string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				found, err := store.Terms.Get(tx, p, id)
				if err != nil {
					return err
				}
				before := found.Name
				found.Name = name
				return tx.UpdateTerms(found, before)
			})
		}
		if err := rename("1", "privacy-policy"); !errors.Is(err, fault.TermsExists) {
			t.Errorf("renamed to a taken name: %v", err)
		}
		is("client", "terms-of-use", "1")
		if err := rename("3", "privacy-policy"); err != nil {
			t.Error(err)
		}
		is("other", "terms-of-use", "")
		is("other", "privacy-policy", "3")
		update(t, db, func(tx *store.Tx) error { return tx.DeleteTerms(p, "3") })
		is("other", "privacy-policy", "")
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p, "client") })
		is("client", "terms-of-use", "")
		is("client", "privacy-policy", "")
		view(t, db, func(tx *store.Tx) error {
			n, err := store.Terms.Count(tx, p)
			if n != 0 {
				t.Errorf("%d documents are left", n)
			}
			return err
		})
	})
}

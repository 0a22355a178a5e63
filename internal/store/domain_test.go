package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func domain(poolID, id, name string) *userpool.Domain {
	return &userpool.Domain{Resource: userpool.Resource{PoolID: poolID, ID: id}, Name: name, ManagedLoginVersion: 1}
}

func insertDomain(t *testing.T, db *store.DB, d *userpool.Domain) error {
	t.Helper()
	return db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertDomain(d) })
}

// holder returns the id of the pool that has a domain, or "".
func holder(t *testing.T, db *store.DB, name string) (poolID string) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		d, p, err := tx.Domain(name)
		if d != nil {
			poolID = p.ID
		}
		if d != nil && (d.PoolID != p.ID || d.Name != name) {
			t.Errorf("%s resolves to %+v", name, d)
		}
		return err
	})
	return poolID
}

func TestDomains(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		a, b := pool(t, db, "us-east-1_A").ID, pool(t, db, "us-east-1_B").ID
		for _, step := range []struct {
			d    *userpool.Domain
			want error
		}{
			{domain(a, userpool.PrefixDomain, "one"), nil},
			{domain(a, userpool.PrefixDomain, "one"), userpool.DomainExists},
			{domain(a, userpool.PrefixDomain, "two"), userpool.PoolHasDomain},
			{domain(b, userpool.PrefixDomain, "one"), userpool.DomainTaken},
			{domain(b, userpool.PrefixDomain, "two"), nil},
			{domain(a, userpool.CustomDomain, "auth.example.com"), nil},
			{domain(a, userpool.CustomDomain, "other.example.com"), userpool.PoolHasDomain},
			{domain(b, userpool.CustomDomain, "auth.example.com"), userpool.DomainTaken},
			{domain("us-east-1_C", userpool.PrefixDomain, "three"), fault.ResourceNotFound},
		} {
			if err := insertDomain(t, db, step.d); !errors.Is(err, step.want) || step.want == nil && err != nil {
				t.Errorf("%s for %s: %v, want %v", step.d.Name, step.d.PoolID, err, step.want)
			}
		}
		for name, want := range map[string]string{
			"one": a, "auth.example.com": a, "two": b, "three": "", "other.example.com": "",
		} {
			if got := holder(t, db, name); got != want {
				t.Errorf("%s belongs to %q, want %q", name, got, want)
			}
		}
		update(t, db, func(tx *store.Tx) error {
			n, err := tx.CountCustomDomains("111111111111", "us-east-1")
			other, _ := tx.CountCustomDomains("111111111111", "us-west-2")
			if n != 1 || other != 0 {
				t.Errorf("counted %d and %d custom domains", n, other)
			}
			if err := tx.DeleteDomain(b, "one"); !errors.Is(err, userpool.NoSuchDomain) {
				t.Errorf("another pool's domain: %v", err)
			}
			return errors.Join(err, tx.DeleteDomain(a, "one"))
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeleteDomain(b, "two") })
		freed := domain(b, userpool.PrefixDomain, "one")
		if err := insertDomain(t, db, freed); err != nil || holder(t, db, "one") != b {
			t.Errorf("a freed name: %v, %s", err, holder(t, db, "one"))
		}
		// The names of a deleted pool are available at once, before a sweep.
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(a) })
		if got := holder(t, db, "auth.example.com"); got != "" {
			t.Errorf("the deleted pool %s still has the domain", got)
		}
		if err := insertDomain(t, db, domain(b, userpool.CustomDomain, "auth.example.com")); err != nil {
			t.Error(err)
		}
		late := domain(a, userpool.PrefixDomain, "late")
		if err := insertDomain(t, db, late); !errors.Is(err, fault.ResourceNotFound) {
			t.Errorf("insert of a domain into a deleted pool: %v", err)
		}
	})
}

// If two nodes insert one name at once, one succeeds. The other pool has no
// domain.
func TestDomainRace(t *testing.T) {
	for engine, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			nodes := []*store.DB{openNode(t, config), openNode(t, config)}
			for i := range 8 {
				pool(t, nodes[0], fmt.Sprintf("us-east-1_A%d", i))
			}
			results := make(chan error)
			for i := range 8 {
				go func() {
					results <- nodes[i%2].Update(t.Context(), func(tx *store.Tx) error {
						return tx.InsertDomain(domain(fmt.Sprintf("us-east-1_A%d", i), userpool.PrefixDomain, "wanted"))
					})
				}()
			}
			won := 0
			for range 8 {
				if err := <-results; err == nil {
					won++
				} else if !errors.Is(err, userpool.DomainTaken) {
					t.Error(err)
				}
			}
			has := 0
			for i := range 8 {
				view(t, nodes[1], func(tx *store.Tx) error {
					domains, err := tx.Domains(fmt.Sprintf("us-east-1_A%d", i))
					has += len(domains)
					return err
				})
			}
			if won != 1 || has != 1 || holder(t, nodes[1], "wanted") == "" {
				t.Errorf("%d inserts succeeded, %d pools have the domain, want 1", won, has)
			}
		})
	}
}

// No name remains of a pool that another node deletes while the domain is
// inserted.
func TestDomainOfAPoolBeingDeleted(t *testing.T) {
	for engine, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			here, there := openNode(t, config), openNode(t, config)
			next := pool(t, here, "us-east-1_next")
			for i := range 8 {
				id, name := fmt.Sprintf("us-east-1_A%d", i), fmt.Sprintf("name%d", i)
				pool(t, here, id)
				// The other node caches the pool.
				view(t, there, func(tx *store.Tx) error {
					_, err := tx.Pool(id)
					return err
				})
				inserted := make(chan error)
				go func() {
					inserted <- there.Update(t.Context(),
						func(tx *store.Tx) error { return tx.InsertDomain(domain(id, userpool.PrefixDomain, name)) })
				}()
				err := here.Update(t.Context(), func(tx *store.Tx) error { return tx.DeletePool(id) })
				if insertion := <-inserted; err != nil ||
					insertion != nil && !errors.Is(insertion, fault.ResourceNotFound) {
					t.Fatal(err, insertion)
				}
				if err := insertDomain(t, here, domain(next.ID, userpool.PrefixDomain, name)); err != nil {
					t.Fatalf("%s is not free: %v", name, err)
				}
				update(t, here, func(tx *store.Tx) error { return tx.DeleteDomain(next.ID, name) })
			}
		})
	}
}

func openNode(t *testing.T, config store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

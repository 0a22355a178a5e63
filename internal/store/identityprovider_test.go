package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

func provider(p *userpool.Pool, name string, identifiers ...string) *idp.Provider {
	return &idp.Provider{
		Resource: userpool.Resource{PoolID: p.ID, ID: name}, Type: idp.OIDC,
		Details:     map[string]string{"client_id": "c", "client_secret": "PLANTED-provider-secret"},
		Identifiers: identifiers,
		Encryption:  &idp.CertificateKey{PKCS8: []byte("PLANTED-encryption-key")},
	}
}

func TestIdentityProviders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		corp := provider(p, "Corp", "a", "b")
		update(t, db, func(tx *store.Tx) error { return tx.InsertIdentityProvider(corp) })
		insert := func(ip *idp.Provider) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertIdentityProvider(ip) })
		}
		if err := insert(provider(p, "cORP")); !errors.Is(err, fault.DuplicateProvider) {
			t.Errorf("the name in other case: %v", err)
		}
		if err := insert(provider(p, "Other", "c", "b")); !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("a taken identifier: %v", err)
		}
		stale := *corp
		corp.Identifiers = []string{"b", "c"}
		update(t, db, func(tx *store.Tx) error { return tx.UpdateIdentityProvider(corp) })
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.UpdateIdentityProvider(&stale)
		}); !errors.Is(err, fault.ConcurrentModification) {
			t.Errorf("an old version: %v", err)
		}
		view(t, db, func(tx *store.Tx) error {
			for _, id := range corp.Identifiers {
				got, err := tx.IdentityProviderByIdentifier(p.ID, id)
				if err != nil || got.ID != "Corp" || got.Details["client_secret"] != "PLANTED-provider-secret" ||
					string(got.Encryption.PKCS8) != "PLANTED-encryption-key" {
					t.Errorf("by %s: %+v, %v", id, got, err)
				}
			}
			if _, err := tx.IdentityProviderByIdentifier(p.ID, "a"); !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("by a removed identifier: %v", err)
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeleteIdentityProvider(p.ID, "Corp") })
		if err := insert(provider(p, "Other", "b", "c")); err != nil {
			t.Errorf("identifiers of a deleted provider: %v", err)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.DeleteIdentityProvider(p.ID, "Corp")
		}); !errors.Is(err, fault.ResourceNotFound) {
			t.Errorf("deleted again: %v", err)
		}
	})
}

// Of providers that are inserted at once with one identifier or one name, one
// exists.
func TestRacingProviders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		for _, race := range []func(n int) *idp.Provider{
			func(n int) *idp.Provider { return provider(p, fmt.Sprint("Corp", n), "shared") },
			func(n int) *idp.Provider { return provider(p, []string{"same", "SAME"}[n%2]) },
		} {
			numbers := make(chan int, 6)
			for n := range 6 {
				numbers <- n
			}
			won := parallel(t, 6, func() (bool, error) {
				ip := race(<-numbers)
				err := db.Configure(t.Context(), p.ID, func(tx *store.Tx) error {
					return tx.InsertIdentityProvider(ip)
				})
				if errors.Is(err, fault.InvalidParameter) || errors.Is(err, fault.DuplicateProvider) {
					return false, nil
				}
				return err == nil, err
			})
			if won != 1 {
				t.Errorf("%d providers were inserted, want 1", won)
			}
		}
	})
}

func TestProvidersAreSealed(t *testing.T) {
	c := storetest.Config(t)
	c.Dir = t.TempDir()
	db := open(t, c)
	p := pool(t, db, "us-east-1_A")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.InsertIdentityProvider(provider(p, "PLANTED-name")),
			store.SigningCertificates.Insert(tx, &idp.SigningCertificate{
				Resource:       userpool.Resource{PoolID: p.ID, ID: idp.SigningCertificateID},
				CertificateKey: idp.CertificateKey{PKCS8: []byte("PLANTED-signing-key")},
			}))
	})
	files, err := filepath.Glob(filepath.Join(c.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if !bytes.Contains(all, []byte("PLANTED-name")) {
		t.Fatal("positive control: the name is not in the files")
	}
	// In clear or as base64, in which JSON writes bytes: the last one is the
	// beginning of each secret.
	for _, secret := range []string{
		"PLANTED-provider-secret", "PLANTED-encryption-key", "PLANTED-signing-key", "UExBTlRFRC1",
	} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("%s is in the files", secret)
		}
	}
}

package federation_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

const poolID = "us-east-1_A"

func flow(db *store.DB, clk clock.Clock, f fetch.Config) *federation.Flow {
	rand := entropy.System()
	return federation.New(federation.Config{
		Store: db, Clock: clk, Entropy: rand, Stock: tokentest.Stock(), Fetch: fetch.New(f),
	})
}

func newPool(t *testing.T, db *store.DB) *userpool.Pool {
	t.Helper()
	p := &userpool.Pool{
		ID: poolID, Account: "111111111111", Region: "us-east-1",
		PoolSettings: userpool.PoolSettings{Schema: userpool.StandardSchema()},
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertPool(p) }); err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Nodes that create a pool's certificate concurrently store only one.
func TestConcurrentNodesShareTheCertificate(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			one := open(t, config)
			two := one
			if config.PostgresURL != "" {
				two = open(t, config)
			}
			p := newPool(t, one)
			nodes := []*federation.Flow{
				flow(one, config.Clock, fetch.Config{}),
				flow(two, config.Clock, fetch.Config{}),
			}
			certificates := make([]*idp.SigningCertificate, 6)
			var done sync.WaitGroup
			for i := range certificates {
				done.Go(func() {
					got, err := nodes[i%2].SigningCertificate(t.Context(), p)
					if err != nil {
						t.Error(err)
						return
					}
					certificates[i] = got
				})
			}
			done.Wait()
			if t.Failed() {
				return
			}
			for _, a := range certificates[1:] {
				if a.Text() != certificates[0].Text() || string(a.PKCS8) != string(certificates[0].PKCS8) {
					t.Fatal("two nodes returned different certificates")
				}
			}
			c, err := x509.ParseCertificate(certificates[0].Certificate)
			if err != nil {
				t.Fatal(err)
			}
			key, err := x509.ParsePKCS8PrivateKey(certificates[0].PKCS8)
			if err != nil {
				t.Fatal(err)
			}
			private, ok := key.(*rsa.PrivateKey)
			if !ok || private.N.BitLen() != 2048 || !private.PublicKey.Equal(c.PublicKey) ||
				c.Subject.CommonName != poolID {
				t.Errorf("certificate of %s with key of type %T", c.Subject, key)
			}
		})
	}
}

// The provider or the pool can change during discovery. Nothing that was
// computed from stale state may be written.
func TestConcurrentChangesDuringDiscovery(t *testing.T) {
	db, clk := storetest.Open(t)
	p := newPool(t, db)
	var duringFetch func()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		duringFetch()
		_, _ = w.Write([]byte(`{"issuer":"` + s.URL +
			`","authorization_endpoint":"https://a/","token_endpoint":"https://t/","jwks_uri":"https://j/"}`))
	})
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	f := flow(db, clk, fetch.Config{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Roots: roots,
		Lookup: func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") },
	})
	details := map[string]string{
		"client_id": "c", "authorize_scopes": "openid", "attributes_request_method": "GET", "oidc_issuer": s.URL,
	}
	create := func() error {
		return f.CreateProvider(t.Context(), p,
			&idp.Provider{Resource: userpool.Resource{PoolID: poolID, ID: "Corp"}, Type: idp.OIDC, Details: details})
	}
	duringFetch = func() {}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	duringFetch = func() {
		if _, err := f.UpdateProvider(t.Context(), p, "Corp",
			federation.Changes{Identifiers: []string{"first"}}); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.UpdateProvider(t.Context(), p, "Corp", federation.Changes{
		Details: details, Identifiers: []string{"second"},
	}); !errors.Is(err, fault.ConcurrentModification) {
		t.Errorf("after a concurrent update: %v", err)
	}
	duringFetch = func() {
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteIdentityProvider(poolID, "Corp") })
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := f.UpdateProvider(t.Context(), p, "Corp",
		federation.Changes{Details: details}); !errors.Is(err, fault.ResourceNotFound) {
		t.Errorf("after a concurrent deletion: %v", err)
	}
	duringFetch = func() {
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeletePool(poolID) }); err != nil {
			t.Error(err)
		}
	}
	if err := create(); !errors.Is(err, fault.ResourceNotFound) {
		t.Errorf("in a deleted pool: %v", err)
	}
}

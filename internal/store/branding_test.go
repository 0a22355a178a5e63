package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func TestBrandings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A").ID
		style := func(id, client string) *brand.ManagedLogin {
			return &brand.ManagedLogin{
				Resource: userpool.Resource{PoolID: p, ID: id}, ClientID: client, Settings: `{"z":8.0,"a":"<\u0000é>"}`,
				Assets: []brand.Asset{
					{Category: "FORM_LOGO", ColorMode: "DARK", Extension: "PNG", Bytes: []byte{0, 255}},
				},
			}
		}
		insert := func(b *brand.ManagedLogin) error {
			return db.Update(context.Background(), func(tx *store.Tx) error { return tx.InsertBranding(b) })
		}
		update(t, db, func(tx *store.Tx) error { return tx.InsertClient(&userpool.Client{PoolID: p, ID: "client"}) })
		if err := insert(style("1", "client")); err != nil {
			t.Fatal(err)
		}
		if err := insert(style("2", "client")); !errors.Is(err, fault.ManagedLoginBrandingExists) {
			t.Errorf("second style: %v", err)
		}
		view(t, db, func(tx *store.Tx) error {
			b, err := tx.BrandingOfClient(p, "client")
			if err == nil && (b.ID != "1" || b.ClientID != "client" || b.Settings != style("1", "").Settings ||
				string(b.Assets[0].Bytes) != "\x00\xff") {
				t.Errorf("style is %+v", b)
			}
			return err
		})
		update(t, db, func(tx *store.Tx) error {
			b, err := tx.Branding(p, "1")
			if err != nil {
				return err
			}
			b.Settings = "{}"
			return tx.UpdateBranding(b)
		})
		stamp := func(client string) (stamp string) {
			view(t, db, func(tx *store.Tx) (err error) {
				stamp, err = tx.BrandingStamp(p, client)
				return err
			})
			return stamp
		}
		if first, none := stamp("client"), stamp("other"); first != "1/2" || none != "" {
			t.Errorf("stamps are %q and %q", first, none)
		}
		stale := style("1", "client")
		stale.Version = 1
		err := db.Update(context.Background(), func(tx *store.Tx) error { return tx.UpdateBranding(stale) })
		if !errors.Is(err, fault.ConcurrentModification) {
			t.Errorf("stale: %v", err)
		}
		// A client's style is deleted with it, and leaves no rows.
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p, "client") })
		view(t, db, func(tx *store.Tx) error {
			if n, err := tx.CountBrandings(p); n != 0 || err != nil {
				t.Errorf("%d styles, %v", n, err)
			}
			for what, find := range map[string]func() (*brand.ManagedLogin, error){
				"by id":     func() (*brand.ManagedLogin, error) { return tx.Branding(p, "1") },
				"by client": func() (*brand.ManagedLogin, error) { return tx.BrandingOfClient(p, "client") },
			} {
				if b, err := find(); !errors.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s: %+v, %v", what, b, err)
				}
			}
			return nil
		})
		if err := insert(style("1", "client")); err != nil {
			t.Errorf("after deletion: %v", err)
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteBranding(p, "1") })
		if err := insert(style("2", "client")); err != nil {
			t.Errorf("after deletion: %v", err)
		}
	})
}

func TestUICustomizations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A").ID
		put := func(id string) {
			update(t, db, func(tx *store.Tx) error {
				return store.UICustomizations.Put(tx, &brand.UICustomization{
					Resource: userpool.Resource{PoolID: p, ID: id}, CSSVersion: id, ImageFile: []byte{0, 255},
				})
			})
		}
		is := func(client, want string) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				c, err := tx.UICustomization(p, client)
				got := ""
				if c != nil {
					got = c.CSSVersion
				}
				if got != want {
					t.Errorf("the customization of %s is %q, want %q", client, got, want)
				}
				return err
			})
		}
		is("client", "")
		update(t, db, func(tx *store.Tx) error { return tx.InsertClient(&userpool.Client{PoolID: p, ID: "client"}) })
		put(brand.AllClients)
		is("client", brand.AllClients)
		put("client")
		is("client", "client")
		is("other", brand.AllClients)
		is(brand.AllClients, brand.AllClients)
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p, "client") })
		is("client", brand.AllClients)
		for range 2 {
			update(t, db, func(tx *store.Tx) error { return tx.RemoveUICustomization(p, brand.AllClients) })
			is("client", "")
		}
	})
}

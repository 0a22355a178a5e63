package store_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A code is stored with its proof, a newer code replaces both, and both are
// deleted with the user.
func TestCodesKeepTheirProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		read := func() (c *userpool.Code) {
			t.Helper()
			view(t, db, func(tx *store.Tx) (err error) {
				c, err = tx.Code(p.ID, "ann", userpool.VerifyEmail)
				return err
			})
			return c
		}
		for _, proof := range []userpool.Proof{
			{Attribute: "email", Held: "old@example.com", Value: "new@example.com"},
			{Attribute: "email", Held: "", Value: "other@example.com"},
			{Attribute: "email", Held: "other@example.com", Value: "other@example.com"},
		} {
			code := userpool.Code{
				PoolID: p.ID, Username: "ann", Purpose: userpool.VerifyPurpose("email"),
				MAC: []byte("mac"), Proof: proof, Expires: storetest.Start.Add(time.Minute),
			}
			update(t, db, func(tx *store.Tx) error { return tx.PutCode(&code) })
			if got := read(); got == nil || got.Proof != proof {
				t.Errorf("stored %+v, want %+v", got, proof)
			}
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		if got := read(); got != nil {
			t.Errorf("the code of a deleted user: %+v", got)
		}
	})
}

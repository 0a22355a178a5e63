package oauth_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The version of the pages is that of the domain at which a request arrives, elsewhere
// that of the custom domain before the prefix. Without a domain there is none.
func TestLoginVersion(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		const prefix = "ours.auth.us-east-1.id.example.com"
		check := func(want map[string]int32) {
			t.Helper()
			for host, version := range want {
				if got, err := w.OAuth.LoginVersion(t.Context(), host, w.Pool.ID); err != nil || got != version {
					t.Errorf("at %s: %d %v, want %d", host, got, err, version)
				}
			}
		}
		managed := func(name string) {
			w.Update(func(tx *store.Tx) error {
				d, err := tx.DomainOfPool(w.Pool.ID, name)
				if err != nil {
					return err
				}
				d.ManagedLoginVersion = userpool.ManagedLoginVersion
				return tx.UpdateDomain(d)
			})
		}
		check(map[string]int32{"id.example.com": 0, prefix: 0, "auth.example.org": 0})
		addDomain(t, w, w.Pool.ID, "ours")
		check(map[string]int32{"id.example.com": 1, prefix: 1, "evil.example": 1})
		managed("ours")
		check(map[string]int32{"id.example.com": 2, prefix: 2, "evil.example": 2})
		addDomain(t, w, w.Pool.ID, "auth.example.org")
		check(map[string]int32{"id.example.com": 1, prefix: 2, "auth.example.org": 1})
		managed("auth.example.org")
		check(map[string]int32{"id.example.com": 2, prefix: 2, "auth.example.org": 2})
	})
}

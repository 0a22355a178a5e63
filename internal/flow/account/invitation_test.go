package account_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// An invitation names the address to sign in with, but belongs to the username:
// it is deleted with the user, and those of others are not.
func TestInvitationsAreDeletedWithTheirUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, address := range []string{"ann@example.com", "bob@example.com"} {
			_, err := w.flow.AdminCreateUser(t.Context(), w.pool, account.CreateRequest{
				Username: address, Mediums: []userpool.Medium{userpool.Email},
			})
			w.must("create "+address, err)
		}
		w.must("delete", w.flow.DeleteUser(t.Context(), w.pool, account.Named("ann@example.com")))
		if got := w.mail(); len(got) != 1 || got[0].Username != "bob@example.com" {
			t.Errorf("left in the outbox: %+v", got)
		}
	}, signsInBy("email"))
}

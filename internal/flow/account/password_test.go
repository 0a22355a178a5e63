package account_test

import (
	"fmt"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var usedBefore = fault.New(fault.PasswordHistoryPolicyViolation, "Password has previously been used.")

func (w *world) changePassword(u *userpool.User, from, to string) error {
	err := w.flow.ChangePassword(w.t.Context(), w.pool, u, account.ChangeRequest{Previous: &from, Proposed: to})
	w.clk.Advance(1e12) // attempts are counted by the hour
	return err
}

func numbered(n int) string { return fmt.Sprintf("Passw0rd-%02d", n) }

// The size of the history includes the current password.
func TestPasswordHistory(t *testing.T) {
	for _, size := range []int32{0, 1, 3, 24} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			w := newWorld(t, remembers(size))
			u := w.add("ann", nil)
			w.must("the first", w.flow.AdminSetUserPassword(t.Context(), w.pool, "ann", numbered(0), true))
			last := int(size) + 1
			for n := 1; n <= last; n++ {
				w.must(numbered(n), w.changePassword(u, numbered(n-1), numbered(n)))
			}
			for back := range int(size) {
				err := w.changePassword(u, numbered(last), numbered(last-back))
				wants(t, fmt.Sprintf("%d back", back), err, usedBefore)
			}
			w.must("one no longer in the history", w.changePassword(u, numbered(last), numbered(last-int(size))))
		})
	}
}

func TestPasswordHistoryOfEveryOperation(t *testing.T) {
	w := newWorld(t, remembers(2))
	u := w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	w.must("change", w.changePassword(u, password, numbered(1)))
	w.must("forgot", w.forgot("ann"))
	code := w.code("ann@example.com", "CustomMessage_ForgotPassword")
	wants(t, "reset to the current", w.reset("ann", code, numbered(1)), usedBefore)
	wants(t, "reset to the previous", w.reset("ann", code, password), usedBefore)
	w.must("reset", w.reset("ann", code, numbered(2)))
	// A temporary password is not in the history and keeps the rest of the
	// history.
	w.must("temporary, used before", w.flow.AdminSetUserPassword(t.Context(), w.pool, "ann", numbered(1), false))
	old := w.credential("ann")
	if !old.Temporary {
		t.Error("the password is not temporary")
	}
	_, err := w.flow.ReplacePassword(w.pool, u, old, numbered(2))
	wants(t, "the challenge, with the last permanent one", err, usedBefore)
	cred, err := w.flow.ReplacePassword(w.pool, u, old, numbered(1))
	w.must("the challenge, with the temporary one", err)
	if cred.Temporary || len(cred.History) != 1 {
		t.Errorf("history of %d, temporary %v", len(cred.History), cred.Temporary)
	}
	wants(t, "an administrator, to the last permanent one",
		w.flow.AdminSetUserPassword(t.Context(), w.pool, "ann", numbered(2), true), usedBefore)
	w.must("an administrator, to another", w.flow.AdminSetUserPassword(t.Context(), w.pool, "ann", numbered(3), true))
	if n := len(w.credential("ann").History); n != 1 {
		t.Errorf("history of %d after a password of an administrator", n)
	}
}

func (w *world) credential(name string) (c *userpool.Credential) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.Credential(w.pool.ID, name)
		return err
	})
	w.must("credential", err)
	return c
}

func TestInvitationIsRenewed(t *testing.T) {
	each(t, invitationIsRenewed, remembers(2))
}

func invitationIsRenewed(t *testing.T, w *world) {
	r := account.CreateRequest{
		Username: "ann", Attributes: values{"email": "ann@example.com"}, Mediums: []userpool.Medium{userpool.Email},
	}
	_, err := w.flow.AdminCreateUser(t.Context(), w.pool, r)
	w.must("create", err)
	first := w.mail()
	life := w.pool.PasswordPolicy.TemporaryPasswordLifetime()
	w.clk.Advance(life)
	if !w.credential("ann").Expired(w.pool.PasswordPolicy, w.clk.Now()) {
		t.Error("the temporary password is valid after its lifetime")
	}
	resent, err := w.flow.ResendInvitation(t.Context(), w.pool, r)
	w.must("resend", err)
	second := w.mail()
	if u, err := w.find("ann"); err != nil || !u.Modified.Equal(w.clk.Now()) || u.Modified.Equal(u.Created) ||
		!resent.Modified.Equal(u.Modified) {
		t.Errorf("after a renewed invitation: %+v, %v", u, err)
	}
	if len(first) != 1 || len(second) != 1 || first[0].Code == second[0].Code {
		t.Fatalf("invitations %d and %d", len(first), len(second))
	}
	w.clk.Advance(life - 1e6)
	if w.credential("ann").Expired(w.pool.PasswordPolicy, w.clk.Now()) {
		t.Error("the new temporary password has expired before its lifetime")
	}
	r.TemporaryPassword = second[0].Code
	_, err = w.flow.ResendInvitation(t.Context(), w.pool, r)
	w.must("resend with the same password", err)
	w.must("permanent", w.flow.AdminSetUserPassword(t.Context(), w.pool, "ann", password, true))
	_, err = w.flow.ResendInvitation(t.Context(), w.pool, r)
	wants(t, "resend to a confirmed user", err, fault.ResendNotPossible("ann"))
}

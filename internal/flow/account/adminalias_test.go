package account_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
)

// An alias moves to the user for whom an administrator marks the address as
// verified. The previous user keeps the address, unverified. A change that does
// not mark the address moves nothing.
func TestAliasesMoveByAdministrators(t *testing.T) {
	for attribute, address := range map[string]string{"email": "one@example.com", "phone_number": "+15550100"} {
		flag := attribute + "_verified"
		each(t, func(t *testing.T, w *world) {
			w.add("first", values{attribute: address, flag: "true"})
			w.add("second", values{attribute: address, flag: "false"})
			w.add("third", nil)
			w.must("the address alone", w.adminSet("third", values{attribute: address}))
			w.resolves("not marked as verified", address, "first")

			w.must("address and flag", w.adminSet("third", values{attribute: address, flag: "true"}))
			w.resolves("moved", address, "third")
			w.has("left", "first", values{attribute: address, flag: "false"})

			w.must("the flag alone", w.adminSet("second", values{flag: "true"}))
			w.resolves("moved by the flag", address, "second")
			w.has("left again", "third", values{attribute: address, flag: "false"})

			create := account.CreateRequest{
				Username: "fourth", Attributes: values{attribute: address, flag: "true"}, Silent: true,
			}
			_, err := w.flow.AdminCreateUser(t.Context(), w.pool, create)
			if !errors.Is(err, fault.AliasExists) {
				t.Errorf("a new user with a taken alias: %v", err)
			}
			_, err = w.find("fourth")
			wants(t, "refused", err, fault.UserDoesNotExist)
			w.resolves("still", address, "second")
			create.ForceAlias = true
			_, err = w.flow.AdminCreateUser(t.Context(), w.pool, create)
			w.must("forced", err)
			w.resolves("forced", address, "fourth")
			w.has("left by force", "second", values{attribute: address, flag: "false"})
		}, aliases("email", "phone_number"))
	}
}

// In pools that sign in by an attribute its values are never taken over.
func TestSignInNamesAreNotTakenOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("first", values{"email": "one@example.com", "email_verified": "true"})
		w.add("second", values{"email": "two@example.com"})
		wants(t, "taken", w.adminSet("second", values{"email": "one@example.com", "email_verified": "true"}),
			fault.AliasTaken("email"))
		w.resolves("stays", "one@example.com", "first")
		w.has("unchanged", "first", values{"email": "one@example.com", "email_verified": "true"})
	}, signsInBy("email"))
}

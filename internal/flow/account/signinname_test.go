package account_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	mail1, mail2, mail3    = "one@example.com", "two@example.com", "three@example.com"
	phone1, phone2, phone3 = "+15550101", "+15550102", "+15550103"
)

// enroll signs a user up.
func (w *world) enroll(name string, attributes values) *userpool.User {
	w.t.Helper()
	done, err := w.signUp(name, attributes)
	w.must("sign-up of "+name, err)
	return done.User
}

// Where users sign in by e-mail or phone number, each signs in by the attribute
// that was the Username of the sign-up, and only that one must be unique.
func TestSignInNameIsTheUsernameOfTheSignUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.enroll(mail1, values{"phone_number": phone1})
		w.resolves("the name of ann", mail1, ann.Username)
		w.resolves("the other attribute of ann", phone1, "")
		wants(t, "recovery by the other attribute of ann", w.forgot(phone1), fault.UsernameClientIDNotFound)

		bob := w.enroll(phone1, values{"email": mail1})
		w.resolves("the name of bob", phone1, bob.Username)
		w.resolves("still the name of ann", mail1, ann.Username)
		for name, attributes := range map[string]values{mail1: {"phone_number": phone2}, phone1: {"email": mail2}} {
			_, err := w.signUp(name, attributes)
			wants(t, "a second sign-up as "+name, err, fault.UserAlreadyExists)
		}

		create := account.CreateRequest{Username: phone3, Attributes: values{"email": mail3}, Silent: true}
		cid, err := w.flow.AdminCreateUser(t.Context(), w.pool, create)
		w.must("a user whom an administrator creates", err)
		w.resolves("the name given", phone3, cid.Username)
		w.resolves("the other attribute", mail3, "")
		_, err = w.flow.AdminCreateUser(t.Context(), w.pool, create)
		wants(t, "the same again", err, fault.AccountWithAttributeExists("phone_number"))
		w.enroll(mail3, nil)
	}, signsInBy("email", "phone_number"))
}

// A change of the sign-in attribute changes the sign-in name, which never moves
// to the other attribute.
func TestSignInNameStaysWithItsAttribute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann, bob := w.enroll(mail1, values{"phone_number": phone1}), w.enroll(phone2, values{"email": mail2})
		w.edit(ann.Username, func(u *userpool.User) { u.Status = userpool.Confirmed })

		w.must("a new e-mail for ann", w.adminSet(mail1, values{"email": mail3}))
		w.resolves("the new one", mail3, ann.Username)
		w.resolves("the old one", mail1, "")
		w.must("a new number for ann",
			w.adminSet(mail3, values{"phone_number": phone3, "phone_number_verified": "true"}))
		w.resolves("the number of ann, verified", phone3, "")
		w.must("the values of ann for bob", w.adminSet(phone2, values{"phone_number": phone3, "email": mail3}))
		w.resolves("the e-mail of ann, as the other attribute of bob", mail3, ann.Username)
		w.resolves("the number of ann, as the name of bob", phone3, bob.Username)
		w.enroll(phone2, nil)
		wants(t, "the number of another user as a name", w.adminSet(phone2, values{"phone_number": phone3}),
			fault.AliasTaken("phone_number"))

		w.mail()
		requester := account.Requester{Client: w.client}
		_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "phone_number", requester)
		w.must("a code to a number that is the name of another user", err)
		w.must("verify", w.verify(ann, "phone_number", w.code(phone3, "CustomMessage_VerifyUserAttribute")))
		w.resolves("after the verification", phone3, bob.Username)

		err = w.adminSet(mail3, account.Removal([]string{"email"}))
		wants(t, "removing the only name", err,
			fault.New(fault.InvalidParameter, "The only attribute that the user can sign in with cannot be removed."))
		w.must("removing the other attribute", w.adminSet(mail3, account.Removal([]string{"phone_number"})))
		w.must("delete", w.flow.DeleteUser(t.Context(), w.pool, account.Named(mail3)))
		w.enroll(mail3, nil)
	}, signsInBy("email", "phone_number"))
}

// Of pending values only a sign-in name must be free.
func TestPendingSignInNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.enroll(mail1, values{"phone_number": phone1})
		w.enroll(phone2, values{"email": mail2})
		w.enroll(mail2, nil)
		_, err := w.set(ann, values{"phone_number": phone2})
		w.must("the name of another user as the other attribute", err)
		_, err = w.set(ann, values{"email": mail2})
		wants(t, "the name of another user as a name", err, fault.AliasTaken("email"))
	}, signsInBy("email", "phone_number"), keepsOld)
}

// A user stored without the attribute of the sign-in name keeps every name.
func TestUsersStoredWithoutTheAttributeOfTheirName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("ann", values{"email": mail1, "phone_number": phone1})
		w.resolves("by e-mail", mail1, "ann")
		w.resolves("by number", phone1, "ann")
		w.must("a new number", w.adminSet("ann", values{"phone_number": phone2}))
		w.resolves("by the new number", phone2, "ann")
		_, err := w.signUp(phone2, nil)
		wants(t, "a sign-up by a number that is a name", err, fault.UserAlreadyExists)
		w.must("delete", w.flow.DeleteUser(t.Context(), w.pool, account.Named(phone2)))
		w.enroll(phone2, values{"email": mail1})
		w.update(func(tx *store.Tx) error {
			_, taken, err := tx.AliasHolder(w.pool, "email", mail1)
			if taken {
				t.Error("the name of a deleted user is still taken")
			}
			return err
		})
	}, signsInBy("email", "phone_number"))
}

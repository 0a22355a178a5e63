package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var annsMail = values{"email": "ann@example.com", "email_verified": "true"}

func TestAttributesAreStored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", annsMail)
		sent, err := w.set(ann, values{"name": "Ann", "nickname": "A"})
		w.must("set", err)
		if len(sent) != 0 || len(w.mail()) != 0 {
			t.Error("a message was sent for a name")
		}
		_, err = w.set(ann, account.Removal([]string{"nickname", "gender"}))
		w.must("remove one that is set and one that is not", err)
		w.has("then", "ann", values{"email": "ann@example.com", "email_verified": "true", "name": "Ann"})
		_, err = w.set(ann, values{"email_verified": "true"})
		wants(t, "a flag", err, fault.UnauthorizedAttributeWrite)
		_, err = w.set(ann, account.Removal([]string{"email_verified"}))
		wants(t, "removing a flag", err, fault.UnauthorizedAttributeWrite)
		_, err = w.set(ann, account.Removal([]string{"email"}))
		w.must("removing the address", err)
		w.has("the flag is removed too", "ann", values{"name": "Ann"})
	})
}

func TestNewAddressIsNotVerified(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", annsMail)
		sent, err := w.set(ann, values{"email": "new@example.com"})
		w.must("set", err)
		want := userpool.Delivery{Destination: "n***@e***", Medium: userpool.Email, Attribute: "email"}
		if len(sent) != 1 || sent[0] != want {
			t.Errorf("sent %+v", sent)
		}
		w.has("at once", "ann", values{"email": "new@example.com", "email_verified": "false"})
		code := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
		wants(t, "a wrong code", w.verify(ann, "email", other(code)), fault.WrongVerificationCode)
		w.must("verify", w.verify(ann, "email", code))
		w.has("verified", "ann", values{"email": "new@example.com", "email_verified": "true"})
		wants(t, "the code again", w.verify(ann, "email", code), fault.NoSuchCode)
		_, err = w.set(ann, values{"email": "new@example.com"})
		w.must("the same value", err)
		w.has("stays verified", "ann", values{"email": "new@example.com", "email_verified": "true"})
		if all := w.mail(); len(all) != 0 {
			t.Errorf("a message for an unchanged value: %+v", all)
		}
	})
}

// A pool can keep the verified address until a new one is verified.
func TestNewAddressIsPending(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", annsMail)
		set := func(email string) string {
			t.Helper()
			_, err := w.set(ann, values{"email": email, "name": "Ann"})
			w.must("set", err)
			return w.code(email, "CustomMessage_UpdateUserAttribute")
		}
		kept := values{"email": "ann@example.com", "email_verified": "true", "name": "Ann"}
		typo := set("typo@example.com")
		w.has("pending", "ann", kept)
		w.resolves("pending", "ann@example.com", "ann")
		w.resolves("pending", "typo@example.com", "")
		code := set("new@example.com")
		if typo != code {
			wants(t, "the code of a value that was replaced", w.verify(ann, "email", typo), fault.WrongVerificationCode)
		}
		_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email", account.Requester{})
		w.must("another code", err)
		code = w.code("new@example.com", "CustomMessage_VerifyUserAttribute")
		w.has("still pending", "ann", kept)
		w.must("verify", w.verify(ann, "email", code))
		w.has("verified", "ann", values{"email": "new@example.com", "email_verified": "true", "name": "Ann"})
		w.resolves("verified", "ann@example.com", "")
		w.resolves("verified", "new@example.com", "ann")
		// Setting the old value again removes the pending one.
		code = set("again@example.com")
		_, err = w.set(ann, values{"email": "new@example.com"})
		w.must("the old value", err)
		wants(t, "the code of a withdrawn value", w.verify(ann, "email", code), fault.NoSuchCode)
		// The pending value expires with its code.
		code = set("late@example.com")
		w.clk.Advance(24 * time.Hour)
		wants(t, "a day later", w.verify(ann, "email", code), fault.NoSuchCode)
		w.has("a day later", "ann", values{"email": "new@example.com", "email_verified": "true", "name": "Ann"})
	}, aliases("email"), keepsOld)
}

// An address that an administrator marks as verified is set at once, without a
// code, and replaces a pending value.
func TestAdministratorsVerifyAddresses(t *testing.T) {
	w := newWorld(t, aliases("email"), keepsOld)
	ann := w.add("ann", annsMail)
	w.must("without the flag", w.adminSet("ann", values{"email": "new@example.com"}))
	code := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
	w.has("without the flag", "ann", annsMail)
	w.must("marked as not verified",
		w.adminSet("ann", values{"email": "new@example.com", "email_verified": "false"}))
	code2 := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
	w.has("the flag applies to the new value", "ann", annsMail)
	w.must("marked as verified",
		w.adminSet("ann", values{"email": "sure@example.com", "email_verified": "True"}))
	w.has("marked as verified", "ann", values{"email": "sure@example.com", "email_verified": "true"})
	w.resolves("marked as verified", "sure@example.com", "ann")
	if all := w.mail(); len(all) != 0 {
		t.Errorf("a message about an address that an administrator verified: %+v", all)
	}
	for _, c := range []string{code, code2} {
		wants(t, "an earlier code", w.verify(ann, "email", c), fault.NoSuchCode)
	}
	w.must("the flag alone", w.adminSet("ann", values{"email_verified": "false"}))
	w.resolves("unverified", "sure@example.com", "")
	w.must("removing the flag", w.adminSet("ann", account.Removal([]string{"email_verified"})))
	w.has("removing the flag", "ann", values{"email": "sure@example.com"})
	wants(t, "a flag without a value", w.adminSet("ann", values{"phone_number_verified": "true"}),
		fault.New(fault.InvalidParameter, "Phone Number is required to verify/un-verify a phone number"))
}

// If the pool verifies no attribute, no code is sent, and the verified flag is
// cleared nevertheless.
func TestPoolsThatVerifyNothing(t *testing.T) {
	w := newWorld(t, func(s *userpool.PoolSettings) { s.AutoVerifiedAttributes = nil })
	ann := w.add("ann", annsMail)
	sent, err := w.set(ann, values{"email": "new@example.com", "phone_number": "+15550100"})
	w.must("set", err)
	w.has("set", "ann", values{
		"email": "new@example.com", "email_verified": "false",
		"phone_number": "+15550100", "phone_number_verified": "false",
	})
	if all := w.mail(); len(sent) != 0 || len(all) != 0 {
		t.Errorf("sent %v, %v", sent, all)
	}
	d, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "phone_number", account.Requester{})
	w.must("a requested code", err)
	if d.Medium != userpool.SMS || d.Destination != "+*******0100" {
		t.Errorf("delivered to %+v", d)
	}
	w.must("verify", w.verify(ann, "phone_number", w.code("+15550100", "CustomMessage_VerifyUserAttribute")))
}

// A code is valid for its attribute and its user.
func TestVerificationCodesDoNotMix(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.add("ann", nil), w.add("bob", values{"email": "bob@example.com", "phone_number": "+15550101"})
	sent, err := w.set(ann, values{"email": "ann@example.com", "phone_number": "+15550100"})
	w.must("set", err)
	if len(sent) != 2 || sent[0].Attribute != "email" || sent[1].Attribute != "phone_number" {
		t.Errorf("sent %+v", sent)
	}
	codes := map[string]string{}
	for _, m := range w.mail() {
		codes[m.To] = m.Code
	}
	mail, phone := codes["ann@example.com"], codes["+15550100"]
	wants(t, "another user", w.verify(bob, "email", mail), fault.NoSuchCode)
	if mail != phone {
		wants(t, "another attribute", w.verify(ann, "phone_number", mail), fault.WrongVerificationCode)
	}
	wants(t, "a reset", w.reset("ann", mail, "Other-Passw0rd"), fault.NoSuchCode)
	wants(t, "no such attribute", w.verify(ann, "name", mail),
		fault.New(fault.InvalidParameter, "Invalid attribute name. Only phone_number and email can be verified."))
	w.must("the phone", w.verify(ann, "phone_number", phone))
	w.must("the e-mail", w.verify(ann, "email", mail))
	_, err = w.flow.SendAttributeCode(t.Context(), w.pool, w.add("cid", nil), "email", account.Requester{})
	wants(t, "nothing to verify", err,
		fault.New(fault.InvalidParameter, "User does not have the attribute email to verify."))
	w.edit("bob", func(u *userpool.User) { u.Enabled = false })
	_, err = w.flow.SendAttributeCode(t.Context(), w.pool, bob, "email", account.Requester{})
	wants(t, "a code for a user who is disabled now", err, fault.UserIsDisabled)
	wants(t, "a verification by a disabled user", w.verify(bob, "email", mail), fault.UserIsDisabled)
	_, err = w.set(bob, values{"name": "Bob"})
	wants(t, "a change by a disabled user", err, fault.UserIsDisabled)
}

func TestVerificationAttemptsAreLimited(t *testing.T) {
	w := newWorld(t)
	ann := w.add("ann", values{"email": "ann@example.com"})
	for range 5 {
		_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email", account.Requester{})
		w.must("a code", err)
	}
	_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email", account.Requester{})
	wants(t, "a sixth code", err, fault.AttemptLimit)
	all := w.mail()
	if len(all) != 5 {
		t.Fatalf("%d messages", len(all))
	}
	_, err = w.set(ann, values{"email": "new@example.com"})
	w.must("set", err)
	code := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
	for range 15 {
		wants(t, "a wrong code", w.verify(ann, "email", other(code)), fault.WrongVerificationCode)
	}
	wants(t, "the right code at the limit", w.verify(ann, "email", code), fault.AttemptLimit)
	w.clk.Advance(time.Hour)
	w.must("an hour later", w.verify(ann, "email", code))
}

// In pools with aliases an alias moves to the user who verified it last.
func TestVerifyingMovesTheAlias(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("ann", values{"email": "x@example.com", "email_verified": "true"})
		bob := w.add("bob", values{"email": "bob@example.com", "email_verified": "true"})
		_, err := w.set(bob, values{"email": "x@example.com"})
		w.must("set", err)
		w.resolves("before", "x@example.com", "ann")
		w.resolves("before", "bob@example.com", "")
		w.must("verify", w.verify(bob, "email", w.code("x@example.com", "CustomMessage_UpdateUserAttribute")))
		w.resolves("after", "x@example.com", "bob")
		w.has("the previous holder", "ann", values{"email": "x@example.com", "email_verified": "false"})
	}, aliases("email"))
}

// In pools that sign in by e-mail the new address is the name at once, or once
// it is verified, and the name of another user is never taken over.
func TestSignInNamesChange(t *testing.T) {
	w := newWorld(t, signsInBy("email"))
	ann, bob := w.add("ann", annsMail), w.add("bob", values{"email": "bob@example.com"})
	_, err := w.set(bob, values{"email": "ann@example.com"})
	wants(t, "the name of another user", err, fault.AliasTaken("email"))
	wants(t, "the name of another user, by an administrator",
		w.adminSet("bob", values{"email": "ann@example.com", "email_verified": "true"}), fault.AliasTaken("email"))
	_, err = w.set(ann, values{"email": "new@example.com"})
	w.must("a new name", err)
	w.resolves("at once", "new@example.com", "ann")
	w.resolves("at once", "ann@example.com", "")
	_, err = w.set(bob, values{"email": "ann@example.com"})
	w.must("a name that is free again", err)
	_, err = w.set(ann, account.Removal([]string{"email"}))
	wants(t, "removing the only name", err,
		fault.New(fault.InvalidParameter, "The only attribute that the user can sign in with cannot be removed."))

	w = newWorld(t, signsInBy("email"), keepsOld)
	ann, bob = w.add("ann", annsMail), w.add("bob", values{"email": "bob@example.com"})
	_, err = w.set(bob, values{"email": "ann@example.com"})
	wants(t, "a pending name of another user", err, fault.AliasTaken("email"))
	_, err = w.set(ann, values{"email": "new@example.com"})
	w.must("a new name", err)
	code := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
	w.resolves("pending", "new@example.com", "")
	w.add("cid", values{"email": "new@example.com"})
	wants(t, "taken while pending", w.verify(ann, "email", code), fault.AliasTaken("email"))
	w.has("taken while pending", "ann", annsMail)
	w.resolves("taken while pending", "new@example.com", "cid")
}

func TestPreferredNames(t *testing.T) {
	w := newWorld(t, aliases("preferred_username", "email"))
	ann, bob := w.add("ann", nil), w.add("bob", nil)
	_, err := w.set(ann, values{"preferred_username": "annie"})
	w.must("set", err)
	w.resolves("set", "annie", "ann")
	_, err = w.set(bob, values{"preferred_username": "annie"})
	wants(t, "taken", err, fault.AliasTaken("preferred_username"))
	_, err = w.set(bob, values{"preferred_username": "ann"})
	wants(t, "the username of another user", err, fault.AliasTaken("preferred_username"))
	_, err = w.set(bob, values{"preferred_username": "bob"})
	w.must("the username of the same user", err)
	_, err = w.set(bob, values{"preferred_username": "victim@example.com"})
	wants(t, "an address", err, fault.New(fault.InvalidParameter,
		"preferred_username cannot be of email format, since user pool is configured for email alias."))
	_, err = w.signUp("cid", values{"email": "cid@example.com"})
	w.must("sign-up", err)
	wants(t, "before confirmation", w.adminSet("cid", values{"preferred_username": "cc"}),
		fault.New(fault.InvalidParameter, "preferred_username can only be set once the user is confirmed."))
}

// Users must set missing required attributes with the next change, and cannot
// remove them.
func TestRequiredAttributes(t *testing.T) {
	w := newWorld(t, func(s *userpool.PoolSettings) { s.Schema[1].Required = true })
	ann := w.add("ann", values{"email": "ann@example.com"})
	missing := fault.New(fault.InvalidParameter,
		"Attributes did not conform to the schema: name: The attribute is required\n")
	_, err := w.set(ann, values{"gender": "f"})
	wants(t, "without the name", err, missing)
	w.must("by an administrator", w.adminSet("ann", values{"gender": "f"}))
	_, err = w.set(ann, account.Removal([]string{"gender"}))
	w.must("a removal", err)
	_, err = w.set(ann, values{"gender": "f", "name": "Ann"})
	w.must("with the name", err)
	_, err = w.set(ann, values{"gender": "m"})
	w.must("once it is set", err)
	_, err = w.set(ann, account.Removal([]string{"name"}))
	wants(t, "removing the name", err, missing)
	wants(t, "removing the name, by an administrator", w.adminSet("ann", values{"name": ""}),
		fault.New(fault.InvalidParameter, "user.name: The attribute is required\n"))
}

// Without a trigger runner a message that a trigger would write is not sent,
// and nothing is changed.
func TestMessageTriggersAreNotSkipped(t *testing.T) {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	w := newWorld(t, func(s *userpool.PoolSettings) { s.LambdaConfig.CustomMessage = &arn })
	ann := w.add("ann", annsMail)
	_, setErr := w.set(ann, values{"email": "new@example.com"})
	_, codeErr := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email", account.Requester{})
	for what, err := range map[string]error{
		"set":   setErr,
		"admin": w.adminSet("ann", values{"email": "new@example.com"}),
		"code":  codeErr,
	} {
		if !errors.Is(err, fault.UnexpectedLambda) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.has("after the refusals", "ann", annsMail)
	w.must("without a message", w.adminSet("ann", values{"email": "new@example.com", "email_verified": "true"}))
}

// race runs fns concurrently and returns how many succeeded. Errors must be of
// the kind.
func race(t *testing.T, kind fault.Kind, fns ...func(context.Context) error) (won int) {
	t.Helper()
	var mu sync.Mutex
	var done sync.WaitGroup
	start := make(chan struct{})
	for _, fn := range fns {
		done.Go(func() {
			<-start
			err := retry(t.Context(), fn)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, kind) {
				t.Errorf("refused with %v", err)
			}
		})
	}
	close(start)
	done.Wait()
	return won
}

// retry runs fn again after a conflict, as the gate does.
func retry(ctx context.Context, fn func(context.Context) error) error {
	for {
		if err := fn(ctx); !errors.Is(err, fault.ConcurrentModification) {
			return err
		}
	}
}

func TestRacingForOneAlias(t *testing.T) {
	const racers = 6
	t.Run("sign-in names", func(t *testing.T) {
		each(t, func(t *testing.T, w *world) {
			var fns []func(context.Context) error
			for i := range racers {
				u := w.add("user"+string(rune('a'+i)), values{"email": string(rune('a'+i)) + "@example.com"})
				fns = append(fns, func(ctx context.Context) error {
					_, err := w.flow.UpdateAttributes(ctx, account.AttributeRequest{
						Pool: w.pool, Client: w.client, User: account.Self(u), Values: values{"email": "x@example.com"},
					})
					return err
				})
			}
			if won := race(t, fault.AliasExists, fns...); won != 1 {
				t.Errorf("%d users got the name", won)
			}
			w.owners("x@example.com", 1)
		}, signsInBy("email"))
	})
	t.Run("aliases that administrators verify", func(t *testing.T) {
		each(t, func(t *testing.T, w *world) {
			verified := values{"email": "x@example.com", "email_verified": "true"}
			var fns []func(context.Context) error
			for i := range racers {
				u := w.add("user"+string(rune('a'+i)), nil)
				fns = append(fns, func(ctx context.Context) error {
					_, err := w.flow.UpdateAttributes(ctx, account.AttributeRequest{
						Pool: w.pool, User: account.Self(u), Values: verified,
					})
					return err
				})
			}
			if won := race(t, fault.AliasExists, fns...); won != racers {
				t.Errorf("%d of %d changes succeeded", won, racers)
			}
			w.owners("x@example.com", 1)
		}, aliases("email"))
	})
	t.Run("aliases that codes verify", func(t *testing.T) {
		each(t, func(t *testing.T, w *world) {
			var fns []func(context.Context) error
			for i := range racers {
				u := w.add("user"+string(rune('a'+i)), nil)
				_, err := w.set(u, values{"email": "x@example.com"})
				w.must("set", err)
				code := w.code("x@example.com", "CustomMessage_UpdateUserAttribute")
				fns = append(fns, func(ctx context.Context) error {
					return w.flow.VerifyAttribute(ctx, w.pool, u, "email", code)
				})
			}
			if won := race(t, fault.AliasExists, fns...); won != racers {
				t.Errorf("%d of %d codes were accepted", won, racers)
			}
			w.owners("x@example.com", 1)
		}, aliases("email"))
	})
}

// owners requires that so many users have the address, verified unless it is a
// sign-in name, and that it resolves to one of them.
func (w *world) owners(address string, want int) {
	w.t.Helper()
	users, _, err := w.flow.ListUsers(w.t.Context(), w.pool, account.ListRequest{Limit: 60})
	w.must("list", err)
	var owners []string
	for _, u := range users {
		if u.Attributes["email"] == address && (u.Verified("email") || w.pool.SignsInBy("email")) {
			owners = append(owners, u.Username)
		}
	}
	if len(owners) != want {
		w.t.Fatalf("%s belongs to %v, want %d users", address, owners, want)
	}
	w.resolves("after the race", address, owners[0])
}

// Of concurrent calls with the same code, one succeeds.
func TestRacingForOneCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", annsMail)
		_, err := w.set(ann, values{"email": "new@example.com"})
		w.must("set", err)
		code := w.code("new@example.com", "CustomMessage_UpdateUserAttribute")
		var fns []func(context.Context) error
		for range 8 {
			fns = append(fns, func(ctx context.Context) error {
				return w.flow.VerifyAttribute(ctx, w.pool, ann, "email", code)
			})
		}
		if won := race(t, fault.ExpiredCode, fns...); won != 1 {
			t.Errorf("the code was redeemed %d times", won)
		}
	}, keepsOld)
}

func TestMFAOptions(t *testing.T) {
	w := newWorld(t)
	ann := w.add("ann", nil)
	set := func(options ...userpool.MFAOption) error {
		return w.flow.SetMFAOptions(t.Context(), w.pool, account.Self(ann), options)
	}
	sms := userpool.MFAOption{DeliveryMedium: "SMS", AttributeName: "phone_number"}
	wants(t, "without a number", set(sms), userpool.NoSMSDestination)
	w.edit("ann", func(u *userpool.User) { u.Attributes = values{"phone_number": "+15550100"} })
	w.must("with one", set(sms))
	only := fault.New(fault.InvalidParameter,
		"MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.")
	wants(t, "by e-mail", set(userpool.MFAOption{DeliveryMedium: "EMAIL", AttributeName: "email"}), only)
	wants(t, "an empty option", set(userpool.MFAOption{}), only)
	if u, err := w.find("ann"); err != nil || len(u.MFAOptions) != 1 || u.MFAOptions[0] != sms {
		t.Errorf("%+v, %v", u, err)
	}
	w.must("no options", set())
	if u, err := w.find("ann"); err != nil || len(u.MFAOptions) != 0 {
		t.Errorf("%+v, %v", u, err)
	}
}

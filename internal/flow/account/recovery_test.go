package account_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func (w *world) reset(name, code, password string) error {
	return w.flow.ConfirmForgotPassword(w.t.Context(),
		account.ResetRequest{Request: w.request(name), Code: code, Password: password})
}

func (w *world) forgot(name string) error {
	_, err := w.flow.ForgotPassword(w.t.Context(), w.request(name))
	return err
}

func TestRecovery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
		w.must("forgot", w.forgot("ann"))
		code := w.code("ann@example.com", "CustomMessage_ForgotPassword")
		wants(t, "a weak password", w.reset("ann", code, "short"),
			fault.New(fault.InvalidPassword, "Password did not conform with policy: Password not long enough"))
		wants(t, "a wrong code", w.reset("ann", other(code), "Other-Passw0rd"), fault.WrongVerificationCode)
		w.clk.Advance(time.Hour - time.Millisecond)
		w.must("just in time", w.reset("ann", code, "Other-Passw0rd"))
		wants(t, "the code again", w.reset("ann", code, "Third-Passw0rd"), fault.NoSuchCode)
		w.must("forgot again", w.forgot("ann"))
		code = w.code("ann@example.com", "CustomMessage_ForgotPassword")
		w.clk.Advance(time.Hour)
		wants(t, "an hour later", w.reset("ann", code, "Third-Passw0rd"), fault.NoSuchCode)
	})
}

func TestRecoveryChannels(t *testing.T) {
	recovery := func(names ...string) change {
		return func(s *userpool.PoolSettings) {
			for i, name := range names {
				option := userpool.RecoveryOption{Priority: int32(i + 1), Name: name}
				s.RecoveryMechanisms = append(s.RecoveryMechanisms, option)
			}
		}
	}
	smsFactor := func(s *userpool.PoolSettings) {
		arn := "arn:aws:iam::111111111111:role/sms"
		s.MfaConfiguration, s.SmsMfa = userpool.MFAOptional, true
		s.SmsConfiguration = &userpool.SmsConfiguration{SnsCallerArn: &arn}
	}
	both := values{
		"email": "ann@example.com", "email_verified": "true",
		"phone_number": "+15550100", "phone_number_verified": "true",
	}
	phoneOnly, phoneFirst := recovery("verified_phone_number"), recovery("verified_phone_number", "verified_email")
	mailOnly := values{"email": "ann@example.com", "email_verified": "true", "phone_number": "+15550100"}
	smsCodes := []userpool.MFAOption{{DeliveryMedium: "SMS", AttributeName: "phone_number"}}
	for name, c := range map[string]struct {
		pool       []change
		attributes values
		options    []userpool.MFAOption
		to         string
		refusal    *fault.Fault
	}{
		"by default the e-mail first": {nil, both, nil, "ann@example.com", nil},
		"phone first":                 {[]change{phoneFirst}, both, nil, "+15550100", nil},
		"phone first, but not verified": {
			[]change{phoneFirst}, mailOnly, nil, "ann@example.com", nil,
		},
		"phone only, not verified": {
			[]change{phoneOnly}, mailOnly, nil, "", fault.NoRecoveryContact,
		},
		"no attributes":       {nil, values{}, nil, "", fault.NoRecoveryContact},
		"administrators only": {[]change{recovery("admin_only")}, both, nil, "", fault.ContactAdministrator},
		"the phone is the second factor": {
			[]change{phoneFirst, smsFactor}, both, smsCodes, "ann@example.com", nil,
		},
		"nothing but the second factor": {
			[]change{phoneOnly, smsFactor}, both, smsCodes, "", fault.NoRecoveryContact,
		},
		"the pool has no second factor": {[]change{phoneOnly}, both, smsCodes, "+15550100", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.pool...)
			w.add("ann", c.attributes)
			w.edit("ann", func(u *userpool.User) { u.MFAOptions = c.options })
			err := w.forgot("ann")
			if c.refusal != nil {
				wants(t, "forgot", err, c.refusal)
				return
			}
			w.must("forgot", err)
			w.code(c.to, "CustomMessage_ForgotPassword")
		})
	}
}

func TestRecoveryByStatus(t *testing.T) {
	w := newWorld(t)
	w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	for status, refusal := range map[userpool.Status]*fault.Fault{
		userpool.Confirmed:           nil,
		userpool.ResetRequired:       nil,
		userpool.ForceChangePassword: fault.CannotResetInThisState,
		userpool.Unconfirmed:         fault.CannotResetInThisState,
		userpool.ExternalProvider:    fault.CannotResetInThisState,
	} {
		w.edit("ann", func(u *userpool.User) { u.Status = status })
		err := w.forgot("ann")
		if refusal == nil {
			w.must(string(status), err)
		} else {
			wants(t, string(status), err, refusal)
		}
	}
	w.edit("ann", func(u *userpool.User) { u.Status, u.Enabled = userpool.Confirmed, false })
	wants(t, "disabled", w.forgot("ann"), fault.UserIsDisabled)
}

// After another user has verified an address, a reset code that was sent to it
// before is not accepted.
func TestResetCodeOfAMovedAlias(t *testing.T) {
	w := newWorld(t, aliases("email"))
	w.add("ann", values{"email": "x@example.com", "email_verified": "true"})
	bob := w.add("bob", values{"email": "x@example.com"})
	w.must("forgot", w.forgot("ann"))
	reset := w.code("x@example.com", "CustomMessage_ForgotPassword")
	_, err := w.flow.SendAttributeCode(t.Context(), w.pool, bob, "email", account.Requester{})
	w.must("a code for bob", err)
	w.must("verification by bob", w.verify(bob, "email", w.code("x@example.com", "CustomMessage_VerifyUserAttribute")))
	wants(t, "the reset", w.reset("ann", reset, "Other-Passw0rd"), fault.NoSuchCode)
}

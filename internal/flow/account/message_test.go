package account_test

import (
	"bytes"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// customSenders gives the pool custom senders and a CustomMessage trigger,
// which must not run.
func customSenders(s *userpool.PoolSettings) {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:sender"
	target := &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: arn}
	s.LambdaConfig = userpool.LambdaConfig{
		CustomEmailSender: target, CustomSMSSender: target, CustomMessage: &arn, KMSKeyID: &arn,
	}
}

// handover returns the handover of the only message.
func (w *world) handover(what string) *userpool.Handover {
	w.t.Helper()
	all := w.mail()
	if len(all) != 1 || all[0].Handover == nil {
		w.t.Fatalf("%s: %+v", what, all)
	}
	return all[0].Handover
}

func TestHandover(t *testing.T) {
	w := newWorld(t, customSenders, keepsOld)
	ctx := trigger.WithSDK(t.Context(), "aws-sdk-js-3.1010.0")
	r := w.request("ann")
	r.ClientMetadata = metadata
	_, err := w.flow.SignUp(ctx,
		account.SignUpRequest{Request: r, Password: password, Attributes: values{"email": "ann@example.com"}})
	w.must("sign-up", err)
	u, err := w.find("ann")
	w.must("find", err)
	want := &userpool.Handover{
		ClientID: w.client.ID, SDK: "aws-sdk-js-3.1010.0", ClientMetadata: metadata,
		UserAttributes: values{
			"sub": u.Sub, "email": "ann@example.com", "email_verified": "false", "cognito:user_status": "UNCONFIRMED",
		},
	}
	if diff := cmp.Diff(want, w.handover("sign-up")); diff != "" {
		t.Error(diff)
	}
	_, err = w.flow.ResendConfirmationCode(ctx, r)
	w.must("resend", err)
	if h := w.handover("resend"); h.ClientMetadata != nil {
		t.Errorf("metadata in an e-mail for which the guide lists none: %v", h.ClientMetadata)
	}
	bob := w.add("bob", values{"email": "old@example.com", "email_verified": "true"})
	_, err = w.set(bob, values{"email": "new@example.com"})
	w.must("a new address", err)
	if h := w.handover("a new address"); h.UserAttributes["email"] != "new@example.com" {
		t.Errorf("the code for the new address is sent to %s", h.UserAttributes["email"])
	}
	w.has("until it is verified", "bob", values{"email": "old@example.com", "email_verified": "true"})
	w.must("reset", w.flow.AdminResetUserPassword(ctx, w.pool, "bob", nil))
	if h := w.handover("reset"); h.ClientID != "" || h.UserAttributes["email"] != "old@example.com" {
		t.Errorf("%+v", h)
	}
}

func TestHandoverOfSignInCodes(t *testing.T) {
	w := newWorld(t, customSenders)
	ann := w.add("ann", values{"phone_number": "+15550100"})
	s := account.SignInCode{
		Pool: w.pool, Client: w.client, User: ann, Attribute: "phone_number", Code: "483920", ClientMetadata: metadata,
	}
	m, err := w.flow.SignInMessage(t.Context(), s)
	w.must("message", err)
	if m.Handover == nil || !maps.Equal(m.Handover.ClientMetadata, metadata) || m.Code != "483920" ||
		m.To != "+15550100" || m.Medium != userpool.SMS {
		t.Errorf("%+v", m)
	}
}

func TestNoHandoverWithoutASender(t *testing.T) {
	w := newWorld(t)
	w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	w.must("forgot", w.forgot("ann"))
	if all := w.mail(); len(all) != 1 || all[0].Handover != nil {
		t.Errorf("%+v", all)
	}
}

func TestNoticeMessage(t *testing.T) {
	w := newWorld(t, customSenders)
	ann := w.add("ann", values{"email": "ann@example.com"})
	n := deliver.Notice{Pool: w.pool, Action: "BLOCK", EventID: "e-1"}
	m := w.flow.NoticeMessage(t.Context(), w.client, ann, n)
	if m == nil || m.To != "ann@example.com" || m.Handover.UserAttributes["EVENT_ID"] != "e-1" ||
		m.Handover.UserAttributes["USER_NAME"] != "ann" || m.Handover.ClientMetadata != nil {
		t.Errorf("%+v", m)
	}
	if m := w.flow.NoticeMessage(t.Context(), w.client, w.add("bob", nil), n); m != nil {
		t.Errorf("without an address: %+v", m)
	}
	w.flow = w.flowWithSenders()
	if m := w.flow.NoticeMessage(t.Context(), w.client, ann, n); m != nil {
		t.Errorf("without a sender: %+v", m)
	}
}

// flowWithSenders returns a flow of a server that sends by these media only.
func (w *world) flowWithSenders(media ...userpool.Medium) *account.Flow {
	return account.New(account.Config{
		Store: w.db, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
		CanDeliver: func(_ *userpool.Pool, m userpool.Medium) error {
			if slices.Contains(media, m) {
				return nil
			}
			return fault.NoSender(string(m))
		},
	})
}

// Without a sender an operation changes nothing, and returns an error of its
// model.
func TestUndeliverableMessagesAreRefused(t *testing.T) {
	refused := fault.NoSender("EMAIL")
	role := fault.New(fault.InvalidEmailRoleAccessPolicy, refused.Message)
	signUp := func(w *world) error {
		_, err := w.signUp("new", values{"email": "new@example.com"})
		return err
	}
	for name, c := range map[string]struct {
		do   func(w *world, ann *userpool.User) error
		want *fault.Fault
	}{
		"SignUp":         {func(w *world, _ *userpool.User) error { return signUp(w) }, refused},
		"ForgotPassword": {func(w *world, _ *userpool.User) error { return w.forgot("ann") }, refused},
		"UpdateUserAttributes": {func(w *world, ann *userpool.User) error {
			_, err := w.set(ann, values{"email": "other@example.com"})
			return err
		}, refused},
		"GetUserAttributeVerificationCode": {func(w *world, ann *userpool.User) error {
			_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email", account.Requester{Client: w.client})
			return err
		}, refused},
		"AdminCreateUser": {func(w *world, _ *userpool.User) error {
			_, err := w.flow.AdminCreateUser(t.Context(), w.pool, account.CreateRequest{
				Username: "new", Attributes: values{"email": "new@example.com"},
				Mediums: []userpool.Medium{userpool.Email},
			})
			return err
		}, refused},
		"AdminUpdateUserAttributes": {func(w *world, _ *userpool.User) error {
			return w.adminSet("ann", values{"email": "other@example.com"})
		}, role},
		"AdminResetUserPassword": {func(w *world, _ *userpool.User) error {
			return w.flow.AdminResetUserPassword(t.Context(), w.pool, "ann", nil)
		}, role},
		"sign-in": {func(w *world, ann *userpool.User) error {
			_, err := w.flow.SignInMessage(t.Context(),
				account.SignInCode{Pool: w.pool, Client: w.client, User: ann, Attribute: "email", Code: "1"})
			return err
		}, role},
	} {
		w := newWorld(t)
		attributes := values{"email": "ann@example.com", "email_verified": "true"}
		ann := w.add("ann", attributes)
		w.flow = w.flowWithSenders(userpool.SMS)
		wants(t, name, c.do(w, ann), c.want)
		w.has(name, "ann", attributes)
		w.resolves(name, "new", "")
		if all := w.mail(); len(all) != 0 {
			t.Errorf("%s: %+v", name, all)
		}
		w.flow = w.flowWithSenders(userpool.Email)
		w.must(name+", with a sender of e-mail", c.do(w, ann))
	}
}

// An unknown user gets the same error as a known one.
func TestDecoysAreRefusedUndeliverableMedia(t *testing.T) {
	w := newWorld(t, func(s *userpool.PoolSettings) { s.AutoVerifiedAttributes = []string{"email"} })
	enabled := "ENABLED"
	w.update(func(tx *store.Tx) error {
		c, err := tx.Client(w.pool.ID, w.client.ID)
		if err != nil {
			return err
		}
		changed := *c
		changed.PreventUserExistenceErrors = &enabled
		return tx.UpdateClient(&changed)
	})
	w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	w.flow = w.flowWithSenders()
	wants(t, "known user", w.forgot("ann"), fault.NoSender("EMAIL"))
	wants(t, "unknown user", w.forgot("nobody"), fault.NoSender("EMAIL"))
}

// A code is bound to its purpose, address and user.
func TestSignInCodesAreBound(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.add("ann", annsMail), w.add("bob", nil)
	moved := ann.Clone()
	moved.Attributes["email"] = "elsewhere@example.com"
	kept := account.SignInCode{Pool: w.pool, User: ann, Attribute: "email", Code: "12345678", First: true}
	want := w.flow.SignInCodeMAC(kept)
	for name, change := range map[string]func(s *account.SignInCode){
		"purpose":   func(s *account.SignInCode) { s.First = false },
		"user":      func(s *account.SignInCode) { s.User = bob },
		"address":   func(s *account.SignInCode) { s.User = moved },
		"attribute": func(s *account.SignInCode) { s.Attribute = "phone_number" },
		"code":      func(s *account.SignInCode) { s.Code = "12345679" },
	} {
		s := kept
		change(&s)
		if bytes.Equal(w.flow.SignInCodeMAC(s), want) {
			t.Errorf("the hash does not cover the %s", name)
		}
	}
	if !bytes.Equal(w.flow.SignInCodeMAC(kept), want) {
		t.Error("the same code has another hash")
	}
}

package account

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// compose makes the message of a draft to the user, with the texts of the
// CustomMessage trigger if the pool has one. Since it may run the trigger, it
// must not be called inside a transaction.
func (f *Flow) compose(ctx context.Context, m *resolved, d deliver.Draft) (userpool.Message, error) {
	if err := f.requireDelivery(m, d.Occasion, d.To.Medium); err != nil {
		return userpool.Message{}, err
	}
	d.Pool = m.pool
	if m.pool.LambdaConfig.Has(d.To.Medium.CustomSender()) {
		message := d.Compose()
		message.Handover = m.handover(ctx, d)
		return message, nil
	}
	source := trigger.Source(d.Occasion)
	if trigger.Configured(m.pool, source) {
		out, err := trigger.Run(ctx, f.Triggers, m.call(source), trigger.CustomMessageRequest{
			UserAttributes: trigger.UserAttributes(m.pool, m.user), ClientMetadata: m.metadata,
		})
		if err != nil {
			return userpool.Message{}, err
		}
		d.Custom = deliver.Texts{SMS: out.SMSMessage, Email: out.EmailMessage, Subject: out.EmailSubject}
	}
	return d.Compose(), nil
}

// requireDelivery returns an error if no sender exists for the medium.
// Operations of administrators and sign-ins do not have CodeDeliveryFailure in
// their model and get another kind.
func (f *Flow) requireDelivery(m *resolved, o deliver.Occasion, medium userpool.Medium) error {
	if f.CanDeliver == nil {
		return nil
	}
	err := f.CanDeliver(m.pool, medium)
	known := o != deliver.Authentication && (m.client != nil || o == deliver.Invitation)
	if known || !errors.Is(err, fault.CodeDeliveryFailure) {
		return err
	}
	kind := fault.InvalidEmailRoleAccessPolicy
	if medium == userpool.SMS {
		kind = fault.InvalidSmsRoleAccessPolicy
	}
	return fault.Of(err).WithKind(kind)
}

// handover returns the data for the pool's custom sender. The address of the
// draft replaces the attribute's value, even while it is not verified.
func (m *resolved) handover(ctx context.Context, d deliver.Draft) *userpool.Handover {
	h := &userpool.Handover{SDK: trigger.CallerSDK(ctx), UserAttributes: trigger.UserAttributes(m.pool, m.user)}
	if m.client != nil {
		h.ClientID = m.client.ID
	}
	h.UserAttributes[userpool.AttributeOf(d.To.Medium)] = d.To.Address
	if receivesMetadata(d) {
		h.ClientMetadata = m.metadata
	}
	return h
}

// receivesMetadata reports whether a custom sender gets the caller's metadata.
// Source: guide pages user-pool-lambda-custom-email-sender, which names three
// occasions, and user-pool-lambda-custom-sms-sender, which names none.
func receivesMetadata(d deliver.Draft) bool {
	switch d.Occasion {
	case deliver.SignUp, deliver.ForgotPassword, deliver.Authentication:
		return true
	}
	return d.To.Medium == userpool.SMS
}

// NoticeMessage composes the mail about a sign-in with a risk, for the caller
// to enqueue. It returns nil if the user has no e-mail address, verified or
// not, and if the server cannot send it: a notice must not stop a sign-in.
// Source: guide page cognito-user-pool-settings-adaptive-authentication.
func (f *Flow) NoticeMessage(
	ctx context.Context, c *userpool.Client, u *userpool.User, n deliver.Notice,
) *userpool.Message {
	address := u.Attributes["email"]
	if address == "" || f.CanDeliver != nil && f.CanDeliver(n.Pool, userpool.Email) != nil {
		return nil
	}
	n.To = deliver.Recipient{Username: u.Username, Medium: userpool.Email, Address: address}
	message := n.Compose()
	if n.Pool.LambdaConfig.Has(userpool.CustomEmailSender) {
		message.Handover = &userpool.Handover{
			ClientID: c.ID, SDK: trigger.CallerSDK(ctx), UserAttributes: n.Attributes(),
		}
	}
	return &message
}

// call returns what every event about the user has in common.
func (m *resolved) call(s trigger.Source) trigger.Call {
	c := trigger.Call{Pool: m.pool, Source: s, Username: m.user.Username}
	if m.client != nil {
		c.ClientID = m.client.ID
	}
	return c
}

// confirmed runs the PostConfirmation trigger after the write. The caller
// returns its error, but nothing is undone.
func (f *Flow) confirmed(ctx context.Context, m *resolved, s trigger.Source) error {
	_, err := trigger.Run(ctx, f.Triggers, m.call(s), trigger.PostConfirmationRequest{
		UserAttributes: trigger.UserAttributes(m.pool, m.user), ClientMetadata: m.metadata,
	})
	return err
}

// SignInCode is a one-time code of a sign-in, as a second factor or a first.
type SignInCode struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	User   *userpool.User
	// Attribute is email or phone_number; its value need not be verified.
	Attribute string
	Code      string
	// First is whether the code is the first factor.
	First bool
	// ClientMetadata is that of the response to a challenge; the metadata of
	// the call that starts a sign-in is not passed here.
	ClientMetadata map[string]string
}

// SignInMessage composes the message that carries the code. Source: guide page
// user-pool-lambda-custom-message.
func (f *Flow) SignInMessage(ctx context.Context, s SignInCode) (userpool.Message, error) {
	m := &resolved{pool: s.Pool, client: s.Client, user: s.User, metadata: s.ClientMetadata}
	medium := userpool.MediumOf(s.Attribute)
	to := deliver.Recipient{Username: s.User.Username, Medium: medium, Address: s.User.Attributes[s.Attribute]}
	return f.compose(ctx, m, deliver.Draft{Occasion: deliver.Authentication, To: to, Code: s.Code})
}

// SignInLetter is a sign-in code: its keyed hash, for the session, the message,
// and where it is sent.
type SignInLetter struct {
	MAC      []byte
	Message  userpool.Message
	Delivery userpool.Delivery
}

// WriteSignInCode makes the code of a first or second factor and composes the
// message that carries it.
func (f *Flow) WriteSignInCode(ctx context.Context, s SignInCode) (SignInLetter, error) {
	digits := codeDigits
	if s.First {
		digits = signInCodeDigits
	}
	s.Code = f.newCode(digits)
	message, err := f.SignInMessage(ctx, s)
	delivery := deliver.DeliveryOf(message, s.Attribute)
	return SignInLetter{MAC: f.SignInCodeMAC(s), Message: message, Delivery: delivery}, err
}

// SignInCodeMAC is the keyed hash of a sign-in code; the code itself is not
// stored. The hash covers pool, user, purpose and address, so that a code is
// valid for these only.
func (f *Flow) SignInCodeMAC(s SignInCode) []byte {
	address, purpose := s.User.Attributes[s.Attribute], "second-factor"
	if s.First {
		purpose = "first-factor"
	}
	return f.codes.MAC(s.Pool.ID, s.User.Sub, purpose, s.Attribute, address, s.Code)
}

// DecoySignInCode is WriteSignInCode for a user who does not exist. The delivery
// shown derives from the typed name, and no code is right. The message is
// composed only to take the same time; the caller must not send it.
func (f *Flow) DecoySignInCode(s SignInCode, typed string) (SignInLetter, error) {
	l := SignInLetter{MAC: f.Entropy.Bytes(32), Delivery: deliver.DecoyCode(s.Pool, s.Attribute, typed, f.masks)}
	m := &resolved{pool: s.Pool, client: s.Client}
	if err := f.requireDelivery(m, deliver.Authentication, l.Delivery.Medium); err != nil {
		return l, err
	}
	to := deliver.Recipient{Username: typed, Medium: l.Delivery.Medium, Address: l.Delivery.Destination}
	d := deliver.Draft{Pool: s.Pool, Occasion: deliver.Authentication, To: to, Code: f.newCode(signInCodeDigits)}
	l.Message = d.Compose()
	return l, nil
}

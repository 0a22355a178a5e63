package account

import (
	"context"

	"lifeguard/internal/outbound/deliver"
	"lifeguard/internal/outbound/trigger"
	"lifeguard/internal/userpool"
)

// compose makes the message of a draft to the party's user, in the words of
// the pool's CustomMessage function where there is one. It speaks to the world:
// never call it in a transaction.
func (f *Flow) compose(ctx context.Context, m *party, d deliver.Draft) (userpool.Message, error) {
	source := trigger.Source(d.Occasion)
	if trigger.Configured(m.pool, source) {
		said, err := trigger.Run(ctx, f.Triggers, m.call(source), trigger.CustomMessageRequest{
			UserAttributes: trigger.UserAttributes(m.pool, m.user), ClientMetadata: m.metadata,
		})
		if err != nil {
			return userpool.Message{}, err
		}
		d.Custom = deliver.Texts{SMS: said.SMSMessage, Email: said.EmailMessage, Subject: said.EmailSubject}
	}
	d.Pool = m.pool
	return d.Compose(), nil
}

// call is what every event about the party has in common.
func (m *party) call(s trigger.Source) trigger.Call {
	c := trigger.Call{Pool: m.pool, Source: s, Username: m.user.Username}
	if m.client != nil {
		c.ClientID = m.client.ID
	}
	return c
}

// confirmed tells the pool's PostConfirmation function, after the fact: its
// error is the caller's to see and changes nothing.
func (f *Flow) confirmed(ctx context.Context, m *party, s trigger.Source) error {
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
	// ClientMetadata is that of the answer to a challenge; the one of the call
	// that begins a sign-in does not get here.
	ClientMetadata map[string]string
}

// SignInMessage composes the message that carries the code, in beat two of a
// sign-in. Source: guide page user-pool-lambda-custom-message.
func (f *Flow) SignInMessage(ctx context.Context, s SignInCode) (userpool.Message, error) {
	m := &party{pool: s.Pool, client: s.Client, user: s.User, metadata: s.ClientMetadata}
	medium := userpool.MediumOf(s.Attribute)
	if err := s.Pool.RequireNoTrigger(userpool.MessageTriggers(medium)...); err != nil {
		return userpool.Message{}, err
	}
	to := deliver.Recipient{Username: s.User.Username, Medium: medium, Address: s.User.Attributes[s.Attribute]}
	return f.compose(ctx, m, deliver.Draft{Occasion: deliver.Authentication, To: to, Code: s.Code})
}

// SignInLetter is a sign-in code on its way: the keyed hash that its sign-in
// remembers, the message, and what the user is told of it.
type SignInLetter struct {
	MAC      []byte
	Message  userpool.Message
	Delivery userpool.Delivery
}

// WriteSignInCode draws the code of a second factor and composes the message
// that carries it.
func (f *Flow) WriteSignInCode(ctx context.Context, s SignInCode) (SignInLetter, error) {
	s.Code = f.newCode()
	message, err := f.SignInMessage(ctx, s)
	return SignInLetter{MAC: f.SignInCodeMAC(s), Message: message, Delivery: deliver.DeliveryOf(message, s.Attribute)}, err
}

// SignInCodeMAC is all that is kept of a sign-in code. Pool, user, purpose and
// address are part of it, so that no code serves another purpose or proves
// another address.
func (f *Flow) SignInCodeMAC(s SignInCode) []byte {
	address := s.User.Attributes[s.Attribute]
	return f.codes.MAC(s.Pool.ID, s.User.Sub, "second-factor", s.Attribute, address, s.Code)
}

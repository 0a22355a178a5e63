package custom

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// throws is how often a function may throw over one message. Source: Lambda
// developer guide, asynchronous invocation.
const throws = 3

// Config is what a Sender is made of.
type Config struct {
	// Pool reads a pool as it is now.
	Pool     func(ctx context.Context, id string) (*userpool.Pool, error)
	Triggers *trigger.Runner
	// Keys are nil where no code can be encrypted.
	Keys   kms.Keys
	Random io.Reader
}

// Sender asks the functions of pools, and leaves everything else to another
// sender.
type Sender struct {
	Config
	otherwise deliver.Sender // nil: nobody
}

// Before returns a sender that stands before another one, which may be nil.
func Before(otherwise deliver.Sender, c Config) *Sender { return &Sender{c, otherwise} }

// Send hands a message over where the pool had a function for it when it was
// composed and still has.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	if m.Handover == nil {
		return s.leave(ctx, m)
	}
	p, err := s.Pool(ctx, m.PoolID)
	switch {
	case errors.Is(err, fault.ResourceNotFound):
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	case err != nil:
		return err
	case !p.LambdaConfig.Has(m.Medium.CustomSender()):
		return s.leave(ctx, m)
	}
	return s.handOver(ctx, p, m)
}

func (s *Sender) leave(ctx context.Context, m userpool.Message) error {
	if s.otherwise == nil {
		return fmt.Errorf("%w: nothing is configured to send %s", deliver.ErrPermanent, m.Medium)
	}
	return s.otherwise.Send(ctx, m)
}

func (s *Sender) handOver(ctx context.Context, p *userpool.Pool, m userpool.Message) error {
	code, err := s.encrypt(ctx, p, m)
	if err != nil {
		return err
	}
	h := m.Handover
	call := trigger.Call{
		Pool: p, Username: m.Username, ClientID: h.ClientID, SDK: h.SDK,
		Source: trigger.Source(string(m.Medium.CustomSender()) + "_" + deliver.Occasion(m.TriggerSource).Short()),
	}
	// The id is the message's: a function that is asked again can tell.
	_, err = trigger.Run(trigger.WithCallID(ctx, m.ID), s.Triggers, call, trigger.CustomSenderRequest{
		Code: code, ClientMetadata: h.ClientMetadata, UserAttributes: h.UserAttributes,
	})
	if errors.Is(err, fault.UserLambdaValidation) && m.Attempts >= throws {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

// escaped is what stands in a temporary password for characters that HTML
// reserves. The guide names two of them; without the third the others could
// not be undone.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// encrypt is the code of an event, nil for messages without one.
func (s *Sender) encrypt(ctx context.Context, p *userpool.Pool, m userpool.Message) (*string, error) {
	if m.Code == "" {
		return nil, nil
	}
	if s.Keys == nil || p.LambdaConfig.KMSKeyID == nil {
		return nil, errors.New("nothing is configured to encrypt codes for custom senders")
	}
	plain := m.Code
	if deliver.Occasion(m.TriggerSource) == deliver.Invitation {
		plain = escaped.Replace(plain)
	}
	// Source: the condition in the guide's grant; a captured ciphertext.
	message, err := esdk.New(s.Random, map[string]string{"userpool-id": p.ID})
	if err != nil {
		return nil, err
	}
	key, err := s.Keys.GenerateDataKey(ctx, *p.LambdaConfig.KMSKeyID, message.Context())
	if err != nil {
		return nil, err
	}
	sealed, err := message.Seal(s.Random, key, []byte(plain))
	if err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(sealed)
	return &text, nil
}

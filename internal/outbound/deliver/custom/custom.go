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

// maxErrors is how often a function may return an error for one message.
// Source: Lambda developer guide, asynchronous invocation.
const maxErrors = 3

// Config is the configuration of a Sender.
type Config struct {
	// Pool returns the current pool.
	Pool     func(ctx context.Context, id string) (*userpool.Pool, error)
	Triggers *trigger.Runner
	// Keys is nil if codes cannot be encrypted.
	Keys   kms.Keys
	Random io.Reader
}

// Sender sends messages through the functions of pools, and passes all others
// to another sender.
type Sender struct {
	Config
	next deliver.Sender // nil: none
}

// Before returns a sender that passes messages without a function to another
// one, which may be nil.
func Before(next deliver.Sender, c Config) *Sender { return &Sender{c, next} }

// Send runs the pool's function if the pool had one for the medium when the
// message was composed, and still has one.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	if m.Handover == nil {
		return s.pass(ctx, m)
	}
	p, err := s.Pool(ctx, m.PoolID)
	switch {
	case errors.Is(err, fault.ResourceNotFound):
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	case err != nil:
		return err
	case !p.LambdaConfig.Has(m.Medium.CustomSender()):
		return s.pass(ctx, m)
	}
	return s.run(ctx, p, m)
}

func (s *Sender) pass(ctx context.Context, m userpool.Message) error {
	if s.next == nil {
		return fmt.Errorf("%w: nothing is configured to send %s", deliver.ErrPermanent, m.Medium)
	}
	return s.next.Send(ctx, m)
}

func (s *Sender) run(ctx context.Context, p *userpool.Pool, m userpool.Message) error {
	code, err := s.encrypt(ctx, p, m)
	if err != nil {
		return err
	}
	h := m.Handover
	call := trigger.Call{
		Pool: p, Username: m.Username, ClientID: h.ClientID, SDK: h.SDK,
		Source: trigger.Source(string(m.Medium.CustomSender()) + "_" + deliver.Occasion(m.TriggerSource).Short()),
	}
	// The id is the message's, so that a function can detect a repeated call.
	_, err = trigger.Run(trigger.WithCallID(ctx, m.ID), s.Triggers, call, trigger.CustomSenderRequest{
		Code: code, ClientMetadata: h.ClientMetadata, UserAttributes: h.UserAttributes,
	})
	if errors.Is(err, fault.UserLambdaValidation) && m.Attempts >= maxErrors {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

// escaped replaces the characters in temporary passwords that HTML reserves.
// The guide names < and >; & must be escaped to make that reversible.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// encrypt returns the encrypted code of an event, nil for messages without one.
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
	// Source: the condition in the grant of the guide; a captured ciphertext.
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

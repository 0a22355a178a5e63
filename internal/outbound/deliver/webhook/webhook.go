package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config is the configuration of a Sender.
type Config struct {
	URL    string
	Client *http.Client
	Keys   []standardwebhook.Key
	// Clock dates the signatures. Receivers refuse times that are minutes off.
	Clock clock.Clock
}

// Sender posts messages.
type Sender struct{ config Config }

// New does not connect.
func New(c Config) *Sender { return &Sender{c} }

// message is the body of a request. Members may be added.
type message struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Medium    string    `json:"medium"` // EMAIL or SMS
	To        string    `json:"to"`
	From      string    `json:"from,omitempty"`
	ReplyTo   string    `json:"replyTo,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Text      string    `json:"text"`
	HTML      string    `json:"html,omitempty"`
	Code      string    `json:"code,omitempty"`
	Link      string    `json:"link,omitempty"`
	UserPool  string    `json:"userPoolId"`
	Username  string    `json:"username"`
	Occasion  string    `json:"occasion"` // such as SignUp
	Attempt   int       `json:"attempt"`
	ExpiresAt time.Time `json:"expiresAt"` // when the code expires
}

func toMessage(m userpool.Message) message {
	o := deliver.Occasion(m.TriggerSource)
	s := message{
		ID: m.ID, Time: m.Created.UTC(), Medium: string(m.Medium), To: m.To, From: m.From, ReplyTo: m.ReplyTo,
		Subject: m.Subject, Text: m.Body, Code: m.Code, Link: m.Link, UserPool: m.PoolID, Username: m.Username,
		Occasion: o.Short(), Attempt: m.Attempts, ExpiresAt: m.Expires().UTC(),
	}
	if m.Medium == userpool.Email {
		s.Text, s.HTML = deliver.TextOf(m), m.Body
	}
	return s
}

// Send posts one message. Status 2xx accepts it; 400, 410, 413 and 422 refuse
// it permanently.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	body, err := json.Marshal(toMessage(m))
	if err != nil {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	standardwebhook.SetHeaders(r.Header, s.config.Keys, m.ID, s.config.Clock.Now(), body)
	answer, err := s.config.Client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is reused
	switch status := answer.StatusCode; status {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: status %d of the webhook", deliver.ErrPermanent, status)
	default:
		if status/100 != 2 {
			return fmt.Errorf("status %d of the webhook", status)
		}
	}
	return nil
}

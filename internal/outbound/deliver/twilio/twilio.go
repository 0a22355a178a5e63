package twilio

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Endpoint is Twilio's own.
const Endpoint = "https://api.twilio.com"

// Config says as whom to send.
type Config struct {
	Client   *http.Client
	Endpoint string // empty: Twilio's own
	Account  string // the account's SID
	Token    userpool.Secret
	// From is a number, a sender's name, or the SID of a messaging service,
	// which begins with MG.
	From string
}

// Sender sends text messages.
type Sender struct{ config Config }

// New does not connect.
func New(c Config) *Sender {
	if c.Endpoint == "" {
		c.Endpoint = Endpoint
	}
	return &Sender{c}
}

// Send sends one text message. Numbers that cannot be reached are permanent
// failures; what tells of the account, its limits or its balance is not.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	form := url.Values{"To": {m.To}, "Body": {m.Body}}
	if strings.HasPrefix(s.config.From, "MG") {
		form.Set("MessagingServiceSid", s.config.From)
	} else {
		form.Set("From", s.config.From)
	}
	link := strings.TrimSuffix(s.config.Endpoint, "/") + "/2010-04-01/Accounts/" + url.PathEscape(s.config.Account) +
		"/Messages.json"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, link, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(s.config.Account, s.config.Token.Reveal())
	answer, err := s.config.Client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 == 2 {
		return nil // it has been taken, whatever became of the answer
	}
	if err != nil {
		return err
	}
	return refusal(answer.StatusCode, body)
}

// hopeless are Twilio's error codes that tell of the number itself: not valid,
// not reachable, opted out, a landline, in a country that is not permitted.
var hopeless = map[int]bool{21211: true, 21214: true, 21217: true, 21408: true, 21610: true, 21612: true, 21614: true}

func refusal(status int, body []byte) error {
	var said struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &said) // a proxy's page of HTML has neither
	err := fmt.Errorf("the service answers with status %d, code %d: %.200q", status, said.Code, said.Message)
	if hopeless[said.Code] {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

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

// Endpoint is Twilio's endpoint.
const Endpoint = "https://api.twilio.com"

// Config is the configuration of the account.
type Config struct {
	Client   *http.Client
	Endpoint string // empty: Twilio's own
	Account  string // the account's SID
	Token    userpool.Secret
	// From is a number, a sender ID, or the SID of a messaging service, which
	// begins with MG.
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

// Send sends one text message. Unreachable numbers are permanent failures;
// errors of the account, its limits or its balance are not.
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
		return nil // accepted, even if the response cannot be read
	}
	if err != nil {
		return err
	}
	return refusal(answer.StatusCode, body)
}

// unreachable are Twilio's error codes for the number itself: invalid, not
// reachable, opted out, a landline, or in a country that is not permitted.
var unreachable = map[int]bool{
	21211: true, 21214: true, 21217: true, 21408: true, 21610: true, 21612: true, 21614: true,
}

func refusal(status int, body []byte) error {
	var failure struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &failure) // the HTML page of a proxy has neither
	err := fmt.Errorf("status %d of the service, code %d: %.200q", status, failure.Code, failure.Message)
	if unreachable[failure.Code] {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

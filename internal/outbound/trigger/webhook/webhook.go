package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Key signs requests.
type Key = standardwebhook.Key

// ParseKey parses a secret: base64, with or without the prefix whsec_.
func ParseKey(s userpool.Secret) (Key, error) { return standardwebhook.ParseKey(s.Reveal()) }

// Config is the configuration of an Invoker.
type Config struct {
	URL    string
	Client *http.Client // redirects are not followed
	// Keys all sign every request. There are two during a rotation. Without a key
	// requests are unsigned.
	Keys []Key
	// Clock dates the signatures. Receivers refuse times that are minutes off.
	Clock clock.Clock
}

// Invoker posts events.
type Invoker struct {
	Config
	client http.Client
}

// New returns an invoker.
func New(c Config) *Invoker {
	i := &Invoker{Config: c, client: *c.Client}
	i.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return i
}

// Invoke posts the event and waits for the response.
func (i *Invoker) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.URL, bytes.NewReader(event))
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeNotFound, Cause: err}
	}
	standardwebhook.SetHeaders(r.Header, i.Keys, trigger.CallID(ctx), i.Clock.Now(), event)
	answer, err := i.client.Do(r)
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, trigger.MaxResponse+1))
	switch {
	case err != nil:
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: fmt.Errorf("read the response: %w", err)}
	case answer.StatusCode == http.StatusNoContent:
		return event, nil
	case answer.StatusCode/100 != 2:
		return nil, refused(answer.StatusCode, body)
	case len(body) > trigger.MaxResponse:
		return nil, trigger.TooLarge()
	}
	return trigger.Complete(event, body), nil
}

// refused returns the error for a status: that of a handler, which is returned
// to the user, or that of a server that could not be called.
func refused(status int, body []byte) error {
	var e struct{ Error struct{ Message string } }
	byHandler := status/100 == 4 && status != http.StatusTooManyRequests
	if byHandler && json.Unmarshal(body, &e) == nil && e.Error.Message != "" {
		return &trigger.FunctionError{Type: strconv.Itoa(status), Message: e.Error.Message}
	}
	return &trigger.InvokeError{Code: trigger.CodeOf(status), Cause: fmt.Errorf("status %d", status)}
}

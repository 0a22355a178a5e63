package webhook_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/webhook"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func email() userpool.Message {
	return userpool.Message{
		ID: "m-1", PoolID: "us-east-1_A", Username: "ann", Medium: userpool.Email, To: "ann@example.com",
		From: "no-reply@example.com", Subject: "Hello", Body: "<p>It is 483920</p>", Code: "483920",
		TriggerSource: "CustomMessage_SignUp", Created: noon, Attempts: 2,
	}
}

func TestSend(t *testing.T) {
	key, err := standardwebhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
		if r.Method != http.MethodPost || r.Header.Get("Webhook-Id") != "m-1" ||
			seconds != noon.Add(time.Minute).Unix() ||
			r.Header.Get("Webhook-Signature") != key.Sign("m-1", seconds, body) {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		got = nil
		_ = json.Unmarshal(body, &got)
	}))
	defer s.Close()
	sender := webhook.New(webhook.Config{
		URL: s.URL, Client: s.Client(), Keys: []standardwebhook.Key{key}, Clock: clock.Frozen(noon.Add(time.Minute)),
	})
	if err := sender.Send(t.Context(), email()); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "m-1", "time": "2026-11-24T12:00:00Z", "medium": "EMAIL", "to": "ann@example.com",
		"from": "no-reply@example.com", "subject": "Hello", "text": "It is 483920", "html": "<p>It is 483920</p>",
		"code": "483920", "userPoolId": "us-east-1_A", "username": "ann", "occasion": "SignUp", "attempt": 2.0,
		"expiresAt": "2026-11-25T12:00:00Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sms := userpool.Message{
		ID: "m-1", Medium: userpool.SMS, To: "+15550001234", Body: "1 < 2",
		TriggerSource: "CustomMessage_Authentication",
	}
	if err := sender.Send(t.Context(), sms); err != nil {
		t.Fatal(err)
	}
	if got["text"] != "1 < 2" || got["html"] != nil || got["medium"] != "SMS" {
		t.Errorf("%v", got)
	}
}

func TestAnswers(t *testing.T) {
	status := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	sender := webhook.New(webhook.Config{URL: s.URL, Client: s.Client(), Clock: clock.System()})
	for _, c := range []struct {
		status           int
		taken, permanent bool
	}{
		{200, true, false}, {202, true, false}, {204, true, false}, {400, false, true}, {422, false, true},
		{410, false, true}, {401, false, false}, {404, false, false}, {429, false, false}, {500, false, false},
		{503, false, false},
	} {
		status = c.status
		err := sender.Send(t.Context(), email())
		if (err == nil) != c.taken || errors.Is(err, deliver.ErrPermanent) != c.permanent {
			t.Errorf("%d: %v", c.status, err)
		}
	}
	s.Close()
	if err := sender.Send(t.Context(), email()); err == nil || errors.Is(err, deliver.ErrPermanent) {
		t.Errorf("connection refused: %v", err)
	}
}

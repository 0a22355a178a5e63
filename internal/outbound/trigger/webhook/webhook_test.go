package webhook_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/webhook"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The vector of the Standard Webhooks libraries (libraries/javascript and
// libraries/python, "sign" tests).
func TestStandardWebhooksVector(t *testing.T) {
	key, err := webhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := key.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeys(t *testing.T) {
	if _, err := webhook.ParseKey("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"); err != nil {
		t.Errorf("without whsec_: %v", err)
	}
	for _, bad := range []userpool.Secret{"", "whsec_c2hvcnQ=", "whsec_not base64!"} {
		if _, err := webhook.ParseKey(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad.Reveal()) {
			t.Errorf("%q: %v", bad.Reveal(), err)
		}
	}
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const event = `{"version":"1","request":{"a":1},"response":{}}`

// invoker returns an Invoker that posts to a server with the handler.
func invoker(t *testing.T, keys []webhook.Key, answer http.HandlerFunc) *webhook.Invoker {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return webhook.New(webhook.Config{
		URL: server.URL + "/hook", Client: trigger.NewClient(), Keys: keys, Clock: clock.Frozen(noon),
	})
}

func TestSignedRequest(t *testing.T) {
	keys := []webhook.Key{[]byte(strings.Repeat("old ", 8)), []byte(strings.Repeat("new ", 8))}
	i := invoker(t, keys, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != event {
			t.Errorf("%s, %v", body, err)
		}
		seconds, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		if err != nil || seconds != noon.Unix() || r.Header.Get("webhook-id") != "call-1" {
			t.Errorf("%v", r.Header)
		}
		want := keys[0].Sign("call-1", seconds, body) + " " + keys[1].Sign("call-1", seconds, body)
		if got := r.Header.Get("webhook-signature"); got != want {
			t.Errorf("signature %q, want %q", got, want)
		}
		_, _ = io.WriteString(w, `{"response":{"autoConfirmUser":true}}`)
	})
	answer, err := i.Invoke(trigger.WithCallID(t.Context(), "call-1"), "arn", []byte(event))
	if want := `{"request":{"a":1},"response":{"autoConfirmUser":true},"version":"1"}`; err != nil ||
		string(answer) != want {
		t.Errorf("%s, %v", answer, err)
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		answer  string
		thrown  string
		refused string
	}{
		"unchanged":        {204, "", event, "", ""},
		"the whole event":  {200, event, event, "", ""},
		"refused":          {400, `{"error":{"message":"Not today"}}`, "", "Not today", ""},
		"refused with 422": {422, `{"error":{"http_code":422,"message":"Not today"}}`, "", "Not today", ""},
		"no message":       {400, `{}`, "", "", "ServiceException"},
		"not allowed":      {401, ``, "", "", "AccessDeniedException"},
		"not found":        {404, `nothing here`, "", "", "ResourceNotFoundException"},
		"throttled":        {429, `{"error":{"message":"later"}}`, "", "", "TooManyRequestsException"},
		"broken":           {500, `{"error":{"message":"secret of the server"}}`, "", "", "ServiceException"},
		"redirect":         {302, ``, "", "", "ServiceException"},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoker(t, nil, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/hook" || r.Header.Get("webhook-signature") != "" {
					t.Errorf("%s %v", r.URL, r.Header)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			answer, err := i.Invoke(t.Context(), "arn", []byte(event))
			var thrown *trigger.FunctionError
			var refused *trigger.InvokeError
			switch {
			case c.answer != "":
				if err != nil || string(answer) != c.answer {
					t.Errorf("%s, %v", answer, err)
				}
			case c.thrown != "":
				if !errors.As(err, &thrown) || thrown.Message != c.thrown {
					t.Errorf("%v", err)
				}
			case !errors.As(err, &refused) || refused.Code != c.refused:
				t.Errorf("%v, want %s", err, c.refused)
			}
		})
	}
}

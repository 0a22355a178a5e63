package twilio_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/twilio"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var sms = userpool.Message{Medium: userpool.SMS, To: "+15550001234", Body: "Your code is 483920 & more"}

func TestSend(t *testing.T) {
	var got url.Values
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = r.PostForm
		user, password, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/AC1/Messages.json" || user != "AC1" ||
			password != "token" {
			t.Errorf("%s %s by %q %q", r.Method, r.URL, user, password)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"sid":"SM1","status":"queued"}`)
	}))
	defer s.Close()
	for from, want := range map[string]url.Values{
		"+15550009999": {"To": {sms.To}, "Body": {sms.Body}, "From": {"+15550009999"}},
		"MG0123":       {"To": {sms.To}, "Body": {sms.Body}, "MessagingServiceSid": {"MG0123"}},
	} {
		sender := twilio.New(twilio.Config{
			Client: s.Client(), Endpoint: s.URL, Account: "AC1", Token: "token", From: from,
		})
		if err := sender.Send(t.Context(), sms); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAnswers(t *testing.T) {
	var status, code int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%d,"message":"no","status":%d}`, code, status)
	}))
	defer s.Close()
	sender := twilio.New(twilio.Config{Client: s.Client(), Endpoint: s.URL + "/", Account: "AC1", From: "x"})
	for _, c := range []struct {
		status, code int
		permanent    bool
	}{
		{400, 21211, true}, {400, 21610, true}, {400, 21614, true},
		{400, 21606, false}, // From does not belong to the account
		{401, 20003, false}, {429, 20429, false}, {500, 0, false}, {307, 0, false},
	} {
		status, code = c.status, c.code
		if err := sender.Send(t.Context(), sms); err == nil || errors.Is(err, deliver.ErrPermanent) != c.permanent {
			t.Errorf("%d %d: %v", c.status, c.code, err)
		}
	}
}

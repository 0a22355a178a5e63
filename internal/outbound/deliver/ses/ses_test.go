package ses_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk/awssdktest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/ses"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func sender(t *testing.T, answer http.HandlerFunc) *ses.Sender {
	t.Helper()
	return ses.New(awssdktest.Config(t, answer), "server@example.com")
}

func email() userpool.Message {
	return userpool.Message{
		Medium: userpool.Email, To: "ann@example.com", From: deliver.DefaultSender, Subject: "Hello",
		Body: "<p>It is 483920</p>",
	}
}

type object = map[string]any

func TestSend(t *testing.T) {
	var got object
	var authorization string
	s := sender(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		authorization, got = r.Header.Get("Authorization"), nil
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &got)
		fmt.Fprint(w, `{"MessageId":"1"}`)
	})
	part := func(s string) object { return object{"Data": s, "Charset": "UTF-8"} }
	want := object{
		"FromEmailAddress": "server@example.com", "Destination": object{"ToAddresses": []any{"ann@example.com"}},
		"Content": object{"Simple": object{
			"Subject": part("Hello"), "Body": object{"Text": part("It is 483920"), "Html": part("<p>It is 483920</p>")},
		}},
	}
	if err := s.Send(t.Context(), email()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(authorization, "/us-east-1/ses/") {
		t.Errorf("%s %s", authorization, diff)
	}
	m := email()
	m.From, m.ReplyTo = "Shop <shop@example.org>", "help@example.org"
	m.Route = userpool.Route{
		IdentityARN: "arn:aws:ses:eu-west-1:111111111111:identity/shop@example.org", ConfigurationSet: "set",
	}
	want["FromEmailAddress"], want["ReplyToAddresses"] = m.From, []any{m.ReplyTo}
	want["FromEmailAddressIdentityArn"], want["ConfigurationSetName"] = m.Route.IdentityARN, "set"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(authorization, "/eu-west-1/ses/") {
		t.Errorf("%s %s", authorization, diff)
	}
}

func TestAnswers(t *testing.T) {
	code, requests := "", 0
	s := sender(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"message":"no"}`)
	})
	for c, permanent := range map[string]bool{
		"MessageRejected": true, "BadRequestException": true, "TooManyRequestsException": false,
		"AccountSuspendedException": false, "MailFromDomainNotVerifiedException": false, "AccessDeniedException": false,
	} {
		code, requests = c, 0
		if err := s.Send(t.Context(), email()); err == nil || errors.Is(err, deliver.ErrPermanent) != permanent ||
			requests != 1 {
			t.Errorf("%s: %d requests: %v", c, requests, err)
		}
	}
}

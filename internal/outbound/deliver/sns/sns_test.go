package sns_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk/awssdktest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/sns"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func sender(t *testing.T, name string, answer http.HandlerFunc) *sns.Sender {
	t.Helper()
	return sns.New(awssdktest.Config(t, answer), name)
}

var sms = userpool.Message{Medium: userpool.SMS, To: "+15550001234", Body: "Your code is 483920"}

func TestSend(t *testing.T) {
	var got url.Values
	var authorization string
	s := sender(t, "Shop", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		authorization, got = r.Header.Get("Authorization"), r.PostForm
		fmt.Fprint(w,
			`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">`+
				`<PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	})
	m := sms
	m.Route.Region = "eu-west-1"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	attributes := map[string]string{}
	for _, n := range []string{"1", "2"} {
		value := "MessageAttributes.entry." + n + ".Value."
		attributes[got.Get("MessageAttributes.entry."+n+".Name")] =
			got.Get(value+"DataType") + " " + got.Get(value+"StringValue")
	}
	if diff := cmp.Diff(
		map[string]string{"AWS.SNS.SMS.SMSType": "String Transactional", "AWS.SNS.SMS.SenderID": "String Shop"},
		attributes); diff != "" {
		t.Error(diff)
	}
	if got.Get("Action") != "Publish" || got.Get("PhoneNumber") != sms.To || got.Get("Message") != sms.Body ||
		!strings.Contains(authorization, "/eu-west-1/sns/") {
		t.Errorf("%s %v", authorization, got)
	}
	m.Route.Region = "evil.example.com/"
	if err := s.Send(t.Context(), m); err != nil || !strings.Contains(authorization, "/us-east-1/sns/") {
		t.Errorf("an invalid region: %s, %v", authorization, err)
	}
}

func TestAnswers(t *testing.T) {
	code, requests := "", 0
	s := sender(t, "", func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code>`+
			`<Message>no</Message></Error></ErrorResponse>`, code)
	})
	for c, permanent := range map[string]bool{
		"InvalidParameter": true, "OptedOut": true,
		"Throttled": false, "AuthorizationError": false, "InternalError": false,
	} {
		code, requests = c, 0
		err := s.Send(t.Context(), sms)
		if err == nil || errors.Is(err, deliver.ErrPermanent) != permanent || requests != 1 {
			t.Errorf("%s: %d requests: %v", c, requests, err)
		}
	}
}

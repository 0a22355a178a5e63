package deliver_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func notice(action string) deliver.Notice {
	return deliver.Notice{
		Pool: pool(nil), Action: action, To: deliver.Recipient{Username: "ann", Address: "ann@example.com"},
		EventID: "e-1", IPAddress: "203.0.113.7", City: "Lyon", Country: "France", Device: "Chrome 126, <Windows> 10",
		LoginTime: "2026-11-24", LinkValid: "https://id.example.com/f?a=1&v=Valid",
		LinkInvalid: "https://id.example.com/f?a=1&v=Invalid", FeedbackToken: "t",
	}
}

func TestNoticeByAction(t *testing.T) {
	own := &userpool.NotifyEmail{
		Subject: "Own {username}", TextBody: ptr("{event-id} {ip-address} {feedback-token} {####}"),
	}
	for _, c := range []struct {
		action  string
		mail    userpool.NotifyConfiguration
		subject string
		text    string
	}{
		{"BLOCK", userpool.NotifyConfiguration{}, "Blocked sign-in attempt", "We blocked an unrecognized"},
		{"NO_ACTION", userpool.NotifyConfiguration{}, "New sign-in attempt", "We observed an unrecognized"},
		{"MFA_REQUIRED", userpool.NotifyConfiguration{}, "New sign-in attempt", "We required you to use"},
		{"MFA_IF_CONFIGURED", userpool.NotifyConfiguration{}, "New sign-in attempt", "We required you to use"},
		{"MFA", userpool.NotifyConfiguration{MfaEmail: own}, "Own ann", "e-1 203.0.113.7 t {####}"},
		{"BLOCK", userpool.NotifyConfiguration{BlockEmail: own}, "Own ann", "e-1"},
		{"NO_ACTION", userpool.NotifyConfiguration{NoActionEmail: own}, "Own ann", "e-1"},
		{"NO_ACTION", userpool.NotifyConfiguration{BlockEmail: own}, "New sign-in attempt", "We observed"},
	} {
		n := notice(c.action)
		n.Mail = c.mail
		m := n.Compose()
		if m.Subject != c.subject || !strings.HasPrefix(deliver.TextOf(m), c.text) || m.Code != "" ||
			m.To != "ann@example.com" {
			t.Errorf("%s: %q %q", c.action, m.Subject, deliver.TextOf(m))
		}
	}
}

func TestNoticeEscapesInHTMLOnly(t *testing.T) {
	m := notice("BLOCK").Compose()
	if !strings.Contains(m.Body, "Chrome 126, &lt;Windows&gt; 10") ||
		!strings.Contains(m.Body, `href="https://id.example.com/f?a=1&amp;v=Invalid"`) {
		t.Error(m.Body)
	}
	if !strings.Contains(m.Text, "Chrome 126, <Windows> 10") ||
		!strings.Contains(m.Text, "a=1&v=Valid to let us know") {
		t.Error(m.Text)
	}
}

func TestNoticeWithoutLinksAndPlaces(t *testing.T) {
	n := notice("BLOCK")
	n.LinkValid, n.LinkInvalid, n.City, n.Country, n.Device = "", "", "", "{username}", ""
	m := n.Compose()
	if strings.Contains(m.Body+m.Text, "link") || strings.Contains(m.Text, "{login-time}") {
		t.Error(m.Text)
	}
	if !strings.HasSuffix(m.Text, "Device: unknown\nLocation: unknown, {username}") {
		t.Errorf("%q", m.Text)
	}
}

func TestNoticeSender(t *testing.T) {
	n := notice("BLOCK")
	n.Pool.EmailConfiguration.ReplyToEmailAddress = ptr("help@example.com")
	m := n.Compose()
	if m.From != deliver.DefaultSender || m.ReplyTo != "help@example.com" || m.Route.IdentityARN != "" {
		t.Errorf("%+v", m)
	}
	n.Mail.SourceArn, n.Mail.ReplyTo = "arn:aws:ses:us-east-1:111111111111:identity/risk@example.com",
		ptr("risk-help@example.com")
	if m := n.Compose(); m.From != "risk@example.com" || m.ReplyTo != "risk-help@example.com" ||
		m.Route.IdentityARN != n.Mail.SourceArn {
		t.Errorf("%+v", m)
	}
}

func TestNoticeAttributes(t *testing.T) {
	n := notice("MFA")
	n.City = ""
	want := map[string]string{
		"EVENT_ID": "e-1", "USER_NAME": "ann", "IP_ADDRESS": "203.0.113.7", "ACCOUNT_TAKE_OVER_ACTION": "MFA",
		"ONE_CLICK_LINK_VALID": n.LinkValid, "ONE_CLICK_LINK_INVALID": n.LinkInvalid, "LOGIN_TIME": "2026-11-24",
		"FEEDBACK_TOKEN": "t", "COUNTRY": "France", "DEVICE_NAME": n.Device,
	}
	if diff := cmp.Diff(want, n.Attributes()); diff != "" {
		t.Error(diff)
	}
}

package deliver

import (
	"html"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Notice is a mail to a user about a suspicious sign-in. Unknown values are
// empty. Source: guide page cognito-user-pool-settings-adaptive-authentication.
type Notice struct {
	Pool *userpool.Pool
	Mail userpool.NotifyConfiguration
	// Action is the action on the sign-in: BLOCK, MFA, MFA_IF_CONFIGURED,
	// MFA_REQUIRED or NO_ACTION.
	Action            string
	To                Recipient
	EventID           string
	IPAddress         string
	City, Country     string
	Device, LoginTime string
	// The links report the sign-in as valid or invalid. They are empty if the pool
	// has no domain.
	LinkValid, LinkInvalid string
	FeedbackToken          string
}

// The default texts. Source: examples of the AWS CLI.
const (
	blockedOpening  = "We blocked an unrecognized sign-in to your account with this information:"
	mfaOpening      = "We required you to use multi-factor authentication for the following sign-in attempt:"
	observedOpening = "We observed an unrecognized sign-in to your account with this information:"

	blockedSubject  = "Blocked sign-in attempt"
	observedSubject = "New sign-in attempt"

	noticeText = "\nTime: {login-time}\nDevice: {device-name}\nLocation: {city}, {country}"
	noticeLink = "\nIf this sign-in was not by you, you should change your password and notify us by clicking on " +
		"{one-click-link-invalid}" +
		"\nIf this sign-in was by you, you can follow {one-click-link-valid} to let us know"
	noticeHTML = "\n<ul>\n<li>Time: {login-time}</li>\n<li>Device: {device-name}</li>" +
		"\n<li>Location: {city}, {country}</li>\n</ul>"
	linkHTML = "\nIf this sign-in was not by you, you should change your password and notify us by clicking on " +
		"<a href=\"{one-click-link-invalid}\">this link</a>" +
		"\nIf this sign-in was by you, you can follow <a href=\"{one-click-link-valid}\">this link</a> to let us know"
)

// Compose returns the mail. Values are escaped in HTML.
func (n Notice) Compose() userpool.Message {
	m := userpool.Message{
		PoolID: n.Pool.ID, Username: n.To.Username, Medium: userpool.Email, To: n.To.Address,
		TriggerSource: string(AccountTakeOver),
	}
	address(&m, n.sender())
	text := n.template()
	m.Subject = oneLine(n.fill(text.Subject, asIs))
	if text.HtmlBody != nil {
		m.Body = n.fill(*text.HtmlBody, html.EscapeString)
	}
	if text.TextBody != nil {
		m.Text = n.fill(*text.TextBody, asIs)
	}
	return m
}

func asIs(s string) string { return s }

// sender returns the sender of notices. Members that are not set default to
// those of the pool's other mail.
func (n Notice) sender() userpool.EmailConfiguration {
	c := n.Pool.EmailConfiguration
	if n.Mail.SourceArn != "" {
		c.SourceArn, c.From, c.EmailSendingAccount = &n.Mail.SourceArn, n.Mail.From, "DEVELOPER"
	}
	if n.Mail.ReplyTo != nil {
		c.ReplyToEmailAddress = n.Mail.ReplyTo
	}
	return c
}

func (n Notice) template() userpool.NotifyEmail {
	own, opening, subject := n.Mail.NoActionEmail, observedOpening, observedSubject
	switch {
	case n.Action == "BLOCK":
		own, opening, subject = n.Mail.BlockEmail, blockedOpening, blockedSubject
	case strings.HasPrefix(n.Action, "MFA"):
		own, opening = n.Mail.MfaEmail, mfaOpening
	}
	if own != nil {
		return *own
	}
	text, marked := opening+noticeText, opening+noticeHTML
	if n.LinkValid != "" && n.LinkInvalid != "" {
		text, marked = text+noticeLink, marked+linkHTML
	}
	marked = "<!DOCTYPE html>\n<html>\n<body>\n<pre>" + marked + "</pre>\n</body>\n</html>"
	return userpool.NotifyEmail{Subject: subject, HtmlBody: &marked, TextBody: &text}
}

// fill replaces all placeholders in one pass, so that values are not expanded.
func (n Notice) fill(template string, escape func(string) string) string {
	var pairs []string
	for _, p := range []struct{ mark, value string }{
		{"{username}", n.To.Username}, {"{ip-address}", n.IPAddress}, {"{city}", n.City}, {"{country}", n.Country},
		{"{login-time}", n.LoginTime}, {"{device-name}", n.Device}, {"{one-click-link-valid}", n.LinkValid},
		{"{one-click-link-invalid}", n.LinkInvalid}, {"{event-id}", n.EventID}, {"{feedback-token}", n.FeedbackToken},
	} {
		pairs = append(pairs, p.mark, escape(orDefault(p.value, "unknown")))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Attributes returns the userAttributes for a custom e-mail sender. Source:
// DefinitelyTyped, custom-email-sender.d.ts.
func (n Notice) Attributes() map[string]string {
	values := map[string]string{
		"EVENT_ID": n.EventID, "USER_NAME": n.To.Username, "IP_ADDRESS": n.IPAddress, "LOGIN_TIME": n.LoginTime,
		"ACCOUNT_TAKE_OVER_ACTION": n.Action, "ONE_CLICK_LINK_VALID": n.LinkValid,
		"ONE_CLICK_LINK_INVALID": n.LinkInvalid, "FEEDBACK_TOKEN": n.FeedbackToken,
	}
	for name, value := range map[string]string{"CITY": n.City, "COUNTRY": n.Country, "DEVICE_NAME": n.Device} {
		if value != "" {
			values[name] = value
		}
	}
	return values
}

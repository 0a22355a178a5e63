package deliver_test

import (
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func ptr(s string) *string { return &s }

func link(code string) string {
	return deliver.ConfirmLink("https://id.example.com", "c", "ann", code)
}

// text is the visible part of a message.
type text struct{ Subject, Body string }

func compose(p *userpool.Pool, o deliver.Occasion, medium userpool.Medium, code string) text {
	address := map[userpool.Medium]string{userpool.Email: "ann@example.com", userpool.SMS: "+15550001234"}[medium]
	m := deliver.Compose(p, o, deliver.Recipient{Username: "ann", Medium: medium, Address: address}, code, link)
	return text{m.Subject, m.Body}
}

func TestDefaultTexts(t *testing.T) {
	links := &userpool.Pool{}
	links.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
	const href = `https://id.example.com/confirmUser/?client_id=c&amp;user_name=ann&amp;confirmation_code=123456`
	for _, c := range []struct {
		name     string
		pool     *userpool.Pool
		occasion deliver.Occasion
		medium   userpool.Medium
		code     string
		want     text
	}{
		{"sign-up", &userpool.Pool{}, deliver.SignUp, userpool.Email, "123456",
			text{"Your verification code", "Your verification code is 123456. "}},
		{"sign-up by SMS", &userpool.Pool{}, deliver.SignUp, userpool.SMS, "123456",
			text{"", "Your verification code is 123456. "}},
		{"resend", &userpool.Pool{}, deliver.ResendCode, userpool.Email, "123456",
			text{"Your verification code", "Your verification code is 123456. "}},
		{"update", &userpool.Pool{}, deliver.UpdateAttribute, userpool.Email, "123456",
			text{"Your verification code", "Your verification code is 123456. "}},
		{"verify", &userpool.Pool{}, deliver.VerifyAttribute, userpool.SMS, "123456",
			text{"", "Your verification code is 123456. "}},
		{"reset", &userpool.Pool{}, deliver.ForgotPassword, userpool.Email, "123456",
			text{"Your verification code", "Your password reset code is 123456."}},
		{"reset by SMS", &userpool.Pool{}, deliver.ForgotPassword, userpool.SMS, "123456",
			text{"", "Your password reset code is 123456."}},
		{"invitation", &userpool.Pool{}, deliver.Invitation, userpool.Email, "Tmp-1",
			text{"Your temporary password", "Your username is ann and temporary password is Tmp-1. "}},
		{"invitation by SMS", &userpool.Pool{}, deliver.Invitation, userpool.SMS, "Tmp-1",
			text{"", "Your username is ann and temporary password is Tmp-1. "}},
		{"invitation without a password", &userpool.Pool{}, deliver.Invitation, userpool.Email, "",
			text{"Your username", "Your username is ann."}},
		{"MFA", &userpool.Pool{}, deliver.Authentication, userpool.Email, "123456",
			text{"Your authentication code", "Your authentication code is 123456. "}},
		{"MFA by SMS", &userpool.Pool{}, deliver.Authentication, userpool.SMS, "123456",
			text{"", "Your authentication code is 123456. "}},
		{"link at sign-up", links, deliver.SignUp, userpool.Email, "123456", text{
			"Your verification link",
			`Please click the link below to verify your email address. <a href="` + href + `">Verify Email</a> `,
		}},
		{"link at resend", links, deliver.ResendCode, userpool.Email, "123456", text{
			"Your verification link",
			`Please click the link below to verify your email address. <a href="` + href + `">Verify Email</a> `,
		}},
		{"no link by SMS", links, deliver.SignUp, userpool.SMS, "123456",
			text{"", "Your verification code is 123456. "}},
		{"no link for a reset", links, deliver.ForgotPassword, userpool.Email, "123456",
			text{"Your verification code", "Your password reset code is 123456."}},
		{"no link for an update", links, deliver.UpdateAttribute, userpool.Email, "123456",
			text{"Your verification code", "Your verification code is 123456. "}},
	} {
		if diff := cmp.Diff(c.want, compose(c.pool, c.occasion, c.medium, c.code)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestTextsOfPool(t *testing.T) {
	p := &userpool.Pool{}
	p.VerificationMessageTemplate = userpool.VerificationMessageTemplate{
		SmsMessage: ptr("sms {####}"), EmailMessage: ptr("<b>{####}</b>"), EmailSubject: ptr("subject {####}"),
		EmailMessageByLink: ptr("{##<b>here</b>##} or {##there##}"), EmailSubjectByLink: ptr("by link"),
	}
	p.SmsVerificationMessage, p.EmailVerificationMessage, p.EmailVerificationSubject = ptr("old sms {####}"),
		ptr("old {####}"), ptr("old subject")
	p.SmsAuthenticationMessage = ptr("mfa {####}")
	p.EmailMfa = &userpool.EmailMfaConfiguration{Message: ptr("mail mfa {####}"), Subject: ptr("mfa subject")}
	p.AdminCreateUserConfig.InviteMessageTemplate = &userpool.MessageTemplate{
		SMSMessage: ptr("hi {username}: {####}"), EmailMessage: ptr("dear {username}: {####}, {username}"),
		EmailSubject: ptr("welcome {username}"),
	}
	p.MfaConfiguration = "OPTIONAL"
	legacy := *p
	legacy.VerificationMessageTemplate = userpool.VerificationMessageTemplate{EmailMessage: ptr("")}
	mfaOff := *p
	mfaOff.MfaConfiguration = "OFF"
	links := *p
	links.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
	const a = `<a href="https://id.example.com/confirmUser/?client_id=c&amp;user_name=ann&amp;confirmation_code=1">`

	for _, c := range []struct {
		name     string
		pool     *userpool.Pool
		occasion deliver.Occasion
		medium   userpool.Medium
		want     text
	}{
		{"verification", p, deliver.SignUp, userpool.Email, text{"subject 1", "<b>1</b>"}},
		{"verification by SMS", p, deliver.VerifyAttribute, userpool.SMS, text{"", "sms 1"}},
		{"reset", p, deliver.ForgotPassword, userpool.Email, text{"subject 1", "<b>1</b>"}},
		{"legacy", &legacy, deliver.SignUp, userpool.Email, text{"old subject", "old 1"}},
		{"legacy by SMS", &legacy, deliver.ForgotPassword, userpool.SMS, text{"", "old sms 1"}},
		{"invitation", p, deliver.Invitation, userpool.Email, text{"welcome ann", "dear ann: 1, ann"}},
		{"invitation by SMS", p, deliver.Invitation, userpool.SMS, text{"", "hi ann: 1"}},
		{"MFA", p, deliver.Authentication, userpool.Email, text{"mfa subject", "mail mfa 1"}},
		{"MFA by SMS", p, deliver.Authentication, userpool.SMS, text{"", "mfa 1"}},
		{"sign-in code with MFA off", &mfaOff, deliver.Authentication, userpool.Email,
			text{"mfa subject", "mail mfa 1"}},
		{"sign-in code by SMS with MFA off", &mfaOff, deliver.Authentication, userpool.SMS,
			text{"", "Your authentication code is 1. "}},
		{"link", &links, deliver.SignUp, userpool.Email, text{"by link", a + "<b>here</b></a> or " + a + "there</a>"}},
	} {
		if diff := cmp.Diff(c.want, compose(c.pool, c.occasion, c.medium, "1")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPartsOfMessage(t *testing.T) {
	p := &userpool.Pool{ID: "eu-west-3_AbCdEfGhI"}
	to := deliver.Recipient{Username: "ann", Medium: userpool.Email, Address: "ann@example.com"}
	want := userpool.Message{
		PoolID: p.ID, Username: "ann", Medium: userpool.Email,
		To: "ann@example.com", From: "no-reply@verificationemail.com",
		Subject: "Your verification code", Body: "Your verification code is 123456. ", Code: "123456",
		TriggerSource: "CustomMessage_SignUp",
	}
	if diff := cmp.Diff(want, deliver.Compose(p, deliver.SignUp, to, "123456", link)); diff != "" {
		t.Error(diff)
	}
	p.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
	if m := deliver.Compose(p, deliver.SignUp, to, "123456", link); m.Link != link("123456") || m.Code != "123456" {
		t.Errorf("link %q, code %q", m.Link, m.Code)
	}
	// Without pages for links the code is sent.
	if diff := cmp.Diff(want, deliver.Compose(p, deliver.SignUp, to, "123456", nil)); diff != "" {
		t.Errorf("without pages: %s", diff)
	}
}

func TestSender(t *testing.T) {
	for _, c := range []struct {
		config        userpool.EmailConfiguration
		from, replyTo string
	}{
		{userpool.EmailConfiguration{}, "no-reply@verificationemail.com", ""},
		{userpool.EmailConfiguration{
			From: ptr("Example <id@example.com>"), ReplyToEmailAddress: ptr("help@example.com"),
		}, "Example <id@example.com>", "help@example.com"},
		{userpool.EmailConfiguration{SourceArn: ptr("arn:aws:ses:us-east-1:123456789012:identity/id@example.com")},
			"id@example.com", ""},
		{userpool.EmailConfiguration{SourceArn: ptr("arn:aws:ses:us-east-1:123456789012:identity/example.com")},
			"no-reply@verificationemail.com", ""},
		{userpool.EmailConfiguration{
			SourceArn: ptr("arn:aws:ses:us-east-1:123456789012:identity/a@example.com"), From: ptr("b@example.com"),
		}, "b@example.com", ""},
		{userpool.EmailConfiguration{
			From: ptr("a@example.com\r\nBcc: b@example.com"), ReplyToEmailAddress: ptr("c\n@example.com"),
		}, "a@example.comBcc: b@example.com", "c@example.com"},
	} {
		p := &userpool.Pool{PoolSettings: userpool.PoolSettings{EmailConfiguration: c.config}}
		m := deliver.Compose(p, deliver.SignUp, deliver.Recipient{Medium: userpool.Email}, "1", nil)
		if m.From != c.from || m.ReplyTo != c.replyTo {
			t.Errorf("from %q, reply to %q; want %q and %q", m.From, m.ReplyTo, c.from, c.replyTo)
		}
		if sms := deliver.Compose(p, deliver.SignUp, deliver.Recipient{Medium: userpool.SMS}, "1",
			nil); sms.From != "" || sms.ReplyTo != "" || sms.Subject != "" {
			t.Errorf("a text message with e-mail's members: %+v", sms)
		}
	}
}

func TestRoute(t *testing.T) {
	identity := "arn:aws:ses:eu-west-1:123456789012:identity/id@example.com"
	c := userpool.EmailConfiguration{
		SourceArn: &identity, ConfigurationSet: ptr("set"), EmailSendingAccount: "COGNITO_DEFAULT",
	}
	p := &userpool.Pool{PoolSettings: userpool.PoolSettings{
		EmailConfiguration: c, SmsConfiguration: &userpool.SmsConfiguration{SnsRegion: ptr("eu-west-1")},
	}}
	email := func() userpool.Route {
		return deliver.Compose(p, deliver.SignUp, deliver.Recipient{Medium: userpool.Email}, "1", nil).Route
	}
	if got := email(); got != (userpool.Route{ConfigurationSet: "set"}) {
		t.Errorf("with the service's own account: %+v", got)
	}
	p.EmailConfiguration.EmailSendingAccount = "DEVELOPER"
	if got := email(); got != (userpool.Route{ConfigurationSet: "set", IdentityARN: identity}) {
		t.Errorf("with the pool's identity: %+v", got)
	}
	if got := deliver.Compose(p, deliver.SignUp, deliver.Recipient{Medium: userpool.SMS}, "1",
		nil).Route; got != (userpool.Route{Region: "eu-west-1"}) {
		t.Errorf("a text message: %+v", got)
	}
}

func TestConfirmLink(t *testing.T) {
	const want = "https://id.example.com/confirmUser/?client_id=c&user_name=a%26b%3D%22+c&confirmation_code=1"
	if got := deliver.ConfirmLink("https://id.example.com", "c", `a&b=" c`, "1"); got != want {
		t.Error(got)
	}
}

// Input of users must not become markup, headers or placeholders (R8).
func TestHostileValues(t *testing.T) {
	p := &userpool.Pool{}
	p.AdminCreateUserConfig.InviteMessageTemplate = &userpool.MessageTemplate{
		SMSMessage: ptr("{username} {####}"), EmailMessage: ptr("{username} {####}"),
		EmailSubject: ptr("{username}\r\nfor you"),
	}
	to := deliver.Recipient{
		Username: "<img src=x onerror=\"a('&')\">{####}{username}\r\nBcc: eve@example.org", Medium: userpool.Email,
		Address: "a@example.com",
	}
	m := deliver.Compose(p, deliver.Invitation, to, "<&{username}{####}>", nil)
	if want := "&lt;img src=x onerror=&#34;a(&#39;&amp;&#39;)&#34;&gt;{####}{username}" +
		"\r\nBcc: eve@example.org &lt;&amp;{username}{####}&gt;"; m.Body != want {
		t.Errorf("body %q", m.Body)
	}
	if want := "<img src=x onerror=\"a('&')\">{####}{username}Bcc: eve@example.orgfor you"; m.Subject != want {
		t.Errorf("subject %q", m.Subject)
	}
	to.Medium = userpool.SMS
	if m := deliver.Compose(p, deliver.Invitation, to, "<&>", nil); m.Body != to.Username+" <&>" {
		t.Errorf("text message %q", m.Body)
	}
	// {username} is a placeholder in invitations only.
	p.VerificationMessageTemplate.EmailMessage = ptr("{username} {####} {##text##}")
	if m := compose(p, deliver.SignUp, userpool.Email, "1"); m.Body != "{username} 1 {##text##}" {
		t.Errorf("verification %q", m.Body)
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Dear {username}, {####}", "ann", "123456")
	f.Add("{{####}}{##{username}##}", "{####}", "{username}")
	f.Add("{##{####}##}", "<a>", "\r\n")
	f.Add("{##a##}{##", "\x00", "##}")
	f.Fuzz(func(t *testing.T, template, username, code string) {
		p := &userpool.Pool{}
		p.AdminCreateUserConfig.InviteMessageTemplate = &userpool.MessageTemplate{
			EmailMessage: &template, EmailSubject: &template,
		}
		to := deliver.Recipient{Username: username, Medium: userpool.Email}
		m := deliver.Compose(p, deliver.Invitation, to, code, nil)
		if strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("subject %q", m.Subject)
		}
		if template == "" {
			return
		}
		// The template between placeholders does not change.
		parts := strings.Split(template, "{####}")
		placeholder := len(parts) > 1 && !strings.Contains(template, "{##{####}")
		if placeholder && !strings.Contains(m.Body, html.EscapeString(code)) {
			t.Errorf("body %q lacks the code %q", m.Body, code)
		}
		extra := strings.Count(m.Body, "<") - strings.Count(template, "<")
		if extra != 0 {
			t.Errorf("%d tags came from values: %q", extra, m.Body)
		}
	})
}

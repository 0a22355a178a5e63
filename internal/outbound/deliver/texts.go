package deliver

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Occasion is why a message is sent, named as in the custom message trigger.
type Occasion string

// The occasions. Source: guide page user-pool-lambda-custom-message.
const (
	SignUp          Occasion = "CustomMessage_SignUp"
	ResendCode      Occasion = "CustomMessage_ResendCode"
	ForgotPassword  Occasion = "CustomMessage_ForgotPassword"
	UpdateAttribute Occasion = "CustomMessage_UpdateUserAttribute"
	VerifyAttribute Occasion = "CustomMessage_VerifyUserAttribute"
	Invitation      Occasion = "CustomMessage_AdminCreateUser"
	Authentication  Occasion = "CustomMessage_Authentication"
	// AccountTakeOver has no custom message. It is named as in the custom e-mail
	// sender trigger.
	AccountTakeOver Occasion = "CustomEmailSender_AccountTakeOverNotification"
)

// Short is the occasion without the trigger's name, such as SignUp.
func (o Occasion) Short() string {
	_, short, _ := strings.Cut(string(o), "_")
	return short
}

// Recipient is the recipient of a message.
type Recipient struct {
	Username string
	Medium   userpool.Medium
	Address  string
}

// Texts replace the pool's templates in one message. They come from the pool's
// CustomMessage function. An empty one replaces nothing.
type Texts struct{ SMS, Email, Subject string }

// Draft is the input of Compose.
type Draft struct {
	Pool     *userpool.Pool
	Occasion Occasion
	To       Recipient
	// Code is the one-time code or, for an invitation, the temporary password,
	// empty for users without one.
	Code string
	// Link returns a confirmation link. If it is nil, a pool that sends links
	// sends the code.
	Link   func(code string) string
	Custom Texts
}

// ConfirmLink returns the link of CONFIRM_WITH_LINK, below the URL of the
// pool's domain. Source: guide page
// cognito-user-pool-settings-message-customizations.
func ConfirmLink(domain, clientID, username, code string) string {
	return domain + "/confirmUser/?client_id=" + url.QueryEscape(clientID) + "&user_name=" + url.QueryEscape(username) +
		"&confirmation_code=" + url.QueryEscape(code)
}

// Compose is Draft.Compose without Texts.
func Compose(p *userpool.Pool, o Occasion, to Recipient, code string, link func(code string) string) userpool.Message {
	return Draft{Pool: p, Occasion: o, To: to, Code: code, Link: link}.Compose()
}

// Compose returns the message. E-mail bodies are HTML, with escaped values.
func (d Draft) Compose() userpool.Message {
	p, to := d.Pool, d.To
	m := userpool.Message{
		PoolID: p.ID, Username: to.Username, Medium: to.Medium, To: to.Address, Code: d.Code,
		TriggerSource: string(d.Occasion),
	}
	marks := marks{code: &d.Code, escape: func(s string) string { return s }}
	if d.Occasion == Invitation {
		marks.username = &to.Username
	}
	t := choose(p, d.Occasion, to.Medium, d.Code == "")
	if to.Medium != userpool.Email {
		m.Route.Region = region(p.SmsConfiguration)
		m.Body = marks.fill(first(t.body, &d.Custom.SMS))
		return m
	}
	address(&m, p.EmailConfiguration)
	asLink := d.Link != nil && sendsLinks(p, d.Occasion)
	if asLink {
		t = linkTemplate(p)
	}
	t = template{first(t.subject, &d.Custom.Subject), first(t.body, &d.Custom.Email)}
	m.Subject = oneLine(marks.fill(t.subject))
	marks.escape = html.EscapeString
	if asLink {
		m.Link = d.Link(d.Code)
		marks.link = &m.Link
	}
	m.Body = marks.fill(t.body)
	return m
}

// DefaultSender is the From address of mail if the pool sets none. Source:
// guide page cognito-user-pool-settings-message-customizations.
const DefaultSender = "no-reply@verificationemail.com"

// address sets the sender of the mail and its route.
func address(m *userpool.Message, c userpool.EmailConfiguration) {
	m.From, m.ReplyTo = oneLine(from(c)), oneLine(first("", c.ReplyToEmailAddress))
	m.Route.ConfigurationSet = first("", c.ConfigurationSet)
	if c.EmailSendingAccount == "DEVELOPER" {
		m.Route.IdentityARN = first("", c.SourceArn)
	}
}

// region returns the region from which the pool sends text messages.
func region(c *userpool.SmsConfiguration) string {
	if c == nil {
		return ""
	}
	return first("", c.SnsRegion)
}

// from returns the pool's From, else the address in its SourceArn.
func from(c userpool.EmailConfiguration) string {
	identity := first("", c.SourceArn)
	identity = identity[strings.LastIndexByte(identity, '/')+1:]
	if !strings.Contains(identity, "@") {
		identity = DefaultSender
	}
	return first(identity, c.From)
}

// marks are the values of the placeholders in a template. A placeholder without
// a value is not replaced.
type marks struct {
	code     *string                   // {####}
	username *string                   // {username}
	link     *string                   // {##text##}
	escape   func(value string) string // escapes a value for the text
}

var placeholder = regexp.MustCompile(`(?s)\{####\}|\{username\}|\{##(.+?)##\}`)

// fill replaces all placeholders in one pass, so that a username that looks
// like one is not expanded. The text of a link is the template's own HTML.
func (m marks) fill(template string) string {
	return placeholder.ReplaceAllStringFunc(template, func(mark string) string {
		switch {
		case mark == "{####}" && m.code != nil:
			return m.escape(*m.code)
		case mark == "{username}" && m.username != nil:
			return m.escape(*m.username)
		case strings.HasSuffix(mark, "##}") && m.link != nil:
			text := strings.TrimSuffix(strings.TrimPrefix(mark, "{##"), "##}")
			return `<a href="` + m.escape(*m.link) + `">` + text + `</a>`
		}
		return mark
	})
}

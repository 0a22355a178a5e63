package deliver

import (
	"html"
	"regexp"
	"strings"
	"time"

	"lifeguard/internal/userpool"
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
)

// longestSession is the most that AuthSessionValidity allows, and with it the
// life of a sign-in code.
const longestSession = 15 * time.Minute

// Lifetime is how long after its creation a message of the occasion can still
// be of use. Source: guide page quotas.
func (o Occasion) Lifetime() time.Duration {
	switch o {
	case ForgotPassword:
		return userpool.ResetPassword.Lifetime()
	case Authentication:
		return longestSession
	default:
		return userpool.ConfirmSignUp.Lifetime()
	}
}

// Recipient is whom a message goes to.
type Recipient struct {
	Username string
	Medium   userpool.Medium
	Address  string
}

// Compose makes the message of an occasion. code is the one-time code or, for
// an invitation, the temporary password, empty for users without one. link
// makes a confirmation link; where it is nil a pool that sends links sends the
// code. E-mail bodies are HTML, and what is put into them is escaped.
func Compose(p *userpool.Pool, o Occasion, to Recipient, code string, link func(code string) string) userpool.Message {
	m := userpool.Message{
		PoolID: p.ID, Username: to.Username, Medium: to.Medium, To: to.Address, Code: code, TriggerSource: string(o),
	}
	marks := marks{code: &code, escape: func(s string) string { return s }}
	if o == Invitation {
		marks.username = &to.Username
	}
	t := choose(p, o, to.Medium, code == "")
	if to.Medium != userpool.Email {
		m.Body = marks.fill(t.body)
		return m
	}
	m.From, m.ReplyTo = oneLine(from(p.EmailConfiguration)), oneLine(first("", p.EmailConfiguration.ReplyToEmailAddress))
	asLink := link != nil && sendsLinks(p, o)
	if asLink {
		t = linkTemplate(p)
	}
	m.Subject = oneLine(marks.fill(t.subject))
	marks.escape = html.EscapeString
	if asLink {
		m.Link = link(code)
		marks.link = &m.Link
	}
	m.Body = marks.fill(t.body)
	return m
}

// DefaultSender is whose name mail carries when the pool names nobody. Source:
// guide page cognito-user-pool-settings-message-customizations.
const DefaultSender = "no-reply@verificationemail.com"

// from is the pool's From, else the address in its SourceArn.
func from(c userpool.EmailConfiguration) string {
	identity := first("", c.SourceArn)
	identity = identity[strings.LastIndexByte(identity, '/')+1:]
	if !strings.Contains(identity, "@") {
		identity = DefaultSender
	}
	return first(identity, c.From)
}

// marks are the values of the placeholders in a template; one without a value
// stays as it is.
type marks struct {
	code     *string                   // {####}
	username *string                   // {username}
	link     *string                   // {##text##}
	escape   func(value string) string // fits a value into the text
}

var placeholder = regexp.MustCompile(`(?s)\{####\}|\{username\}|\{##(.+?)##\}`)

// fill replaces every placeholder in one pass: a username that looks like one
// is not expanded again. The text of a link is the template's own HTML.
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

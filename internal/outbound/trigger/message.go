package trigger

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The placeholders of custom messages, as captured events carry them.
const (
	CodeParameter     = "{####}"
	LinkParameter     = "{##Click Here##}"
	UsernameParameter = "{username}"
)

// linkPlaceholder is a link with any caption.
var linkPlaceholder = regexp.MustCompile(`\{##[^{}]*##\}`)

// Limits of custom messages in characters. Source: guide page
// user-pool-lambda-custom-message; API reference MessageTemplateType.
const (
	maxSMS     = 140
	maxEmail   = 20_000
	maxSubject = 140
)

// CustomMessageRequest asks for the text of a message.
type CustomMessageRequest struct {
	UserAttributes map[string]string
	ClientMetadata map[string]string
}

// CustomMessageResponse holds texts with their placeholders still in them;
// where one is empty the pool's template counts.
type CustomMessageResponse struct{ SMSMessage, EmailMessage, EmailSubject string }

func (CustomMessageRequest) serves(t userpool.Trigger) bool { return t == userpool.CustomMessage }

func (r CustomMessageRequest) event(o occasion) (any, string) {
	e := struct {
		UserAttributes    map[string]string `json:"userAttributes"`
		CodeParameter     string            `json:"codeParameter"`
		LinkParameter     string            `json:"linkParameter"`
		UsernameParameter *string           `json:"usernameParameter"`
		ClientMetadata    map[string]string `json:"clientMetadata,omitempty"`
	}{orEmpty(r.UserAttributes), CodeParameter, LinkParameter, nil, r.ClientMetadata}
	if o.Source == CustomMessageAdminCreateUser {
		name := UsernameParameter
		e.UsernameParameter = &name
	}
	return e, `{"smsMessage":null,"emailMessage":null,"emailSubject":null}`
}

func (CustomMessageRequest) answer(occ occasion, o object) CustomMessageResponse {
	r := CustomMessageResponse{o.text("smsMessage"), o.text("emailMessage"), o.text("emailSubject")}
	for _, part := range []struct {
		name, text string
		limit      int
	}{
		{"smsMessage", r.SMSMessage, maxSMS}, {"emailMessage", r.EmailMessage, maxEmail},
		{"emailSubject", r.EmailSubject, maxSubject},
	} {
		if utf8.RuneCountInString(part.text) > part.limit {
			o.reject("response." + part.name + " is too long")
		}
	}
	if r.SMSMessage != "" && !complete(occ, r.SMSMessage, false) {
		o.reject("response.smsMessage lacks a placeholder")
	}
	if r.EmailMessage != "" && !complete(occ, r.EmailMessage, links(occ)) {
		o.reject("response.emailMessage lacks a placeholder")
	}
	return r
}

// links reports whether the mail is to carry a link: only those that confirm
// a sign-up do.
func links(o occasion) bool {
	return o.Pool.VerificationMessageTemplate.DefaultEmailOption == "CONFIRM_WITH_LINK" &&
		(o.Source == CustomMessageSignUp || o.Source == CustomMessageResendCode)
}

// complete reports whether the user could go on with a text: it has the code,
// or the link where one is sent, and an invitation the name as well.
func complete(o occasion, text string, link bool) bool {
	if o.Source == CustomMessageAdminCreateUser && !strings.Contains(text, UsernameParameter) {
		return false
	}
	return strings.Contains(text, CodeParameter) || link && linkPlaceholder.MatchString(text)
}

// CustomSenderRequest hands a message over to a function that sends it. Cognito
// calls it asynchronously; whoever calls Run does so from the outbox, and an
// error means that the message is still to be sent.
type CustomSenderRequest struct {
	// Code is encrypted under the pool's key, in base64; nil in notices, which
	// have none.
	Code           *string
	ClientMetadata map[string]string
	UserAttributes map[string]string
}

func (CustomSenderRequest) serves(t userpool.Trigger) bool {
	return t == userpool.CustomEmailSender || t == userpool.CustomSMSSender
}

// event has no response: captured events of custom senders lack the member.
func (r CustomSenderRequest) event(o occasion) (any, string) {
	e := struct {
		Type           string            `json:"type"`
		Code           *string           `json:"code"`
		ClientMetadata map[string]string `json:"clientMetadata"`
		UserAttributes map[string]string `json:"userAttributes"`
	}{"customEmailSenderRequestV1", r.Code, r.ClientMetadata, orEmpty(r.UserAttributes)}
	if o.Source.Trigger() == userpool.CustomSMSSender {
		e.Type = "customSMSSenderRequestV1"
	}
	return e, ""
}

func (CustomSenderRequest) answer(occasion, object) Nothing { return Nothing{} }

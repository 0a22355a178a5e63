package trigger

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The placeholders of custom messages, as in captured events.
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

// CustomMessageRequest requests the text of a message.
type CustomMessageRequest struct {
	UserAttributes map[string]string
	ClientMetadata map[string]string
}

// CustomMessageResponse has texts with placeholders. If one is empty, the
// pool's template applies.
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

// links reports whether the mail has a link, which is so only for the
// confirmation of sign-ups.
func links(o occasion) bool {
	return o.Pool.VerificationMessageTemplate.DefaultEmailOption == "CONFIRM_WITH_LINK" &&
		(o.Source == CustomMessageSignUp || o.Source == CustomMessageResendCode)
}

// complete reports whether a text has the required placeholders: the code, or
// the link if one is sent, and in an invitation also the username.
func complete(o occasion, text string, link bool) bool {
	if o.Source == CustomMessageAdminCreateUser && !strings.Contains(text, UsernameParameter) {
		return false
	}
	return strings.Contains(text, CodeParameter) || link && linkPlaceholder.MatchString(text)
}

// CustomSenderRequest passes a message to a function that sends it. Cognito
// calls it asynchronously. Here Run is called for messages of the outbox, and
// an error means that the message was not sent.
type CustomSenderRequest struct {
	// Code is encrypted under the pool's key, in base64. It is nil in notices.
	Code           *string
	ClientMetadata map[string]string
	UserAttributes map[string]string
}

func (CustomSenderRequest) serves(t userpool.Trigger) bool {
	return t == userpool.CustomEmailSender || t == userpool.CustomSMSSender
}

// event has no response, as in captured events of custom senders.
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

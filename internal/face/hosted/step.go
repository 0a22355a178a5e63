package hosted

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
)

// step is the page of one challenge.
type step struct {
	challenge, path, title, submit string
	// factor is set for the steps of a second factor; names for those whose
	// form has the username for password managers.
	factor, names bool
	// intro is the instruction.
	intro func(*progress) string
	// fields are the inputs, besides the sealed progress.
	fields func(*progress) []field
	// response is the engine's name of the value of a single field; steps with
	// more fields have a reader.
	response string
	reader   func(url.Values, *progress) (map[string]string, string)
	// do passes the responses to the engine; nil means answerEngine.
	do func(*Pages, context.Context, *oauth.Request, *progress, map[string]string) (signin.Outcome, error)
}

// field is one input. A field with choices is a group of radio buttons.
type field struct {
	Name, Label, Type, Autocomplete, InputMode, Value string
	// ID is the id of the element, by default Name.
	ID       string
	Optional bool
	// Code is whether the value is a code of letters.
	Code bool
	// Next marks the field to fill next, which an error refers to.
	Next    bool
	Choices []choice
}

type choice struct{ Value, Label string }

// steps are the pages, by challenge.
var steps = slices.Concat(signInSteps, setupSteps)

var signInSteps = []*step{
	{
		challenge: "NEW_PASSWORD_REQUIRED", names: true,
		path: "/changePassword", title: "Change password", submit: "Send",
		intro:  text("Please enter your new password below."),
		fields: newPasswordFields, reader: readNewPassword,
	},
	codeStep("SMS_MFA", "/mfa", "SMS_MFA_CODE", sentIntro),
	codeStep("EMAIL_OTP", "/mfa/email", "EMAIL_OTP_CODE", sentIntro),
	codeStep("SOFTWARE_TOKEN_MFA", "/mfa/totp", "SOFTWARE_TOKEN_MFA_CODE",
		text("Enter the code from your authenticator app.")),
	{
		challenge: "SELECT_MFA_TYPE", factor: true,
		path: "/mfa/select", title: "Choose how to verify", submit: "Continue",
		intro: text("Choose a multi-factor authentication (MFA) method."), response: "ANSWER",
		fields: func(at *progress) []field { return choices(listed(at.Parameters["MFAS_CAN_CHOOSE"])) },
	},
}

func stepOf(challenge string) *step {
	i := slices.IndexFunc(steps, func(s *step) bool { return s.challenge == challenge })
	if i < 0 {
		return nil
	}
	return steps[i]
}

func (s *step) lifetime() time.Duration {
	if s.factor {
		return factorLifetime
	}
	return stepLifetime
}

func text(s string) func(*progress) string { return func(*progress) string { return s } }

var codeField = field{Name: "code", Label: "Code", Type: "text", Autocomplete: "one-time-code", InputMode: "numeric"}

func codeStep(challenge, path, response string, intro func(*progress) string) *step {
	return &step{
		challenge: challenge, factor: true, path: path, title: "Enter your code", submit: "Sign in", intro: intro,
		response: response,
		fields: func(*progress) []field {
			return []field{codeField}
		},
	}
}

func sentIntro(at *progress) string {
	return "We have sent a code to " + at.Parameters["CODE_DELIVERY_DESTINATION"] + ". Enter it below."
}

// factorNames are the names of the factors for users.
var factorNames = map[string]string{
	"SMS_MFA": "Text message", "SOFTWARE_TOKEN_MFA": "Authenticator app", "EMAIL_OTP": "E-mail message",
}

// listed parses a list in the parameters of a challenge: JSON text inside text.
func listed(list string) (names []string) {
	_ = json.Unmarshal([]byte(list), &names)
	return names
}

// choices returns the field that selects one of a list of factors.
func choices(names []string) []field {
	f := field{Name: "answer", Label: "Method"}
	for _, name := range names {
		label := factorNames[name]
		if label == "" {
			label = name
		}
		f.Choices = append(f.Choices, choice{name, label})
	}
	return []field{f}
}

const emptyField = "Please fill in every field."

// read returns the responses for the engine, or the error in the form.
func (s *step) read(form url.Values, at *progress) (map[string]string, string) {
	if s.reader != nil {
		return s.reader(form, at)
	}
	value := strings.TrimSpace(form.Get(s.fields(at)[0].Name))
	if value == "" {
		return nil, emptyField
	}
	return map[string]string{s.response: value}, ""
}

// attributePrefix is the prefix of attributes in NEW_PASSWORD_REQUIRED.
const attributePrefix = "userAttributes."

func requiredAttributes(at *progress) []string {
	names := listed(at.Parameters["requiredAttributes"])
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, attributePrefix)
	}
	return names
}

func attributeField(name string) string { return "requiredAttributes[" + name + "]" }

func newPasswordFields(at *progress) []field {
	fields := []field{
		{Name: "new_password", Label: "New password", Type: "password", Autocomplete: "new-password"},
		{Name: "confirm_password", Label: "Enter new password again", Type: "password", Autocomplete: "new-password"},
	}
	for _, name := range requiredAttributes(at) {
		label := strings.TrimPrefix(name, "custom:")
		first, size := utf8.DecodeRuneInString(label)
		label = string(unicode.ToUpper(first)) + strings.ReplaceAll(label[size:], "_", " ")
		fields = append(fields, field{Name: attributeField(name), Label: label, Type: "text"})
	}
	return fields
}

func readNewPassword(form url.Values, at *progress) (map[string]string, string) {
	password := form.Get("new_password")
	if password == "" {
		return nil, emptyField
	}
	if password != form.Get("confirm_password") {
		return nil, "The passwords do not match."
	}
	responses := map[string]string{"NEW_PASSWORD": password}
	for _, name := range requiredAttributes(at) {
		if v := strings.TrimSpace(form.Get(attributeField(name))); v != "" {
			responses[attributePrefix+name] = v
		}
	}
	return responses, ""
}

package hosted

import (
	"context"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Setting up a second factor is one challenge of the engine and up to three
// pages: the choice, and one for each factor that can be set up here.
const (
	setupChallenge = "MFA_SETUP"
	setupToken     = setupChallenge + "/" + string(userpool.SoftwareTokenMFA)
	setupEmail     = setupChallenge + "/" + string(userpool.EmailMFA)
	// paramSecret is a parameter of these pages: the secret for the app.
	paramSecret = "SECRET"
)

var deviceNameField = field{
	Name: "friendly_device_name", Label: "Device name (optional)", Type: "text", Optional: true,
}

var setupSteps = []*step{
	{
		challenge: setupChallenge, path: "/mfa/setup", title: "Set up a second factor", submit: "Continue",
		intro:    text("Choose a multi-factor authentication (MFA) method."),
		fields:   func(at *progress) []field { return choices(settable(at.Parameters)) },
		response: "ANSWER",
		do: func(
			p *Pages, ctx context.Context, _ *oauth.Request, at *progress, responses map[string]string,
		) (signin.Outcome, error) {
			return p.setUp(ctx, at.Session, responses["ANSWER"])
		},
	},
	{
		challenge: setupToken, path: "/mfa/setup/totp", title: "Set up authenticator app MFA", submit: "Sign in",
		intro: text("Add this secret key to your authenticator app, then enter the code that it shows."),
		fields: func(*progress) []field {
			return []field{codeField, deviceNameField}
		},
		reader: readFirstCode, do: (*Pages).verifyToken,
	},
	{
		challenge: setupEmail, path: "/mfa/setup/email", title: "Set up e-mail MFA", submit: "Send a code",
		intro: text("We will send a code to this address."),
		fields: func(*progress) []field {
			return []field{{Name: "email", Label: "E-mail address", Type: "email", Autocomplete: "email"}}
		},
		response: "EMAIL",
		do: func(
			p *Pages, ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
		) (signin.Outcome, error) {
			return p.answerEngine(ctx, q, at.atSetup(at.Session), responses)
		},
	},
}

// atSetup returns the progress at the challenge of the engine that the pages of
// the set-up belong to, with a Session.
func (at *progress) atSetup(session string) *progress {
	return &progress{PageStep: record.PageStep{Challenge: setupChallenge, Session: session, Typed: at.Typed}}
}

// settable returns the factors of MFA_SETUP that have a page. A phone number is
// set by an administrator.
func settable(parameters map[string]string) []string {
	return slices.DeleteFunc(listed(parameters["MFAS_CAN_SETUP"]), func(name string) bool {
		return name != string(userpool.SoftwareTokenMFA) && name != string(userpool.EmailMFA)
	})
}

// setUp starts the set-up of a factor.
func (p *Pages) setUp(ctx context.Context, session, factor string) (signin.Outcome, error) {
	switch userpool.Factor(factor) {
	case userpool.SoftwareTokenMFA:
		secret, session, err := p.Signin.AssociateSoftwareToken(ctx, session)
		return signin.Outcome{
			Challenge: setupToken, Session: session, Parameters: map[string]string{paramSecret: secret.Reveal()},
		}, err
	case userpool.EmailMFA:
		return signin.Outcome{Challenge: setupEmail, Session: session}, nil
	}
	return signin.Outcome{}, fault.New(fault.InvalidParameter, "This method cannot be set up here.")
}

func readFirstCode(form url.Values, _ *progress) (map[string]string, string) {
	code := strings.TrimSpace(form.Get(codeField.Name))
	if code == "" {
		return nil, emptyField
	}
	return map[string]string{codeField.Name: code, "device": strings.TrimSpace(form.Get("friendly_device_name"))}, ""
}

// verifyToken verifies the first code of the app and responds to the challenge.
func (p *Pages) verifyToken(
	ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
) (signin.Outcome, error) {
	session, err := p.Signin.VerifySoftwareToken(ctx, at.Session,
		account.FirstCode{Code: responses[codeField.Name], DeviceName: responses["device"]})
	if err != nil {
		return signin.Outcome{}, err
	}
	return p.answerEngine(ctx, q, at.atSetup(session), map[string]string{})
}

// secretOf returns the secret for an authenticator app and an address by which
// apps on the same device read it.
func secretOf(q *oauth.Request, at *progress) *secret {
	text := at.Parameters[paramSecret]
	key, err := totp.ParseSecret(text)
	if err != nil {
		return nil
	}
	return &secret{Text: text, URI: template.URL(key.URI(q.Pool.Name, at.Typed))}
}

type secret struct {
	Text string
	URI  template.URL
}

package hosted

import (
	"context"
	"net/url"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
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

// deviceName is the name of the field of the name of an app's device.
const deviceName = "friendly_device_name"

var setupSteps = []*step{
	{
		challenge: setupChallenge, path: "/mfa/setup", page: setUpPage, read: readChoice,
		do: func(
			p *Pages, ctx context.Context, _ *oauth.Request, at *progress, responses map[string]string,
		) (signin.Outcome, error) {
			return p.setUp(ctx, at.Session, responses["ANSWER"])
		},
	},
	{
		challenge: setupToken, path: "/mfa/setup/totp", page: setUpAppPage, read: readFirstCode,
		do: (*Pages).verifyToken,
	},
	{
		challenge: setupEmail, path: "/mfa/setup/email", page: setUpEmailPage,
		read: func(s scene, form url.Values) (map[string]string, *view.Problem) {
			email := typed(form, "email")
			if email == "" {
				return nil, s.empty("email")
			}
			return map[string]string{"EMAIL": email}, nil
		},
		do: func(
			p *Pages, ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
		) (signin.Outcome, error) {
			return p.answerEngine(ctx, q, at.atSetup(at.Session), responses)
		},
	},
}

func setUpPage(s scene) stepPage {
	return stepPage{
		title: s.Text("setUp.title"), icon: "shield",
		lead:  plain(s.Text("setUp.lead", "application", s.q.Client.Name)),
		parts: []view.Part{s.choices(settable(s.at.Parameters))},
	}
}

func setUpAppPage(s scene) stepPage {
	var parts []view.Part
	if secret := secretOf(s); secret != nil {
		parts = append(parts, secret)
	}
	return stepPage{
		title: s.Text("setUp.appTitle"), lead: plain(s.Text("setUp.appLead")),
		parts: append(parts, s.codeField(s.Text("setUp.appCode"), 6), &view.Input{
			Name: deviceName, Label: s.Text("setUp.device"), Hint: s.Text("setUp.deviceHint"),
			Optional: s.Text("page.optional"), Autocomplete: "off", Words: true,
		}, s.submit("setUp.turnOn")),
	}
}

func setUpEmailPage(s scene) stepPage {
	return stepPage{
		title: s.Text("setUp.emailTitle"), icon: "mail", lead: plain(s.Text("setUp.emailLead")),
		parts: []view.Part{
			&view.Input{
				Name: "email", Label: s.Text("setUp.email"), Type: "email", Autocomplete: "email", InputMode: "email",
			},
			s.submit("setUp.emailSubmit"),
		},
	}
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

func readFirstCode(s scene, form url.Values) (map[string]string, *view.Problem) {
	code := typed(form, codeName)
	if code == "" {
		return nil, s.empty(codeName)
	}
	return map[string]string{codeName: code, "device": typed(form, deviceName)}, nil
}

// verifyToken verifies the first code of the app and responds to the challenge.
func (p *Pages) verifyToken(
	ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
) (signin.Outcome, error) {
	session, err := p.Signin.VerifySoftwareToken(ctx, at.Session,
		account.FirstCode{Code: responses[codeName], DeviceName: responses["device"]})
	if err != nil {
		return signin.Outcome{}, err
	}
	return p.answerEngine(ctx, q, at.atSetup(session), map[string]string{})
}

// secretOf returns the secret for an authenticator app and an address by which
// apps on the same device read it.
func secretOf(s scene) *view.Secret {
	text := s.at.Parameters[paramSecret]
	key, err := totp.ParseSecret(text)
	if err != nil {
		return nil
	}
	return &view.Secret{
		Summary: s.Text("setUp.cannotScan"),
		Hint:    s.HTML("setUp.typeKey", "uri", key.URI(s.q.Pool.Name, s.at.Typed)), Text: text,
	}
}

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
	setupSMS       = setupChallenge + "/" + string(userpool.SMSMFA)
)

// deviceName is the name of the field of the name of an app's device, phoneName that
// of a phone number.
const (
	deviceName = "friendly_device_name"
	phoneName  = "phone_number"
)

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
		challenge: setupEmail, path: "/mfa/setup/email", page: setUpEmailPage, read: readAddress("email", "EMAIL"),
		do: (*Pages).setUpAddress,
	},
	{
		challenge: setupSMS, path: "/mfa/setup/sms", page: setUpSMSPage, read: readAddress(phoneName, "PHONE_NUMBER"),
		do: (*Pages).setUpAddress,
	},
}

func setUpPage(s scene) stepPage {
	return stepPage{
		title: s.Text("setUp.title"), icon: "shield",
		lead:  plain(s.Text("setUp.lead", "application", s.q.Client.Name)),
		parts: []view.Part{s.setUpChoices()},
	}
}

// setUpChoices are the factors that can be set up, the safest one first.
func (s scene) setUpChoices() *view.Ways {
	factors := listed(s.at.Parameters["MFAS_CAN_SETUP"])
	app := slices.Index(factors, string(userpool.SoftwareTokenMFA))
	list := s.choices(methodName, factors)
	if app >= 0 {
		way := list.Parts[app].(*view.Way)
		way.Note = s.Text("setUp.appNote")
		list.Parts = slices.Insert(slices.Delete(list.Parts, app, app+1), 0, view.Part(way))
	}
	return list
}

func setUpAppPage(s scene) stepPage {
	parts := s.secretParts()
	return stepPage{
		title: s.Text("setUp.appTitle"),
		lead:  s.HTML("setUp.appLead", "account", s.at.Typed, "service", s.q.Pool.Name),
		parts: append(parts, s.codeField(codeName, s.Text("setUp.appCode"), 6), &view.Input{
			Name: deviceName, Label: s.Text("setUp.device"), Hint: s.Text("setUp.deviceHint"),
			Optional: s.Text("page.optional"), Autocomplete: "off", Words: true,
		}, s.submit("setUp.turnOn")),
		after: s.another("setUp.another"),
	}
}

func setUpSMSPage(s scene) stepPage {
	return stepPage{
		title: s.Text("setUp.smsTitle"), icon: "message", lead: plain(s.Text("setUp.smsLead")),
		parts: []view.Part{
			&view.Input{
				Name: phoneName, Label: s.Text("setUp.phone"), Hint: s.Text("setUp.phoneHint"), Type: "tel",
				Autocomplete: "tel", InputMode: "tel",
			},
			s.submit("setUp.emailSubmit"),
		},
		after: s.another("setUp.another"),
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
		after: s.another("setUp.another"),
	}
}

// atSetup returns the progress at the challenge of the engine that the pages of
// the set-up belong to, with a Session.
func (at *progress) atSetup(session string) *progress {
	return &progress{PageStep: record.PageStep{Challenge: setupChallenge, Session: session, Typed: at.Typed}}
}

// readAddress reads the field of an address as a response of the engine.
func readAddress(field, response string) func(scene, url.Values) (map[string]string, *view.Problem) {
	return func(s scene, form url.Values) (map[string]string, *view.Problem) {
		address := typed(form, field)
		if address == "" {
			return nil, s.empty(field)
		}
		return map[string]string{response: address}, nil
	}
}

// setUpAddress has a code sent to an address.
func (p *Pages) setUpAddress(
	ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
) (signin.Outcome, error) {
	return p.answerEngine(ctx, q, at.atSetup(at.Session), responses)
}

// setUp starts the set-up of a factor.
func (p *Pages) setUp(ctx context.Context, session, factor string) (signin.Outcome, error) {
	switch userpool.Factor(factor) {
	case userpool.SoftwareTokenMFA:
		secret, session, err := p.Signin.AssociateSoftwareToken(ctx, session)
		return signin.Outcome{
			Challenge: setupToken, Session: session, Parameters: map[string]string{paramSecret: secret.Reveal()},
		}, err
	case userpool.EmailMFA, userpool.SMSMFA:
		return signin.Outcome{Challenge: setupChallenge + "/" + factor, Session: session}, nil
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

// secretParts are the QR code of the secret for an authenticator app, and the secret
// for those who cannot scan it, with an address by which apps on the same device read
// it.
func (s scene) secretParts() []view.Part {
	text := s.at.Parameters[paramSecret]
	key, err := totp.ParseSecret(text)
	if err != nil {
		return nil
	}
	uri := key.URI(s.q.Pool.Name, s.at.Typed)
	secret := &view.Secret{
		Summary: s.Text("setUp.cannotScan"), Hint: s.HTML("setUp.typeKey", "uri", uri), Text: text,
	}
	code, err := view.NewQR(uri, s.Text("setUp.qr"))
	if err != nil { // a name that is too long for a QR code
		return []view.Part{secret}
	}
	return []view.Part{code, secret}
}

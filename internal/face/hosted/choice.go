package hosted

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The pages of a first factor, where the client allows USER_AUTH. See docs/divergences
// OA-160. The engine has one
// challenge for e-mail codes; as a first factor they have a page of their own.
const (
	choiceStep   = "SELECT_CHALLENGE"
	passwordStep = string(userpool.ChoosePassword)
	emailStep    = string(userpool.ChooseEmailCode) + "/first"
	smsStep      = string(userpool.ChooseSMSCode)
	passkeyStep  = string(userpool.ChoosePasskey)
)

// The names of fields and buttons of these pages.
const (
	wayName        = "challenge"
	credentialName = "credential"
)

// The parameters of the engine for a choice.
const (
	paramAnswer     = "ANSWER"
	paramPassword   = "PASSWORD"
	paramCredential = "CREDENTIAL"
	paramOptions    = "CREDENTIAL_REQUEST_OPTIONS"
)

var choiceSteps = []*step{
	{
		challenge: choiceStep, path: "/login/choice", first: true, page: choicePage, read: readChoice,
		do: (*Pages).choose,
	},
	{
		challenge: passwordStep, path: "/login/password", first: true, page: passwordPage, read: readPassword,
		do: (*Pages).choose,
	},
	{
		challenge: emailStep, path: "/login/email", first: true, factor: true, resends: true,
		page: sentCodePage("factor.email", "mail", 8), read: readCode("EMAIL_OTP_CODE"),
	},
	{
		challenge: smsStep, path: "/login/sms", first: true, factor: true, resends: true,
		page: sentCodePage("factor.sms", "message", 8), read: readCode("SMS_OTP_CODE"),
	},
	{
		challenge: passkeyStep, path: "/login/passkey", first: true, page: passkeyPage, read: readPasskey,
		do: (*Pages).choose,
	},
}

// stepAfter returns the step for the challenge of an outcome.
func stepAfter(out signin.Outcome) string {
	if out.FirstFactor && out.Challenge == string(userpool.ChooseEmailCode) {
		return emailStep
	}
	return out.Challenge
}

// ways are the available challenges that have a page.
func ways(available []string) []string {
	return slices.DeleteFunc(slices.Clone(available), func(name string) bool {
		return name == string(userpool.ChoosePasswordSRP)
	})
}

func choicePage(s scene) stepPage {
	list := &view.Ways{}
	for _, name := range ways(s.at.Available) {
		way := &view.Way{Name: choiceName, Value: name, Text: name, Icon: "key"}
		switch userpool.Choice(name) {
		case userpool.ChoosePassword:
			way.Icon, way.Text = "lock", s.Text("choice.password")
			way.Note = s.Text("choice.passwordNote", "application", s.q.Client.Name)
		case userpool.ChoosePasskey:
			way.Icon, way.Text, way.Note = "passkey", s.Text("choice.passkey"), s.Text("choice.passkeyNote")
		case userpool.ChooseEmailCode:
			way.Icon, way.Text, way.Note = "mail", s.Text("choice.email"), s.Text("factor.emailNote")
		case userpool.ChooseSMSCode:
			way.Icon, way.Text, way.Note = "message", s.Text("choice.sms"), s.Text("factor.smsNote")
		}
		list.Parts = append(list.Parts, way)
	}
	return stepPage{title: s.Text("choice.title"), parts: []view.Part{list}, after: []view.Part{&view.Links{
		Links: []view.Link{{Address: anotherAccount(s.q), Text: s.Text("page.useAnother")}},
	}}}
}

// passwordPage has the names that the form for name and password has.
func passwordPage(s scene) stepPage {
	return stepPage{
		title: s.Text("choice.passwordTitle"), form: "cognitoSignInForm",
		parts: []view.Part{
			&view.UserName{Name: s.at.Typed}, passwordField(s.Language), signInButton(s, "signIn.submit"),
		},
	}
}

func readPassword(s scene, form url.Values) (map[string]string, *view.Problem) {
	password := form.Get("password")
	if password == "" {
		return nil, s.empty("password")
	}
	return map[string]string{paramAnswer: passwordStep, paramPassword: password}, nil
}

// passkeyPage asks for a passkey of the user. See docs/divergences OA-161.
func passkeyPage(s scene) stepPage {
	return stepPage{
		title: s.Text("passkey.title"), icon: "passkey", lead: plain(s.Text("passkey.lead")), form: "passkeyForm",
		parts: []view.Part{
			&view.Passkey{
				Name: credentialName, Call: "get", Options: s.at.Parameters[paramOptions],
				Without: s.Text("passkey.without"), Missing: s.Text("passkey.missing"),
				Failed: s.Text("passkey.failed"),
			},
			s.submit("passkey.submit"),
		},
	}
}

func readPasskey(s scene, form url.Values) (map[string]string, *view.Problem) {
	credential := form.Get(credentialName)
	if credential == "" {
		return nil, &view.Problem{Text: s.Text("passkey.without")}
	}
	return map[string]string{paramAnswer: passkeyStep, paramCredential: credential}, nil
}

// startPage begins a sign-in of the user and the devices of at. way and password may be
// empty.
func (p *Pages) startPage(
	ctx context.Context, q *oauth.Request, at *progress, way, password string,
) (signin.Outcome, error) {
	params := map[string]string{"USERNAME": at.Typed, paramPassword: password}
	if way != passwordStep || password != "" {
		params["PREFERRED_CHALLENGE"] = way
	}
	start := signin.Start{
		Pool: q.Pool, Client: q.Client, Targets: q.Targets, Params: params, Devices: at.devices,
	}
	return retryConflicts(func() (signin.Outcome, error) { return p.Signin.StartPage(ctx, start) })
}

// startByName begins a sign-in by choice. Where a password may migrate an unknown
// user, an unknown name has the page for the password.
func (p *Pages) startByName(
	ctx context.Context, q *oauth.Request, at *progress, way, password string,
) (signin.Outcome, error) {
	if password != "" {
		way = passwordStep
	}
	out, err := p.startPage(ctx, q, at, way, password)
	if errors.Is(err, fault.UserNotFound) && password == "" && signin.Migrates(q.Pool) {
		return signin.Outcome{Challenge: passwordStep, Available: []string{passwordStep}}, nil
	}
	return out, err
}

// chooseOnly responds with the only way that is available.
func (p *Pages) chooseOnly(
	ctx context.Context, q *oauth.Request, at *progress, session, way string,
) (signin.Outcome, error) {
	only := &progress{devices: at.devices, PageStep: record.PageStep{Session: session, Typed: at.Typed}}
	return retryConflicts(func() (signin.Outcome, error) {
		return p.choose(ctx, q, only, map[string]string{paramAnswer: way})
	})
}

// choose responds with a choice, alone or with its proof. The page for the password
// needs nothing of the engine. If the engine's session has ended, by time or by a
// choice on a page that the browser went back from, the sign-in begins again.
func (p *Pages) choose(
	ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
) (signin.Outcome, error) {
	way, password := responses[paramAnswer], responses[paramPassword]
	if way == passwordStep && password == "" {
		return signin.Outcome{Challenge: passwordStep, Session: at.Session}, nil
	}
	if password != "" && signin.Migrates(q.Pool) {
		return p.startPage(ctx, q, at, way, password)
	}
	choice := *at
	choice.Challenge = choiceStep
	out, err := p.answerEngine(ctx, q, &choice, responses)
	if sessionEnded(err) && responses[paramCredential] == "" {
		return p.startPage(ctx, q, at, way, password)
	}
	return out, err
}

// showChoice shows the list of first factors again.
func (p *Pages) showChoice(
	w http.ResponseWriter, r *http.Request, q *oauth.Request, at *progress, problems ...view.Problem,
) {
	p.showStep(w, r, q, &progress{opened: at.opened, PageStep: record.PageStep{
		Challenge: choiceStep, Session: at.Session, Typed: at.Typed, Available: at.Available,
	}}, problems...)
}

// anotherWay is the button that leads from a first factor to the list.
func anotherWay(s scene) []view.Part {
	if s.at.Challenge == choiceStep || len(ways(s.at.Available)) < 2 {
		return nil
	}
	return []view.Part{&view.After{Parts: []view.Part{
		&view.Button{Kind: "link", Name: anotherName, Value: "1", Text: s.Text("page.another"), Form: stepFormID},
	}}}
}

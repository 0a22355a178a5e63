package hosted

import (
	"cmp"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

// step is the page of one challenge.
type step struct {
	challenge, path string
	// first is set for the steps of a first factor, factor for those of a second factor
	// and of codes, resends for those of a code that can be sent again.
	first, factor, resends bool
	// page describes the page.
	page func(scene) stepPage
	// read returns the responses for the engine, or the error in the form.
	read func(scene, url.Values) (map[string]string, *view.Problem)
	// do passes the responses to the engine; nil means answerEngine.
	do doing
}

// doing passes responses to the engine.
type doing func(*Pages, context.Context, *oauth.Request, *progress, map[string]string) (signin.Outcome, error)

// scene is what the page of a step depends on.
type scene struct {
	*locale.Language
	q   *oauth.Request
	at  *progress
	now time.Time
	// first is whether the step is that of a first factor.
	first bool
}

func (p *Pages) scene(l *locale.Language, q *oauth.Request, at *progress) scene {
	s := stepOf(at.Challenge)
	return scene{l, q, at, p.Clock.Now(), s != nil && s.first}
}

// stepFormID is the id of the form of a step.
const stepFormID = "step"

// stepPage is the page of a step. Parts are in the form, After follow it.
type stepPage struct {
	title, icon string
	notice      string
	lead        template.HTML
	// form is the name of the form, by default cognitoStepForm.
	form         string
	parts, after []view.Part
}

// steps are the pages, by challenge.
var steps = slices.Concat(choiceSteps, signInSteps, setupSteps, sessionSteps)

var signInSteps = []*step{
	{challenge: "NEW_PASSWORD_REQUIRED", path: "/changePassword", page: newPasswordPage, read: readNewPassword},
	{
		challenge: "SMS_MFA", factor: true, resends: true, path: "/mfa",
		page: sentCodePage("factor.sms", "message", 6), read: readCode("SMS_MFA_CODE"),
	},
	{
		challenge: "EMAIL_OTP", factor: true, resends: true, path: "/mfa/email",
		page: sentCodePage("factor.email", "mail", 6), read: readCode("EMAIL_OTP_CODE"),
	},
	{
		challenge: "SOFTWARE_TOKEN_MFA", factor: true, path: "/mfa/totp", page: appCodePage,
		read: readCode("SOFTWARE_TOKEN_MFA_CODE"),
	},
	{
		challenge: "SELECT_MFA_TYPE", factor: true, path: "/mfa/select", page: selectPage,
		read: readChoice,
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

// showStep shows the page of a step, with problems in what was posted.
func (p *Pages) showStep(
	w http.ResponseWriter, r *http.Request, q *oauth.Request, at *progress, problems ...view.Problem,
) {
	sealed, err := p.sealStep(q, p.browser(w, r), at)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	s, l := stepOf(at.Challenge), p.language(r)
	here := p.scene(l, q, at)
	content := s.page(here)
	view.Refill(content.parts, r.PostForm)
	lead := content.lead
	if at.Continues != nil {
		lead = plain(l.Text("factor.stepUp")+" ") + lead
	}
	f := p.own(w, r, &view.Form{
		ID: stepFormID, Name: cmp.Or(content.form, "cognitoStepForm"), Action: q.Address(s.path),
		Parts: content.parts,
	}, sealed)
	page := view.Page{
		Title: content.title, Icon: content.icon, Lead: lead, Problems: problems,
		Notice: content.notice, Parts: append([]view.Part{f}, content.after...),
	}
	if s.first {
		page.Who = &view.Who{Name: at.Typed, Change: anotherAccount(q), ChangeText: l.Text("page.notYou")}
		page.Parts = append(page.Parts, anotherWay(here)...)
	}
	p.show(w, r, q, http.StatusOK, page)
}

// listed parses a list in the parameters of a challenge: JSON text inside text.
func listed(list string) (names []string) {
	_ = json.Unmarshal([]byte(list), &names)
	return names
}

// submit is the button of a form.
func (s scene) submit(key string) *view.Button {
	return &view.Button{Kind: "primary", Text: s.Text(key), Busy: s.Text("page.busy")}
}

// typed returns the value of a field without white space around it.
func typed(form url.Values, name string) string { return strings.TrimSpace(form.Get(name)) }

// empty is the problem of a field without a value.
func (s scene) empty(field string) *view.Problem {
	return &view.Problem{Text: s.Text("error.empty"), Fields: []string{field}}
}

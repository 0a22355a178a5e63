package hosted

import (
	"errors"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// addPasskeyPath is Amazon Cognito's. Source: guide page managed-login-endpoints.
	addPasskeyPath = "/passkeys/add"
	// addPasskeyField is a parameter of /login: the sign-in leads to that page.
	addPasskeyField = "add_passkey"
	skipName        = "skip"
	keyName         = "name"
)

// addPasskey serves the page on which a user adds a passkey. Its address has the
// parameters of an authorization request, which is granted afterwards. Without a
// session the user signs in first. See docs/divergences OA-163.
func (p *Pages) addPasskey(w http.ResponseWriter, r *http.Request) {
	if !isGet(r) {
		p.answerPasskey(w, r)
		return
	}
	q, ok := p.request(w, r)
	if !ok {
		return
	}
	session, err := p.OAuth.Session(r, q)
	switch {
	case err != nil:
		p.OAuth.Refuse(w, r, q, err)
	case session == nil:
		http.Redirect(w, r, loginWith(q, addPasskeyField), http.StatusSeeOther)
	default:
		p.offerPasskey(w, r, q, session)
	}
}

// offerPasskey shows the page. The form is sealed with the session.
func (p *Pages) offerPasskey(
	w http.ResponseWriter, r *http.Request, q *oauth.Request, session *oauth.SignIn, problems ...view.Problem,
) {
	l := p.language(r)
	holder := account.Holder{Pool: q.Pool, Client: q.Client, User: session.User}
	options, err := p.Account.StartPasskey(r.Context(), holder)
	if shown, ok := problem(l, err); ok {
		problems = []view.Problem{shown}
	} else if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	sealed, err := p.sealStep(q, p.browser(w, r), &progress{PageStep: record.PageStep{
		Challenge: addStep, Typed: session.User.Username, Continues: session.Cookie,
	}})
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	skip := &view.Button{Name: skipName, Value: "1", Text: l.Text("passkey.later")}
	parts := []view.Part{skip}
	if options != nil {
		parts = []view.Part{
			&view.Passkey{
				Name: credentialName, Call: "create", Options: string(options), Without: l.Text("passkey.addWithout"),
				Missing: l.Text("passkey.addMissing"), Failed: l.Text("passkey.addFailed"),
			},
			&view.Input{
				Name: keyName, Label: l.Text("passkey.name"), Hint: l.Text("passkey.nameHint"), Autocomplete: "off",
				Optional: l.Text("page.optional"), MaxLength: userpool.MaxPasskeyName, Words: true,
			},
			&view.Button{Kind: "primary", Text: l.Text("passkey.add")}, skip,
		}
	}
	view.Refill(parts, r.PostForm)
	p.show(w, r, q, http.StatusOK, view.Page{
		Title: l.Text("passkey.addTitle"), Icon: "passkey", Lead: plain(l.Text("passkey.addLead")), Problems: problems,
		Parts: []view.Part{p.own(w, r, &view.Form{
			Name: "passkeyAddForm", Action: q.Address(addPasskeyPath), Parts: parts,
		}, sealed)},
	})
}

// answerPasskey adds the passkey, unless the user skips that, and grants the request.
func (p *Pages) answerPasskey(w http.ResponseWriter, r *http.Request) {
	q, at, ok := p.step(w, r)
	if !ok {
		return
	}
	r = p.translate(w, r, r.PostForm)
	session, err := p.OAuth.Continue(r, q, at.Continues)
	if err == nil && session != nil && userpool.Usable(q.Client, session.User) != nil {
		session = nil
	}
	switch {
	case err != nil:
		p.OAuth.Refuse(w, r, q, err)
		return
	case session == nil:
		http.Redirect(w, r, loginWith(q, addPasskeyField), http.StatusSeeOther)
		return
	case r.PostForm.Has(langName):
		p.offerPasskey(w, r, q, session)
		return
	case r.PostForm.Has(skipName):
		p.OAuth.Grant(w, r, q, session)
		return
	}
	l, credential := p.language(r), r.PostForm.Get(credentialName)
	if credential == "" {
		p.offerPasskey(w, r, q, session, view.Problem{Text: l.Text("passkey.addWithout")})
		return
	}
	holder := account.Holder{Pool: q.Pool, Client: q.Client, User: session.User}
	err = p.Account.CompletePasskey(r.Context(), holder, []byte(credential), typed(r.PostForm, keyName))
	if shown, ok := problem(l, err); ok {
		if errors.Is(err, fault.InvalidParameter) && !errors.Is(err, userpool.PasskeyNameTooLong) {
			shown.Text = l.Text("passkey.addRefused")
		}
		p.offerPasskey(w, r, q, session, shown)
		return
	}
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	p.OAuth.Grant(w, r, q, session)
}

// ofPasskey returns what a page shows if a passkey was refused. The error of the
// engine speaks of a password.
func ofPasskey(l *locale.Language, err error, shown view.Problem) view.Problem {
	if f := fault.Of(err); f.Message == fault.IncorrectUsernameOrPassword.Message {
		shown.Text = l.Text("passkey.refused")
	}
	return shown
}

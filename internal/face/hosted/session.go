package hosted

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The steps of a browser's session. They are sealed with the session that they are
// about, and have pages of their own.
const (
	sessionStep = "SESSION"
	sessionPath = "/login/session"
	addStep     = "ADD_PASSKEY"
	signOutName = "sign_out"
)

var sessionSteps = []*step{{challenge: sessionStep, path: sessionPath}, {challenge: addStep, path: addPasskeyPath}}

// anotherField is a parameter of /login: the form is shown whatever session there is.
const anotherField = "another"

// anotherAccount returns the address of the form for another user, for the same
// request.
func anotherAccount(q *oauth.Request) string { return loginWith(q, anotherField) }

// loginWith returns the address of the first page with a parameter of this package.
func loginWith(q *oauth.Request, name string) string {
	address := q.Address("/login")
	if q.Query.Has(name) {
		return address
	}
	return address + "&" + name + "=1"
}

// showSession asks whether to continue with the session of the browser. The
// authorization endpoint continues without a question. See docs/divergences OA-162.
func (p *Pages) showSession(w http.ResponseWriter, r *http.Request, q *oauth.Request, session *oauth.SignIn) {
	sealed, err := p.sealStep(q, p.browser(w, r), &progress{PageStep: record.PageStep{
		Challenge: sessionStep, Typed: session.User.Username, Continues: session.Cookie,
	}})
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	l := p.language(r)
	name, address := display(session.User)
	p.show(w, r, q, http.StatusOK, view.Page{
		Title: l.Text("continue.title"), Lead: plain(l.Text("continue.lead", "application", q.Client.Name)),
		Parts: []view.Part{
			p.own(w, r, &view.Form{Name: "continueForm", Action: q.Address(sessionPath), Parts: []view.Part{
				&view.Way{Name: "continue", Value: "1", Face: view.Initial(name), Text: name, Note: address},
				&view.LinkButton{Text: l.Text("page.useAnother"), Address: anotherAccount(q)},
			}}, sealed),
			p.own(w, r, &view.Form{
				Name: "cognitoSignOutForm", Class: "after line", Action: q.Address(sessionPath),
				Parts: []view.Part{
					&view.Text{HTML: plain(l.Text("page.notYou"))},
					&view.Button{Kind: "link", Name: signOutName, Value: "1", Text: l.Text("continue.signOut")},
				},
			}, sealed),
		},
	})
}

// display returns how a user is called, and an address if that is another text.
func display(u *userpool.User) (name, address string) {
	address = cmp.Or(u.Attributes["email"], u.Attributes["phone_number"])
	name = cmp.Or(u.Attributes["name"], address, u.Username)
	if name == address {
		address = ""
	}
	return name, address
}

// useSession continues with the session that the page showed, or ends it.
func (p *Pages) useSession(w http.ResponseWriter, r *http.Request) {
	q, at, ok := p.step(w, r)
	if !ok {
		return
	}
	r = p.translate(w, r, r.PostForm)
	session, err := p.OAuth.Session(r, q)
	if err == nil && r.PostForm.Has(signOutName) {
		err = p.OAuth.EndSession(w, r, &oauth.Logout{Logout: record.Logout{Pool: q.Pool.ID}})
		session = nil
	}
	switch {
	case err != nil:
		p.OAuth.Refuse(w, r, q, err)
	case session == nil || !bytes.Equal(session.Cookie, at.Continues):
		http.Redirect(w, r, q.Address("/login"), http.StatusSeeOther)
	case r.PostForm.Has(langName):
		p.showSession(w, r, q, session)
	default:
		p.OAuth.Grant(w, r, q, session)
	}
}

// complete ends a sign-in: it grants the request, or offers a passkey first if the
// address asks for that.
func (p *Pages) complete(
	w http.ResponseWriter, r *http.Request, q *oauth.Request, proof *signin.Proof, continues []byte,
) {
	if !q.Query.Has(addPasskeyField) {
		p.OAuth.SignIn(w, r, q, proof, continues)
		return
	}
	if session := p.OAuth.StartSession(w, r, q, proof, continues); session != nil {
		p.offerPasskey(w, r, q, session)
	}
}

package hosted

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed page.css
	pageStyle string
	layout    = template.Must(template.New("page").Parse(pageSource))
	policy    = contentPolicy(pageStyle)
)

// contentPolicy allows the one style sheet, by its hash, and nothing else. It
// leaves form-action to pages without a form: browsers apply that to where a
// form's answer leads, which is the client, and to wherever the client leads
// from there.
func contentPolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'"
}

// page is what the template shows.
type page struct {
	Title, Intro string
	// Message is what went wrong; Again an address that begins anew.
	Message, Again string
	// Detail tells a developer why, in dev mode.
	Detail string
	Links  []Link
	Secret *secret
	Form   *form
	Style  template.CSS
}

// Link leads from a page to another address.
type Link struct{ Address, Text string }

// form posts to Action. Name and the names of hidden fields, fields and button
// are Amazon Cognito's on the first page: clients that are no browser fill it.
type form struct {
	Name, Action, CSRF, Step string
	// Sign marks the first page.
	Sign   bool
	Fields []field
	Submit string
}

func (p *Pages) show(w http.ResponseWriter, status int, shown page) {
	shown.Style = template.CSS(pageStyle)
	var body bytes.Buffer
	if err := layout.Execute(&body, shown); err != nil {
		http.Error(w, somethingBad, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	w.Header().Set("Content-Security-Policy", policy)
	if shown.Form == nil {
		w.Header().Set("Content-Security-Policy", policy+"; form-action 'none'")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// problem is the error page.
func (p *Pages) problem(w http.ResponseWriter, _ *http.Request, r *oauth.Refusal) {
	if r.Status() == http.StatusTooManyRequests {
		p.show(w, r.Status(), page{Title: "Please wait", Message: tooBusy})
		return
	}
	p.show(w, r.Status(), page{Title: "Error", Intro: pageError, Message: problemText(r), Detail: r.Detail})
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, q *oauth.Request, message string) {
	username := q.LoginHint
	if r.PostForm.Has("username") {
		username = r.PostForm.Get("username")
	}
	p.show(w, http.StatusOK, page{
		Title: "Sign in", Intro: "Sign in with your username and password", Message: message,
		Form: &form{
			Name: "cognitoSignInForm", Action: q.Address("/login"), CSRF: p.browser(w, r), Sign: true, Submit: "Sign in",
			Fields: []field{
				{Name: "username", Label: "Username", Type: "text", Autocomplete: "username", Value: username},
				{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password"},
			},
		},
	})
}

func (p *Pages) showStep(w http.ResponseWriter, r *http.Request, q *oauth.Request, at *progress, message string) {
	browser := p.browser(w, r)
	sealed, err := p.sealStep(q, browser, at)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	s := stepOf(at.Challenge)
	p.show(w, http.StatusOK, page{
		Title: s.title, Intro: s.intro(at), Message: message, Secret: secretOf(q, at),
		Form: &form{
			Name: "cognitoStepForm", Action: q.Address(s.path), CSRF: browser, Step: sealed,
			Fields: s.fields(at), Submit: s.submit,
		},
	})
}

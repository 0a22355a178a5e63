package hosted

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"

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

// contentPolicy allows the style sheet, by its hash, and nothing else. Pages with a
// form have no form-action: browsers apply that directive to the redirects that
// follow a form, which lead to the client and on from there.
func contentPolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'"
}

// page is the data of the template.
type page struct {
	Title, Intro string
	// Message is the error, Again the address to start again.
	Message, Again string
	// Facts are names and values, such as the error to report to the operator of
	// the application. Detail is the reason for the developer in dev mode.
	Facts  []fact
	Detail string
	// Access is what the user allows, Caution what the user must consider. Caution is
	// above the form if there is Access, else below it.
	Access  []string
	Caution string
	Links   []Link
	Secret  *secret
	Form    *form
	Post    *oauth.FormPost
	Style   template.CSS
}

type fact struct{ Name, Value string }

// Link is a link from a page.
type Link struct{ Address, Text string }

// form posts to Action. On the first page, Name and the names of the hidden
// fields, the fields and the button are those of Amazon Cognito: clients that
// are not browsers fill in the form.
type form struct {
	Name, Action, CSRF, Step string
	// Sign marks the first page.
	Sign bool
	// User is the user of a new password, for password managers.
	User   string
	Fields []field
	Submit string
	// Refuse is the text of a second button, which sends the field refuse.
	Refuse string
}

// prepare sets the values of the fields to those posted, except passwords and
// codes, and marks the first field without a value as the next to fill.
func (f *form) prepare(posted url.Values) {
	next := true
	for i := range f.Fields {
		at := &f.Fields[i]
		if at.ID == "" {
			at.ID = at.Name
		}
		if at.Type != "password" && at.Name != codeField.Name && posted.Has(at.Name) {
			at.Value = posted.Get(at.Name)
		}
		at.Next = next && at.Value == "" && at.Choices == nil
		next = next && !at.Next
	}
}

func (p *Pages) show(w http.ResponseWriter, status int, data page) {
	data.Style = template.CSS(pageStyle)
	var body bytes.Buffer
	if err := layout.Execute(&body, data); err != nil {
		http.Error(w, somethingBad, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	if data.Form == nil && data.Post == nil {
		w.Header().Set("Content-Security-Policy", policy+"; form-action 'none'")
	} else {
		w.Header().Set("Content-Security-Policy", policy)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// post shows the page whose button posts a response to the client. It needs no
// script, and its form has the response alone. The client learns the origin of the
// page, which the browser would otherwise send as null.
func (p *Pages) post(w http.ResponseWriter, _ *http.Request, response oauth.FormPost) {
	w.Header().Set("Referrer-Policy", "strict-origin")
	p.show(w, http.StatusOK, page{
		Title: "Almost done", Intro: "Continue to " + response.Host + ".", Post: &response,
	})
}

// problem shows the error page.
func (p *Pages) problem(w http.ResponseWriter, _ *http.Request, r *oauth.Refusal) {
	if r.Status() == http.StatusTooManyRequests {
		p.show(w, r.Status(), page{Title: "Please wait", Message: tooBusy})
		return
	}
	p.show(w, r.Status(), page{
		Title: somethingBad, Intro: pageError, Message: explanations[r.Code], Facts: []fact{{"Error", problemText(r)}},
		Detail: r.Detail,
	})
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, q *oauth.Request, message string) {
	f := &form{
		Name: "cognitoSignInForm", Action: q.Address("/login"), CSRF: p.browser(w, r), Sign: true, Submit: "Sign in",
		Fields: []field{
			{
				Name: "username", ID: "signInFormUsername", Label: "Username", Type: "text",
				Autocomplete: "username", Value: q.LoginHint,
			},
			{
				Name: "password", ID: "signInFormPassword", Label: "Password", Type: "password",
				Autocomplete: "current-password",
			},
		},
	}
	f.prepare(r.PostForm)
	p.show(w, http.StatusOK, page{
		Title: "Sign in", Intro: "Sign in with your username and password", Message: message, Form: f,
		Facts: registered(q),
	})
}

// registered names a client that no administrator has created, and the host that
// gets the response, or the whole URI if its scheme is an app's own: anyone may use
// any name.
func registered(q *oauth.Request) []fact {
	if !q.Client.Registered {
		return nil
	}
	to := q.RedirectURI
	if u, err := url.Parse(to); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		to = u.Host
	}
	return []fact{{"Application", q.Client.Name}, {"Leads to", to}}
}

func (p *Pages) showStep(w http.ResponseWriter, r *http.Request, q *oauth.Request, at *progress, message string) {
	browser := p.browser(w, r)
	sealed, err := p.sealStep(q, browser, at)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	s := stepOf(at.Challenge)
	f := &form{
		Name: "cognitoStepForm", Action: q.Address(s.path), CSRF: browser, Step: sealed, Fields: s.fields(at),
		Submit: s.submit,
	}
	if s.names {
		f.User = at.Typed
	}
	intro := s.intro(at)
	if at.Continues != nil {
		intro = stepUpReason + intro
	}
	f.prepare(r.PostForm)
	p.show(w, http.StatusOK, page{
		Title: s.title, Intro: intro, Message: message, Secret: secretOf(q, at), Form: f,
	})
}

package hosted

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

// policy allows files of this server and nothing else. Pages with a form have no
// form-action: browsers apply that directive to the redirects that follow a form,
// which lead to the client and on from there. The form that changes the language leads
// to a page of this server.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// show writes a page. q may be nil, or have only the client.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, q *oauth.Request, status int, data view.Page) {
	var body bytes.Buffer
	frame := p.frame(r, q, data)
	if err := view.Write(&body, frame, data); err != nil {
		p.OAuth.Log.ErrorContext(r.Context(), "writing a page", "error", err)
		http.Error(w, locale.English.Text("error.title"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	forms := "; form-action 'none'"
	switch {
	case view.HasForm(data.Parts):
		forms = ""
	case frame.Languages != nil:
		forms = "; form-action 'self'"
	}
	w.Header().Set("Content-Security-Policy", policy+forms)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// frame returns what surrounds a page.
func (p *Pages) frame(r *http.Request, q *oauth.Request, data view.Page) view.Frame {
	l := p.language(r)
	f := view.Frame{
		Language: l.Tag, Window: data.Title, Languages: languages(l, r, q, data), Look: p.look(r, q),
	}
	if q != nil && q.Client != nil && q.Client.Name != "" {
		f.Application = q.Client.Name
		f.Window = l.Text("page.title", "title", data.Title, "application", f.Application)
	}
	return f
}

// own makes a form one of this browser, with the sealed progress or "".
func (p *Pages) own(w http.ResponseWriter, r *http.Request, f *view.Form, step string) *view.Form {
	f.Hidden = append(f.Hidden, view.Hidden{Name: csrfField, Value: p.browser(w, r)})
	if step != "" {
		f.Hidden = append(f.Hidden, view.Hidden{Name: stepField, Value: step})
	}
	return f
}

// post shows the page whose button posts a response to the client. It needs no
// script, and its form has the response alone. The client learns the origin of the
// page, which the browser would otherwise send as null.
func (p *Pages) post(w http.ResponseWriter, r *http.Request, response oauth.FormPost) {
	w.Header().Set("Referrer-Policy", "strict-origin")
	l := p.language(r)
	f := &view.Form{Name: "responseForm", Action: response.Action, Parts: []view.Part{
		&view.Button{Kind: "primary", Text: l.Text("page.continue"), Focus: true},
	}}
	for _, field := range response.Fields {
		f.Hidden = append(f.Hidden, view.Hidden(field))
	}
	p.show(w, r, nil, http.StatusOK, view.Page{
		Title: l.Text("post.title"), Lead: plain(l.Text("post.lead", "host", response.Host)), Parts: []view.Part{f},
	})
}

// plain escapes a text for a place where HTML may be.
func plain(text string) template.HTML { return template.HTML(template.HTMLEscapeString(text)) }

// again is the link to a sign-in, or nothing if there is no address.
func again(l *locale.Language, address string) []view.Part {
	if address == "" {
		return nil
	}
	return []view.Part{&view.Stack{Parts: []view.Part{
		&view.LinkButton{Kind: "primary", Text: l.Text("page.signIn"), Address: address},
	}}}
}

// registered names a client that no administrator has created, and the host that
// gets the response, or the whole URI if its scheme is an app's own: anyone may use
// any name.
func registered(l *locale.Language, q *oauth.Request) []view.Part {
	if !q.Client.Registered {
		return nil
	}
	to := q.RedirectURI
	if u, err := url.Parse(to); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		to = u.Host
	}
	return []view.Part{&view.Facts{Facts: []view.Fact{
		{Name: l.Text("signIn.application"), Value: q.Client.Name}, {Name: l.Text("signIn.leadsTo"), Value: to},
	}}}
}

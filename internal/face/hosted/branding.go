package hosted

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// look returns the look of the pages of a client. q may be nil, or have only the
// client. If the look cannot be read, the page has ours.
func (p *Pages) look(r *http.Request, q *oauth.Request) view.Look {
	if q == nil || q.Client == nil {
		return view.Look{}
	}
	style, err := p.looks.Of(r.Context(), q.Client.PoolID, q.Client.ID)
	switch {
	case err != nil:
		p.OAuth.Log.ErrorContext(r.Context(), "reading a managed login style", "error", err)
		return view.Look{}
	case style == nil:
		return view.Look{}
	}
	return style.Look
}

// brandingFile serves the style sheet and the images of a client.
func (p *Pages) brandingFile(w http.ResponseWriter, r *http.Request) {
	_, c, err := p.OAuth.Lookup(r.Context(), r.Host, r.PathValue("client"))
	if err == nil {
		err = p.looks.Serve(w, r, c.PoolID, c.ID, r.PathValue("file"))
	}
	switch {
	case err == nil:
	case errors.Is(err, fault.ResourceNotFound):
		w.WriteHeader(http.StatusNotFound)
	default:
		p.OAuth.Log.ErrorContext(r.Context(), "serving a managed login style", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// available reports whether the client has pages. At a domain with managed login a
// client without a style has none, as at Amazon Cognito. Clients that register
// themselves need no style: no administrator has created them. It has responded if it
// returns false. See docs/divergences OA-181.
func (p *Pages) available(w http.ResponseWriter, r *http.Request, q *oauth.Request) bool {
	if q.Client.Registered {
		return true
	}
	style, err := p.looks.Of(r.Context(), q.Pool.ID, q.Client.ID)
	if err == nil && style != nil {
		return true
	}
	var version int32
	if err == nil {
		version, err = p.OAuth.LoginVersion(r.Context(), r.Host, q.Pool.ID)
	}
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return false
	}
	if version != userpool.ManagedLoginVersion {
		return true
	}
	p.unavailable(w, r, q)
	return false
}

// unavailable shows the page of a client without a style. In dev mode it says how to
// make one.
func (p *Pages) unavailable(w http.ResponseWriter, r *http.Request, q *oauth.Request) {
	l := p.language(r)
	data := view.Page{
		Title: l.Text("unavailable.title"), Icon: "alert", Tone: "bad", Lead: plain(l.Text("unavailable.lead")),
	}
	if p.OAuth.Dev {
		command := fmt.Sprintf("aws cognito-idp create-managed-login-branding --user-pool-id %s --client-id %s "+
			"--use-cognito-provided-values --endpoint-url %s", q.Pool.ID, q.Client.ID, p.Addresses.Public())
		data.Parts = []view.Part{
			&view.Text{Class: "after note", HTML: plain(l.Text("unavailable.dev"))},
			&view.Text{Class: "after secret", HTML: plain(command)},
		}
	}
	p.show(w, r, q, http.StatusForbidden, data)
}

package oauth

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
)

// responseMode is how the response to an authorization request reaches the client.
// Sources: OAuth 2.0 Multiple Response Type Encoding Practices section 2.1, OAuth
// 2.0 Form Post Response Mode. See docs/divergences OA-65.
type responseMode string

const (
	modeQuery    responseMode = "query"
	modeFragment responseMode = "fragment"
	modeFormPost responseMode = "form_post"
)

// responseModes are the modes that a request may name.
var responseModes = []responseMode{modeFormPost, modeFragment, modeQuery}

// postable matches the redirect URIs that a form can be posted to.
var postable = regexp.MustCompile(`^https?://`)

// parseMode reads response_mode. It is the first check after the redirect URI, so
// that the errors of the others are sent in the mode of the request.
func (q *Request) parseMode() error {
	mode := responseMode(q.Query.Get("response_mode"))
	switch {
	case mode == "":
		return nil
	case !slices.Contains(responseModes, mode):
		return refusal(errInvalidRequest, "invalid response_mode")
	case mode == modeQuery && responseTypes[q.Query.Get("response_type")].implicit:
		return refusal(errInvalidRequest, "tokens are not sent in a query")
	case mode == modeFormPost && !postable.MatchString(q.RedirectURI):
		return refusal(errInvalidRequest, "form_post requires an http or https redirect_uri")
	}
	q.mode = mode
	return nil
}

// respond sends a response to the client in the mode of the request, or in the
// default mode. A pushed request is answered once.
func (f *Face) respond(w http.ResponseWriter, r *http.Request, q *Request, byDefault responseMode, response []param) {
	if err := f.redeemPushed(r.Context(), q); err != nil {
		f.Refuse(w, r, nil, err)
		return
	}
	mode := q.mode
	if mode == "" {
		mode = byDefault
	}
	switch response = f.responseParams(q, response...); mode {
	case modeFormPost:
		f.post(w, r, formPost(q.RedirectURI, response))
	case modeFragment:
		redirect(w, withFragment(q.RedirectURI, response))
	default:
		redirect(w, withQuery(q.RedirectURI, response, responseNames...))
	}
}

// FormPost is a response that a page posts to the client.
type FormPost struct {
	// Action is the redirect URI, Host its host name and port.
	Action, Host string
	Fields       []FormField
}

// FormField is a hidden field.
type FormField struct{ Name, Value string }

func formPost(redirectURI string, response []param) FormPost {
	p := FormPost{Action: withoutNames(redirectURI, responseNames)}
	if u, err := url.Parse(redirectURI); err == nil {
		p.Host = u.Host
	}
	for _, member := range response {
		p.Fields = append(p.Fields, FormField{member.name, member.value})
	}
	return p
}

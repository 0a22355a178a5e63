package oauth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// logout ends the browser's session and redirects to a logout URL of the
// client, or to the sign-in page. It verifies the target first, so that a
// refused request changes nothing. Source: guide page logout-endpoint.
func (f *Face) logout(w http.ResponseWriter, r *http.Request) {
	if !allowMethods(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	query := Query(r)
	if err := CheckText(query); err != nil {
		f.Refuse(w, r, nil, err)
		return
	}
	p, c, err := f.Lookup(r.Context(), r.Host, query.Get("client_id"))
	switch {
	case query.Get("client_id") == "":
		f.problem(w, r, refusal(errInvalidRequest, missing("client_id")))
		return
	case errors.Is(err, fault.ResourceNotFound):
		f.problem(w, r, refusal(errInvalidClient, "Client does not exist."))
		return
	case err != nil:
		f.Refuse(w, r, nil, err)
		return
	}
	location, ok := logoutURL(c, query)
	if !ok {
		if location, err = f.signInAgain(r, c, query); err != nil {
			f.Refuse(w, r, nil, err)
			return
		}
	}
	if err := f.endSession(w, r, p); err != nil {
		f.Refuse(w, r, nil, err)
		return
	}
	redirect(w, location)
}

// logoutURL returns the client's logout URL that a request names, by the
// parameter of Amazon Cognito or by those of OpenID Connect RP-Initiated Logout
// section 2, which returns the state.
func logoutURL(c *userpool.Client, query url.Values) (string, bool) {
	if uris := query["logout_uri"]; len(uris) == 1 && allowedRedirect(c.LogoutURLs, uris[0]) {
		return uris[0], true
	}
	uris := query["post_logout_redirect_uri"]
	if query.Has("logout_uri") || len(uris) != 1 || !allowedRedirect(c.LogoutURLs, uris[0]) {
		return "", false
	}
	if query.Has("state") {
		return withQuery(uris[0], []param{{"state", query.Get("state")}}), true
	}
	return uris[0], true
}

// signInAgain returns the address of the sign-in page for a request with
// redirect_uri and response_type.
func (f *Face) signInAgain(r *http.Request, c *userpool.Client, query url.Values) (string, error) {
	if query.Get("redirect_uri") == "" {
		return "", refusal(errInvalidRequest, missing("redirect_uri"))
	}
	again := url.Values{}
	for _, name := range slices.Concat(requestNames, []string{"lang"}) {
		if query.Has(name) && name != "identity_provider" && name != "idp_identifier" {
			again[name] = query[name]
		}
	}
	if again.Get("scope") == "" {
		again.Set("scope", strings.Join(c.AllowedOAuthScopes, " "))
	}
	target := r.Clone(r.Context())
	target.URL = &url.URL{Path: "/login", RawQuery: again.Encode()}
	if q, err := f.Parse(target); !q.trusted() {
		return "", err
	}
	return address("/login", again), nil
}

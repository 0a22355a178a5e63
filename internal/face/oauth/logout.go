package oauth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Logout is a verified request to end the browser's session.
type Logout struct {
	record.Logout
	// opened is the sealed request that this one was read from: sealing keeps
	// the members in it that this version does not define.
	opened []byte
}

const (
	logoutType     = "logout"
	logoutLifetime = 5 * time.Minute
	// logoutField has a sealed request, in the form of the page that asks the
	// user, and in the address that a POST leads to.
	logoutField = "step"
)

// ErrLogoutExpired is returned for a sealed request that is not valid or not
// valid any more.
var ErrLogoutExpired = errors.New("the sealed logout has expired or is not valid")

// ParseLogout reads and verifies a request to end the browser's session. It
// verifies the address that the request leads to, so that a refused request
// changes nothing. Pass errors to Refuse, except ErrLogoutExpired. Sources:
// guide page logout-endpoint, OpenID Connect RP-Initiated Logout 1.0.
func (f *Face) ParseLogout(r *http.Request, parameters url.Values) (*Logout, error) {
	if err := CheckText(parameters); err != nil {
		return nil, err
	}
	names := []string{logoutField, "client_id", "logout_uri"}
	openID := openIDLogout(parameters)
	if openID {
		names = append(names, "id_token_hint", "post_logout_redirect_uri", "state")
	}
	for _, name := range names {
		if len(parameters[name]) > 1 {
			return nil, refusal(errInvalidRequest, name+" is repeated")
		}
	}
	switch {
	case parameters.Has(logoutField):
		return f.openLogout(r, parameters.Get(logoutField))
	case openID:
		return f.parseOpenIDLogout(r, parameters)
	}
	return f.parseCognitoLogout(r, parameters)
}

// openIDLogout reports whether a request is one of OpenID Connect: Amazon
// Cognito's own parameters take precedence, and a client_id alone is Amazon
// Cognito's. See docs/divergences OA-70.
func openIDLogout(parameters url.Values) bool {
	if parameters.Has("logout_uri") || parameters.Has("redirect_uri") {
		return false
	}
	return parameters.Has("id_token_hint") || parameters.Has("post_logout_redirect_uri") || !parameters.Has("client_id")
}

// parseCognitoLogout reads a request that leads to a logout URL of the client,
// or else to the sign-in page.
func (f *Face) parseCognitoLogout(r *http.Request, parameters url.Values) (*Logout, error) {
	p, c, err := f.logoutClient(r, parameters.Get("client_id"))
	if err != nil {
		return nil, err
	}
	l := &Logout{Logout: record.Logout{Pool: p.ID, Location: parameters.Get("logout_uri")}}
	if !allowedRedirect(c.LogoutURLs, l.Location) {
		l.Location, err = f.signInAgain(r, c, parameters)
	}
	return l, err
}

// parseOpenIDLogout reads a request of OpenID Connect. It leads to a page, or to
// an address that is registered for the client of the hint or of client_id.
func (f *Face) parseOpenIDLogout(r *http.Request, parameters url.Values) (*Logout, error) {
	l := &Logout{Logout: record.Logout{OpenID: true}}
	clientID, uri := parameters.Get("client_id"), parameters.Get("post_logout_redirect_uri")
	if hint := parameters.Get("id_token_hint"); hint != "" {
		verified, err := f.Tokens.VerifyHint(r.Context(), hint)
		switch {
		case err != nil:
			return nil, err
		case clientID != "" && clientID != verified.ClientID:
			return nil, refusal(errInvalidRequest, "client_id is not the audience of id_token_hint")
		}
		clientID, l.Pool, l.Sub = verified.ClientID, verified.PoolID, verified.Subject
	}
	if clientID == "" {
		if uri != "" {
			return nil, refusal(errInvalidRequest, "post_logout_redirect_uri requires id_token_hint or client_id")
		}
		return l, nil
	}
	p, c, err := f.logoutClient(r, clientID)
	switch {
	case err != nil:
		return nil, err
	case l.Pool != "" && l.Pool != p.ID:
		return nil, fault.InvalidIDTokenHint
	case uri != "" && !allowedRedirect(c.LogoutURLs, uri):
		return nil, refusal(errInvalidRequest, "post_logout_redirect_uri is not a sign-out URL of the client")
	}
	l.Pool, l.Location = p.ID, uri
	if uri != "" && parameters.Has("state") {
		l.Location = withQuery(uri, []param{{"state", parameters.Get("state")}}, "state")
	}
	return l, nil
}

// logoutClient returns the client of a logout and its pool.
func (f *Face) logoutClient(r *http.Request, id string) (*userpool.Pool, *userpool.Client, error) {
	if id == "" {
		return nil, nil, refusal(errInvalidRequest, missing("client_id"))
	}
	p, c, err := f.Lookup(r.Context(), r.Host, id)
	if errors.Is(err, fault.ResourceNotFound) {
		return nil, nil, refusal(errInvalidClient, "Client does not exist.")
	}
	return p, c, err
}

// signInAgain returns the address of the sign-in page for a request with
// redirect_uri and response_type. See docs/divergences OA-76.
func (f *Face) signInAgain(r *http.Request, c *userpool.Client, parameters url.Values) (string, error) {
	for _, name := range []string{"redirect_uri", "response_type"} {
		if parameters.Get(name) == "" {
			return "", refusal(errInvalidRequest, missing(name))
		}
	}
	again := url.Values{}
	for _, name := range slices.Concat(requestNames, []string{"lang"}) {
		if parameters.Has(name) && name != "identity_provider" && name != "idp_identifier" {
			again[name] = parameters[name]
		}
	}
	if again.Get("scope") == "" {
		again.Set("scope", strings.Join(c.AllowedOAuthScopes, " "))
	}
	target := r.Clone(r.Context())
	target.Method, target.URL = http.MethodGet, &url.URL{Path: "/login", RawQuery: again.Encode()}
	if q, err := f.Parse(target); !q.trusted() {
		return "", err
	}
	return pathWith("/login", again), nil
}

// SealLogout seals a request for the browser, which sends it back as the field
// step.
func (f *Face) SealLogout(l *Logout) (string, error) {
	payload, err := record.SealedLogout.Encode(l.Logout, l.opened)
	if err != nil {
		return "", err
	}
	sealed, err := f.sessions.SealToken(f.Entropy, seal.Token{
		Type: logoutType, Expires: f.Clock.Now().Add(logoutLifetime), Payload: payload,
	})
	if errors.Is(err, seal.ErrTooLong) {
		return "", refusal(errInvalidRequest, "state is too long")
	}
	return sealed, err
}

func (f *Face) openLogout(r *http.Request, sealed string) (*Logout, error) {
	t, err := f.sessions.OpenToken(r.Context(), sealed, seal.Token{Type: logoutType}, f.Clock.Now())
	if seal.Refused(err) {
		return nil, ErrLogoutExpired
	}
	if err != nil {
		return nil, err
	}
	l := &Logout{opened: t.Payload}
	return l, record.SealedLogout.Decode(t.Payload, &l.Logout)
}

// MustConfirm reports whether the user must confirm a request: one of OpenID
// Connect, if the browser has a session of another user than the hint names.
// Source: OpenID Connect RP-Initiated Logout 1.0 section 2. See docs/divergences
// OA-71.
func (f *Face) MustConfirm(r *http.Request, l *Logout) (bool, error) {
	if !l.OpenID {
		return false, nil
	}
	domainPool, err := f.domainPool(r)
	if err != nil {
		return false, err
	}
	sessions, err := f.openSessions(r, domainPool, l.Pool)
	return slices.ContainsFunc(sessions, func(s *openSession) bool { return l.Sub == "" || l.Sub != s.Sub }), err
}

// Redirect redirects the browser to the address that a request leads to. It
// returns false if there is none.
func (l *Logout) Redirect(w http.ResponseWriter) bool {
	if l.Location == "" {
		return false
	}
	redirect(w, l.Location)
	return true
}

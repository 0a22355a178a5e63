package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// authorize grants a request to the user of the session, or redirects to the
// sign-in page. OpenID Connect Core section 3.1.2.1 requires POST, too.
func (f *Face) authorize(w http.ResponseWriter, r *http.Request) {
	if !allowMethods(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	if err := readForm(w, r); err != nil {
		f.Refuse(w, r, nil, err)
		return
	}
	q, err := f.Parse(r)
	r = f.translate(w, r, q.Query)
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	session, err := f.session(r, q.Pool)
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	if session.usable(q, f.Clock.Now()) && session.satisfies(q) {
		f.Grant(w, r, q, session)
		return
	}
	if q.prompt("none") {
		f.Refuse(w, r, q, refusal(errLoginRequired, ""))
		return
	}
	redirect(w, q.Address("/login"))
}

// allowMethods reports whether the method is one of these, and otherwise writes
// the response.
func allowMethods(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	w.WriteHeader(http.StatusMethodNotAllowed)
	return false
}

// SignIn is the user whom a request is granted to.
type SignIn struct {
	User *userpool.User
	// AuthTime is when the user signed in, At when the user was read.
	AuthTime, At time.Time
	EventID      string
	// Provider is the identity provider that authenticated the user; empty for
	// the user pool itself.
	Provider string
	// SSOSession is the id of the SSO session, where the pool tracks sessions.
	SSOSession string
	// Cookie identifies the browser's session.
	Cookie []byte
	// Methods are the authentication methods that the user has completed.
	Methods []userpool.Method
	// DeviceKey is the key of the browser, if it is a remembered device.
	DeviceKey string
}

// assurance returns the claims acr and amr, for a request with a level. Source:
// guide page cognito-user-pools-step-up-authentication. See docs/divergences
// SI-40.
func (s *SignIn) assurance(q *Request) (acr string, amr []string) {
	switch {
	case len(q.Targets) == 0:
		return "", nil
	case s.Provider != "":
		return "", []string{string(userpool.MethodFederated)}
	}
	return q.Pool.AcrName(q.named(userpool.LevelOf(s.Methods))), userpool.AMR(s.Methods)
}

// grant returns the grant of a request to a user.
func (s *SignIn) grant(q *Request) token.Grant {
	acr, amr := s.assurance(q)
	return token.Grant{
		Pool: q.Pool, Client: q.Client, User: s.User, At: s.At, AuthTime: s.AuthTime, EventID: s.EventID,
		Scope: strings.Join(q.Scopes, " "), Nonce: q.Nonce, Source: trigger.TokenGenerationHostedAuth,
		Provider: s.Provider, SSOSession: s.SSOSession, Resource: q.resource, Audience: q.resource,
		ACR: acr, AMR: amr, InfoClaims: q.infoClaims, IDClaims: q.idClaims, DeviceKey: s.DeviceKey,
	}
}

// terms returns what is stored of a grant.
func (s *SignIn) terms(q *Request, g token.Grant) userpool.AuthorizationTerms {
	return userpool.AuthorizationTerms{
		RedirectURI: q.RedirectURI, RedirectImplied: q.Query.Get("redirect_uri") == "",
		Scopes: q.Scopes, Nonce: q.Nonce, Challenge: q.Challenge,
		AuthTime: s.AuthTime, EventID: s.EventID, Provider: s.Provider, Resource: q.resource,
		ACR: g.ACR, AMR: g.AMR, InfoClaims: q.infoClaims, IDClaims: q.idClaims,
		DeviceKey: s.DeviceKey,
	}
}

// Grant sends a code or tokens to the client, or grants the request of a device.
// Before that, it runs the PreTokenGeneration trigger, whose error is sent to the
// client instead.
func (f *Face) Grant(w http.ResponseWriter, r *http.Request, q *Request, s *SignIn) {
	if q.device != nil {
		f.approveDevice(w, r, q, s)
		return
	}
	g := s.grant(q)
	if q.essential() && g.ACR == "" {
		f.Refuse(w, r, q, errUnmet)
		return
	}
	if q.Implicit {
		g.AccessOnly = true
		f.grantTokens(w, r, q, g)
		return
	}
	code, err := f.Tokens.IssueCode(r.Context(), g, s.terms(q, g))
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	f.respond(w, r, q, modeQuery, []param{{"code", code}})
}

// grantTokens is the implicit flow, which never issues a refresh token.
func (f *Face) grantTokens(w http.ResponseWriter, r *http.Request, q *Request, g token.Grant) {
	var set token.Set
	err := f.Tokens.UseSSO(r.Context(), g)
	if err == nil {
		set, err = f.Tokens.Issue(r.Context(), g)
	}
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	var response []param
	if set.ID != "" {
		response = append(response, param{"id_token", set.ID})
	}
	response = append(response, param{"access_token", set.Access}, param{"token_type", "Bearer"},
		param{"expires_in", strconv.Itoa(int(set.ExpiresIn.Seconds()))})
	if q.strict { // RFC 6749 section 4.2.2
		response = append(response, param{"scope", set.Scope})
	}
	f.respond(w, r, q, modeFragment, response)
}

// responseParams adds the parameters of every response: the client's state,
// unchanged, and the issuer (RFC 9207), by which a client detects a response
// of another server. See docs/divergences OA-4.
func (f *Face) responseParams(q *Request, response ...param) []param {
	if q.Query.Has("state") {
		response = append(response, param{"state", q.Query.Get("state")})
	}
	return append(response, param{"iss", f.Tokens.Name(q.Pool)})
}

// Refuse ends a request with an error: a response to the client if client and
// redirect URI have been verified, else a page. q may be nil. Unless the request
// names another mode, the error is in the query, also in the implicit flow, except
// in strict pools. See docs/divergences OA-24.
func (f *Face) Refuse(w http.ResponseWriter, r *http.Request, q *Request, err error) {
	refused, _ := f.report(w, r, err)
	if refused.Code == errInvalidGrant {
		refused = &Refusal{Code: errAccessDenied, cause: refused}
	}
	if !q.trusted() {
		f.refuseOnPage(w, r, refused)
		return
	}
	var response []param
	if text := refused.Description; text != "" {
		if errors.Is(err, fault.UserLambdaValidation) {
			text += " " // clients remove it, as they remove the full stop; source: reports of redirects
		}
		response = append(response, param{"error_description", text})
	}
	mode := modeQuery
	if q.strict && responseTypes[q.Query.Get("response_type")].implicit {
		mode = modeFragment
	}
	f.respond(w, r, q, mode, append(response, param{"error", refused.Code}))
}

// refuseOnPage shows an error with a description at once. For others it
// redirects to an address that names the error code, which tests of clients
// expect.
func (f *Face) refuseOnPage(w http.ResponseWriter, r *http.Request, refused *Refusal) {
	if refused.Description != "" || refused.Status() != http.StatusBadRequest {
		f.problem(w, r, refused)
		return
	}
	query := []param{{"error", refused.Code}, {"client_id", refused.ClientID}}
	if f.Dev && refused.Detail != "" {
		sealed, err := f.sessions.SealToken(f.Entropy, seal.Token{
			Type: detailType, Expires: f.Clock.Now().Add(time.Hour),
			Payload: []byte(fault.Clip(refused.Detail, fault.MaxReason)),
		})
		if err == nil {
			query = append(query, param{"detail", sealed})
		}
	}
	redirect(w, "/error?"+encode(query))
}

// detailType is a sealed token, so that a link cannot put its own text on the
// page.
const detailType = "error-detail"

// ErrorOf returns the error that the address of the error page names. It
// accepts only the codes that refuseOnPage sends, so that a link cannot put its
// own text on the page.
func (f *Face) ErrorOf(ctx context.Context, query url.Values) *Refusal {
	refused := refusal(errInvalidRequest, "")
	switch code := query.Get("error"); code {
	case errRedirectMismatch, errUnauthorizedClient, errInvalidClient, errInvalidRequestURI, errAccessDenied:
		refused.Code = code
	}
	detail, err := f.sessions.OpenToken(ctx, query.Get("detail"), seal.Token{Type: detailType}, f.Clock.Now())
	switch {
	case err == nil:
		refused.Detail = string(detail.Payload)
	case !seal.Refused(err):
		f.Log.Error("oauth", "error", err)
	}
	return refused
}

package oauth

import (
	"context"
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

// authorize grants a request to the session's user, or shows the way to the
// sign-in page. OpenID Connect Core section 3.1.2.1 wants POST, too.
func (f *Face) authorize(w http.ResponseWriter, r *http.Request) {
	if !allowed(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	if err := readForm(w, r); err != nil {
		f.Refuse(w, r, nil, err)
		return
	}
	q, err := f.Parse(r)
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	who, err := f.session(r, q.Pool)
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	if who.usable(q, f.Clock.Now()) {
		f.Grant(w, r, q, who)
		return
	}
	if q.prompt("none") {
		f.Refuse(w, r, q, refusal(errLoginRequired, ""))
		return
	}
	redirect(w, q.Address("/login"))
}

// allowed answers other methods than these.
func allowed(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	w.WriteHeader(http.StatusMethodNotAllowed)
	return false
}

// SignedIn is who a request is granted to.
type SignedIn struct {
	User *userpool.User
	// AuthTime is when the user signed in, At when the user's state was read.
	AuthTime, At time.Time
	EventID      string
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself.
	Provider string
}

// Grant sends the browser back to the client with a code, or with tokens.
func (f *Face) Grant(w http.ResponseWriter, r *http.Request, q *Request, who *SignedIn) {
	g := token.Grant{
		Pool: q.Pool, Client: q.Client, User: who.User, At: who.At, AuthTime: who.AuthTime, EventID: who.EventID,
		Scope: strings.Join(q.Scopes, " "), Nonce: q.Nonce, Source: trigger.TokenGenerationHostedAuth,
		Provider: who.Provider,
	}
	if q.Implicit {
		f.grantTokens(w, r, q, g)
		return
	}
	code, err := f.Tokens.IssueCode(r.Context(), g, userpool.AuthorizationTerms{
		RedirectURI: q.RedirectURI, RedirectImplied: q.Query.Get("redirect_uri") == "", Scopes: q.Scopes, Nonce: q.Nonce,
		Challenge: q.Challenge, AuthTime: who.AuthTime, EventID: who.EventID, Provider: who.Provider,
	})
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	redirect(w, withQuery(q.RedirectURI, f.closing(q, param{"code", code})))
}

// grantTokens is the implicit flow, which never brings a refresh token.
func (f *Face) grantTokens(w http.ResponseWriter, r *http.Request, q *Request, g token.Grant) {
	set, err := f.Tokens.Issue(r.Context(), g)
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
	redirect(w, withFragment(q.RedirectURI, f.closing(q, response...)))
}

// closing ends a response: the client's state, as it came, and who answers
// (RFC 9207), so that no client takes one server's answer for another's.
// See docs/divergences OA-4.
func (f *Face) closing(q *Request, response ...param) []param {
	if q.Query.Has("state") {
		response = append(response, param{"state", q.Query.Get("state")})
	}
	return append(response, param{"iss", f.Tokens.Name(q.Pool)})
}

// Refuse ends a request: at the client, when client and redirect URI are
// believed, else on a page. q may be nil.
func (f *Face) Refuse(w http.ResponseWriter, r *http.Request, q *Request, err error) {
	said, status := describe(err)
	if status == http.StatusInternalServerError {
		f.Log.Error("oauth", "path", r.URL.Path, "error", err)
	} else {
		f.Log.Info("oauth refused", "path", r.URL.Path, "reason", said.Error())
	}
	if !q.believed() {
		f.refuseOnPage(w, r, said)
		return
	}
	if said.Code == errInvalidGrant {
		said = &Refusal{Code: errAccessDenied, cause: said}
	}
	var response []param
	if said.Description != "" {
		response = append(response, param{"error_description", said.Description})
	}
	redirect(w, withQuery(q.RedirectURI, f.closing(q, append(response, param{"error", said.Code})...)))
}

// refuseOnPage: what has a text of its own is shown at once, the rest under an
// address that names it, as clients' tests look for it.
func (f *Face) refuseOnPage(w http.ResponseWriter, r *http.Request, said *Refusal) {
	if said.Description != "" || said.Status() != http.StatusBadRequest {
		f.problem(w, r, said)
		return
	}
	shown := []param{{"error", said.Code}, {"client_id", said.ClientID}}
	if f.Dev && said.Detail != "" {
		sealed, err := f.sessions.SealToken(f.Entropy, seal.Token{
			Type: detailType, Expires: f.Clock.Now().Add(time.Hour), Payload: []byte(fault.Clip(said.Detail, fault.MaxReason)),
		})
		if err == nil {
			shown = append(shown, param{"detail", sealed})
		}
	}
	redirect(w, "/error?"+encode(shown))
}

// detailType is sealed, so that the page shows no text that a link made up.
const detailType = "error-detail"

// ErrorOf is the refusal that the address of the error page names. Only codes
// that refuseOnPage sends are taken: the page says nothing that a link made up.
func (f *Face) ErrorOf(ctx context.Context, query url.Values) *Refusal {
	said := refusal(errInvalidRequest, "")
	switch code := query.Get("error"); code {
	case errRedirectMismatch, errUnauthorizedClient, errInvalidClient:
		said.Code = code
	}
	detail, err := f.sessions.OpenToken(ctx, query.Get("detail"), seal.Token{Type: detailType}, f.Clock.Now())
	switch {
	case err == nil:
		said.Detail = string(detail.Payload)
	case !seal.Refused(err):
		f.Log.Error("oauth", "error", err)
	}
	return said
}

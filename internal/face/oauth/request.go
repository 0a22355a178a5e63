package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Request is an authorization request.
type Request struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	// Query is what the client sent; pages pass it on unchanged, or carried in its
	// place.
	Query       url.Values
	carried     url.Values
	RedirectURI string
	// Implicit requests tokens without a code.
	Implicit  bool
	Scopes    []string
	Challenge string
	Nonce     string
	LoginHint string
	// provider is the identity provider that the request names, or empty.
	provider string
	prompts  []string
	// mode is the response mode that the request names, or empty.
	mode responseMode
	// Targets are the assurance levels that the request asks for, in order.
	Targets []userpool.Level
	// acr is what claims asks of the claim acr; nil if it does not name it.
	acr *acrClaim
	// maxAge is the maximum age of a session; negative means any.
	maxAge time.Duration
	// resource is what the access token is to be bound to, or empty.
	resource string
	// pushed and device are what the request stands for, or nil.
	pushed *pushedRequest
	device *DeviceRequest
	// strict is whether the pool follows OpenID Connect strictly.
	strict bool
	// subject is the sub of the user whom id_token_hint or claims names, or empty.
	subject string
	// infoClaims and idClaims are the attributes that claims names.
	infoClaims, idClaims []string
}

// trusted reports whether client and redirect URI have been verified, so that
// errors may be sent to the client.
func (q *Request) trusted() bool { return q != nil && q.RedirectURI != "" }

// requestNames are the parameters that a request may have once.
var requestNames = []string{
	"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "identity_provider", "idp_identifier", "login_hint", "max_age", "acr_values", "response_mode",
}

// Parse reads and verifies an authorization request. With an error it returns
// as much of the request as was verified: pass both to Refuse. Client and
// redirect URI are verified first, so that no error is sent to an unknown
// address.
func (f *Face) Parse(r *http.Request) (*Request, error) {
	query := Query(r)
	if r.Method == http.MethodPost && r.PostForm != nil && !query.Has("client_id") {
		query = r.PostForm
	}
	q := &Request{Query: query, maxAge: -1}
	if query.Has(deviceParam) {
		return q, f.parseDevice(r, q)
	}
	if err := f.openPushed(r, q); err != nil {
		return q, err
	}
	return q, f.parse(r.Context(), r.Host, q)
}

// parse reads and verifies the parameters of a request.
func (f *Face) parse(ctx context.Context, host string, q *Request) error {
	if err := f.parseClient(ctx, host, q); err != nil {
		return err
	}
	for _, step := range []func(*Request) error{
		(*Request).readObject, (*Request).parseMode, (*Request).parseText, (*Request).refuseObject,
		(*Request).parseOnce, (*Request).parseType, (*Request).parseChallenge, (*Request).parsePrompt,
		(*Request).parseProvider, (*Request).parseResource, (*Request).parseClaims,
	} {
		if err := step(q); err != nil {
			return err
		}
	}
	if err := f.parseLevels(q); err != nil {
		return err
	}
	if err := f.parseHint(ctx, q); err != nil {
		return err
	}
	return f.parseScopes(ctx, q)
}

// parseClient verifies client and redirect URI. It sets the latter only if both
// are valid.
func (f *Face) parseClient(ctx context.Context, host string, q *Request) error {
	id := q.Query.Get("client_id")
	page := func(code, description string) error {
		return &Refusal{Code: code, Description: description, ClientID: id}
	}
	why := func(code, format string, args ...any) error {
		return &Refusal{Code: code, ClientID: id, Detail: fmt.Sprintf(format, args...)}
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(q.Query[name]) > 1 {
			return why(errInvalidRequest, "The request names %s more than once.", name)
		}
	}
	if id == "" {
		return page(errInvalidRequest, missing("client_id"))
	}
	var err error
	q.Pool, q.Client, err = f.Lookup(ctx, host, id)
	switch {
	case errors.Is(err, fault.ResourceNotFound):
		return page(errInvalidClient, "Client does not exist.")
	case err != nil:
		return err
	case !q.Client.AllowedOAuthFlowsUserPoolClient:
		return why(errUnauthorizedClient, "AllowedOAuthFlowsUserPoolClient of the client is false.")
	case len(q.Client.SupportedIdentityProviders) == 0:
		return why(errUnauthorizedClient, "SupportedIdentityProviders of the client is empty.")
	}
	if err := f.readDocument(ctx, q); err != nil {
		return err
	}
	if q.strict, err = f.strictOIDC(ctx, q.Pool.ID); err != nil {
		return err
	}
	uri := q.Query.Get("redirect_uri")
	if uri == "" && !q.strict {
		uri = impliedRedirect(q.Client)
	}
	if uri == "" {
		return page(errInvalidRequest, missing("redirect_uri"))
	}
	if !allowedRedirect(q.Client.CallbackURLs, uri) && !allowedLoopback(q.Client, uri) {
		return why(errRedirectMismatch, "redirect_uri is %q; CallbackURLs of the client are %q.",
			fault.Clip(uri, fault.MaxReason/2), q.Client.CallbackURLs)
	}
	q.RedirectURI = uri
	return nil
}

// impliedRedirect returns the redirect URI of a request without redirect_uri,
// for a client with one identity provider: its default redirect URI or its only
// callback URL. Source: guide page user-pool-settings-client-apps, "Default
// redirect URI".
func impliedRedirect(c *userpool.Client) string {
	switch {
	case len(c.SupportedIdentityProviders) != 1:
		return ""
	case c.DefaultRedirectURI != nil:
		return *c.DefaultRedirectURI
	case len(c.CallbackURLs) == 1:
		return c.CallbackURLs[0]
	}
	return ""
}

func (q *Request) parseText() error { return CheckText(q.Query) }

func (q *Request) parseOnce() error {
	for _, name := range requestNames {
		if len(q.Query[name]) > 1 {
			return refusal(errInvalidRequest, name+" is repeated")
		}
	}
	for _, name := range strictNames {
		if q.strict && len(q.Query[name]) > 1 {
			return refusal(errInvalidRequest, name+" is repeated")
		}
	}
	q.Nonce, q.LoginHint = q.Query.Get("nonce"), q.Query.Get("login_hint")
	return nil
}

// responseType is a value of response_type.
type responseType struct {
	// flow is the OAuth flow that the client must be allowed.
	flow string
	// grantType is the name of the flow in the discovery document.
	grantType string
	// implicit is whether tokens are issued without a code.
	implicit bool
}

var responseTypes = map[string]responseType{
	"code":  {flow: userpool.FlowCode, grantType: "authorization_code"},
	"token": {flow: userpool.FlowImplicit, grantType: "implicit", implicit: true},
}

func (q *Request) parseType() error {
	text := q.Query.Get("response_type")
	t, ok := responseTypes[text]
	switch {
	case !ok && q.strict && text != "":
		return refusal(errUnsupportedResponseType, "")
	case !ok:
		return refusal(errInvalidRequest, "invalid response_type")
	case !q.Client.AllowsOAuth(t.flow):
		return refusal(errUnauthorizedClient, "")
	}
	q.Implicit = t.implicit
	return nil
}

const challengeMethod = "S256"

// challengeForm is the form of an S256 challenge: a SHA-256 in base64url.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

func (q *Request) parseChallenge() error {
	method, challenge := q.Query.Get("code_challenge_method"), q.Query.Get("code_challenge")
	switch {
	case method == "" && challenge == "" && userpool.MetadataURL(q.Client.ID):
		return refusal(errInvalidRequest, "code_challenge is required")
	case method == "" && challenge == "":
		return nil
	case method == "" || challenge == "":
		return refusal(errInvalidRequest, "code_challenge and code_challenge_method must be given together")
	case method != challengeMethod:
		return refusal(errInvalidRequest, "code_challenge_method must be S256")
	case !challengeForm.MatchString(challenge):
		return refusal(errInvalidRequest, "invalid code_challenge")
	}
	q.Challenge = challenge
	return nil
}

// parsePrompt ignores unknown values: clients send "null".
func (q *Request) parsePrompt() error {
	q.prompts = strings.Fields(q.Query.Get("prompt"))
	if slices.Contains(q.prompts, "none") && len(q.prompts) > 1 {
		return refusal(errInvalidRequest, "prompt none stands alone")
	}
	if age := q.Query.Get("max_age"); age != "" {
		seconds, err := strconv.Atoi(age)
		if err != nil || seconds < 0 {
			return refusal(errInvalidRequest, "invalid max_age")
		}
		q.maxAge = time.Duration(min(seconds, int(maxSession/time.Second))) * time.Second
	}
	return nil
}

func (q *Request) prompt(value string) bool { return slices.Contains(q.prompts, value) }

// parseProvider accepts the pool's own users only: other identity providers are
// not implemented. See docs/divergences NY-1.
func (q *Request) parseProvider() error {
	q.provider = q.Query.Get("identity_provider")
	provider := cmp.Or(q.provider, userpool.LocalProvider)
	if provider != userpool.LocalProvider || q.Query.Get("idp_identifier") != "" || !q.Client.Supports(provider) {
		return refusal(errInvalidRequest, "Login option is not available. Please try another one")
	}
	return nil
}

// parseScopes grants a request without scopes all of the client's. A scope that
// no resource server defines any more is left out. Source: guide page
// cognito-user-pools-define-resource-servers.
func (f *Face) parseScopes(ctx context.Context, q *Request) error {
	wanted := scopesOf(q.Query.Get("scope"))
	if len(wanted) == 0 {
		wanted = q.Client.AllowedOAuthScopes
	} else if needOpenID(wanted) {
		return refusal(errInvalidScope, "email, phone and profile need openid")
	}
	scopes, err := f.grantable(ctx, q.Client, wanted, scopeRules{notAllowed: errInvalidScope, strict: q.strict})
	q.Scopes = scopes
	return err
}

// scopesOf returns the scopes of a request. offline_access has no effect: whether
// there is a refresh token depends on the grant type alone. Source: guide page
// token-endpoint.
func scopesOf(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(scope string) bool { return scope == "offline_access" })
}

func needOpenID(scopes []string) bool {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	return !has(userpool.ScopeOpenID) &&
		(has(userpool.ScopeEmail) || has(userpool.ScopePhone) || has(userpool.ScopeProfile))
}

// scopeRules say what follows from scopes that a client may not have.
type scopeRules struct {
	// notAllowed is the error code for a scope that exists.
	notAllowed string
	// strict ignores a scope that does not exist, and knows the scope address.
	// Source: OpenID Connect Core section 3.1.2.1.
	strict bool
}

// grantable returns the scopes to grant. It leaves out those of the client that no
// resource server defines any more. A scope that the client may not have is an
// error: that of the rules if it exists, else invalid_scope.
func (f *Face) grantable(
	ctx context.Context, c *userpool.Client, wanted []string, rules scopeRules,
) (scopes []string, err error) {
	var custom []string
	if slices.ContainsFunc(wanted, userpool.CustomScope) {
		if custom, err = f.customScopes(ctx, c.PoolID); err != nil {
			return nil, err
		}
	}
	for _, scope := range wanted {
		known := !userpool.CustomScope(scope) || slices.Contains(custom, scope)
		if scope == userpool.ScopeAddress {
			known = rules.strict
		}
		switch allowed := slices.Contains(c.AllowedOAuthScopes, scope); {
		case !allowed && known:
			return nil, refusal(rules.notAllowed, "")
		case !allowed && !rules.strict:
			return nil, refusal(errInvalidScope, "")
		case known && !slices.Contains(scopes, scope):
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) == 0 {
		return nil, refusal(errInvalidScope, "")
	}
	return scopes, nil
}

func (f *Face) customScopes(ctx context.Context, poolID string) (names []string, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		servers, err := store.ResourceServers.All(tx, poolID)
		names = userpool.CustomScopesOf(servers)
		return err
	})
	return names, err
}

package oauth

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxMetadata is the limit of the body of a registration.
const maxMetadata = 64 << 10

// poolParam is the parameter of an address that names the pool where the client
// does not: in a registration, and with a client id metadata document. The
// addresses in the discovery document have it. See docs/divergences OA-130.
const poolParam = "user_pool_id"

// registered is the response to a registration (RFC 7591 section 3.2.1).
type registered struct {
	ClientID      string   `json:"client_id"`
	IssuedAt      int64    `json:"client_id_issued_at"`
	Secret        string   `json:"client_secret,omitempty"`
	SecretExpires *int64   `json:"client_secret_expires_at,omitempty"`
	Name          string   `json:"client_name"`
	RedirectURIs  []string `json:"redirect_uris,omitempty"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	Scope         string   `json:"scope"`
}

// register is the endpoint of dynamic client registration (RFC 7591). The pool is
// that of the initial access token, of the domain or of the address.
func (f *Face) register(w http.ResponseWriter, r *http.Request) {
	c, m, err := f.registerClient(w, r)
	if err != nil {
		f.refuseRegistration(w, r, err)
		return
	}
	f.Log.Info("client registered", "pool", c.PoolID, "client", c.ID)
	response := registered{
		ClientID: c.ID, IssuedAt: c.Created.Unix(), Name: c.Name, RedirectURIs: c.CallbackURLs,
		GrantTypes: []string{"client_credentials"}, ResponseTypes: []string{},
		AuthMethod: m.AuthMethod, Scope: strings.Join(c.AllowedOAuthScopes, " "),
	}
	if c.AllowsOAuth(userpool.FlowCode) {
		response.GrantTypes, response.ResponseTypes = []string{"authorization_code", "refresh_token"}, []string{"code"}
	}
	if c.Confidential() {
		response.Secret, response.SecretExpires = c.Secrets[0].Value.Reveal(), new(int64)
	}
	f.answer(w, http.StatusCreated, response)
}

func (f *Face) registerClient(
	w http.ResponseWriter, r *http.Request,
) (*userpool.Client, appclient.Metadata, error) {
	in := appclient.Registration{Open: r.Header.Get("Authorization") == ""}
	var err error
	if in.PoolID, err = f.namedPool(r); err != nil {
		return nil, in.Metadata, err
	}
	if !in.Open {
		if in.PoolID, err = f.initialAccess(r, in.PoolID); err != nil {
			return nil, in.Metadata, err
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMetadata))
	if err != nil {
		return nil, in.Metadata, &Refusal{Code: errInvalidMetadata, cause: errors.New("the body cannot be read")}
	}
	if in.Metadata, err = appclient.ParseMetadata(body); err != nil {
		return nil, in.Metadata, err
	}
	c, err := f.Registrar.Register(r.Context(), in)
	if errors.Is(err, fault.AccessDenied) || errors.Is(err, fault.LimitExceeded) {
		err = &Refusal{Code: errAccessDenied, Description: fault.Of(err).Message, cause: err}
	}
	return c, in.Metadata, err
}

// namedPool returns the id of the pool of the domain, else that in the address; or
// "". It may not exist.
func (f *Face) namedPool(r *http.Request) (string, error) {
	id, err := f.domainPool(r)
	if err == nil && id == "" {
		id = Query(r).Get(poolParam)
	}
	return id, err
}

// initialAccess returns the pool of a valid initial access token. It must be the
// named one, if there is one.
func (f *Face) initialAccess(r *http.Request, named string) (string, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refusal(errInvalidToken, "")
	}
	p, err := f.Tokens.AuthorizeRegistration(r.Context(), text)
	switch {
	case errors.Is(err, fault.AccessTokenLacksScopes):
		return "", &Refusal{Code: errInsufficientScope, cause: err}
	case fault.Of(err) != nil:
		return "", &Refusal{Code: errInvalidToken, cause: err}
	case err != nil:
		return "", err
	case named != "" && named != p.ID:
		return "", &Refusal{Code: errInvalidToken, cause: errors.New("the token is of another pool")}
	}
	return p.ID, nil
}

// refuseRegistration is answerError with the statuses of RFC 6750 for a token that
// is missing or not valid, and of 403 for a registration that is not allowed.
func (f *Face) refuseRegistration(w http.ResponseWriter, r *http.Request, err error) {
	refused, status := f.report(w, r, err)
	switch refused.Code {
	case errInvalidToken:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case errInsufficientScope:
		status = http.StatusForbidden
		w.Header().Set("WWW-Authenticate",
			`Bearer error="insufficient_scope", scope="`+userpool.ScopeRegister+`"`)
	case errAccessDenied:
		status = http.StatusForbidden
	}
	f.answerRefusal(w, status, refused)
}

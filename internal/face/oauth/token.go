package oauth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// grant is a request of one grant type; each type has its own file. The
// endpoint authenticates the client and holds a slot of the admission limit,
// then calls the methods in this order. An error ends the request.
type grant interface {
	// permit returns an error if the client may not use the grant type.
	permit(*userpool.Client) error
	// read takes the parameters from the form.
	read(url.Values) error
	// issue makes the tokens.
	issue(context.Context, *Face, caller) (token.Set, error)
}

// caller is an authenticated client and its pool.
type caller struct {
	pool   *userpool.Pool
	client *userpool.Client
	// strict is whether the pool follows OpenID Connect strictly.
	strict bool
}

// grants has a constructor for each grant type of the endpoint; the discovery
// document lists them, that of devices if the pool has it on.
var grants = map[string]func() grant{
	"authorization_code": func() grant { return new(codeGrant) },
	"refresh_token":      func() grant { return new(refreshGrant) },
	"client_credentials": func() grant { return new(clientGrant) },
	deviceGrantType:      func() grant { return new(deviceGrant) },
}

// tokens is the response, with its members in the order of the guide.
type tokens struct {
	ID        string `json:"id_token,omitempty"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token,omitempty"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
	// Scope is sent by strict pools (RFC 6749 section 5.1).
	Scope string `json:"scope,omitempty"`
}

// token authenticates the client before it reads the grant, so that a client
// that tries its secret in two places does not consume the code.
func (f *Face) token(w http.ResponseWriter, r *http.Request) {
	set, err := f.grant(w, r)
	if err != nil {
		f.answerError(w, r, err)
		return
	}
	f.answer(w, http.StatusOK, tokens{
		ID: set.ID, Access: set.Access, Refresh: set.Refresh, ExpiresIn: int(set.ExpiresIn.Seconds()), Type: "Bearer",
		Scope: set.Scope,
	})
}

func (f *Face) grant(w http.ResponseWriter, r *http.Request) (token.Set, error) {
	form, err := backForm(w, r)
	if err != nil {
		return token.Set{}, err
	}
	var c caller
	if c.pool, c.client, err = f.authenticate(r, form); err != nil {
		return token.Set{}, err
	}
	if c.strict, err = f.strictOIDC(r.Context(), c.pool.ID); err != nil {
		return token.Set{}, err
	}
	kind := form.Get("grant_type")
	if kind == "" {
		return token.Set{}, refusal(errInvalidRequest, "")
	}
	makeGrant, ok := grants[kind]
	if !ok {
		return token.Set{}, refusal(errUnsupportedGrantType, "")
	}
	g := makeGrant()
	if err := g.permit(c.client); err != nil {
		return token.Set{}, err
	}
	if err := g.read(form); err != nil {
		return token.Set{}, err
	}
	set, err := g.issue(r.Context(), f, c)
	if !c.strict {
		set.Scope = ""
	}
	return set, err
}

// requireFlow returns an error if the client may not use the OAuth flow.
// Source: responses of the service to client_credentials, in
// terraform-provider-aws#34945 and boto3#3916.
func requireFlow(c *userpool.Client, flow string) error {
	switch {
	case !c.AllowedOAuthFlowsUserPoolClient:
		return refusal(errInvalidGrant, "")
	case !c.AllowsOAuth(flow):
		return refusal(errUnauthorizedClient, "")
	}
	return nil
}

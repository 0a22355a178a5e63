package oauth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// asking is an authenticated client that asks for tokens.
type asking struct {
	pool   *userpool.Pool
	client *userpool.Client
	form   url.Values
}

// grants are the grant types, a file each.
var grants = map[string]func(*Face, context.Context, asking) (token.Set, error){
	"authorization_code": (*Face).codeGrant,
	"refresh_token":      (*Face).refreshGrant,
	"client_credentials": (*Face).clientGrant,
}

// tokens is the answer. Its members are in the order of the guide's samples.
type tokens struct {
	ID        string `json:"id_token,omitempty"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token,omitempty"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
}

// token authenticates the client before it looks at the grant: a code survives
// a client that tries its secret in two places.
func (f *Face) token(w http.ResponseWriter, r *http.Request) {
	set, err := f.grant(w, r)
	if err != nil {
		f.answerError(w, r, err)
		return
	}
	f.answer(w, http.StatusOK, tokens{
		ID: set.ID, Access: set.Access, Refresh: set.Refresh, ExpiresIn: int(set.ExpiresIn.Seconds()), Type: "Bearer",
	})
}

func (f *Face) grant(w http.ResponseWriter, r *http.Request) (token.Set, error) {
	form, err := backForm(w, r)
	if err != nil {
		return token.Set{}, err
	}
	a := asking{form: form}
	if a.pool, a.client, err = f.authenticate(r, form); err != nil {
		return token.Set{}, err
	}
	kind := form.Get("grant_type")
	if kind == "" {
		return token.Set{}, refusal(errInvalidRequest, "")
	}
	grant, ok := grants[kind]
	if !ok {
		return token.Set{}, refusal(errUnsupportedGrantType, "")
	}
	// Clients of the native API refresh here, too. Source: answers of the service
	// to client_credentials, in terraform-provider-aws#34945 and boto3#3916.
	if !a.client.AllowedOAuthFlowsUserPoolClient && kind != "refresh_token" {
		return token.Set{}, refusal(errInvalidGrant, "")
	}
	return grant(f, r.Context(), a)
}

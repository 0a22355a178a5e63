package oauth

import (
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
)

// introspection is the response about a token (RFC 7662 section 2.2). Only the
// first member is present if the token is not active.
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Expires   int64  `json:"exp,omitempty"`
	Issued    int64  `json:"iat,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	ID        string `json:"jti,omitempty"`
}

// introspect returns to a confidential client whether a token is active. There
// is no CORS: scripts have no secret. Amazon Cognito has no such endpoint. See
// docs/divergences OA-63.
func (f *Face) introspect(w http.ResponseWriter, r *http.Request) {
	if !allowMethods(w, r, http.MethodPost) {
		return
	}
	found, err := f.introspectToken(w, r)
	switch {
	case err != nil:
		f.answerClient(w, r, err)
	case found == nil:
		f.answer(w, http.StatusOK, introspection{})
	default:
		f.answer(w, http.StatusOK, describeToken(found))
	}
}

func (f *Face) introspectToken(w http.ResponseWriter, r *http.Request) (*token.Introspection, error) {
	form, err := backForm(w, r)
	if err != nil {
		return nil, err
	}
	p, c, err := f.authenticate(r, form)
	if err != nil {
		return nil, err
	}
	if !c.Confidential() {
		return nil, refusal(errInvalidClient, "")
	}
	if form.Get("token") == "" {
		return nil, refusal(errInvalidRequest, "")
	}
	return f.Tokens.Introspect(r.Context(), p, c, form.Get("token"))
}

func describeToken(t *token.Introspection) introspection {
	response := introspection{
		Active: true, Scope: t.Scope, ClientID: t.ClientID, Username: t.Username, Expires: t.Expires.Unix(),
		Subject: t.Subject, Audience: t.Audience, Issuer: t.Issuer, ID: t.ID,
	}
	if !t.Refresh {
		response.TokenType, response.Issued = "Bearer", t.Issued.Unix()
	}
	return response
}

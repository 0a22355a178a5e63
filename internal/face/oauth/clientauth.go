package oauth

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxForm is the limit of the body of a request; tokens are a few kilobytes.
const maxForm = 256 << 10

// backForm reads the form that a client posts to the back channel. It ignores
// the query of the address, which ends up in logs. Mobile clients send the form
// without a Content-Type.
func backForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", formType)
	}
	if !isForm(r) {
		return nil, refusal(errInvalidRequest, "")
	}
	if err := readForm(w, r); err != nil {
		return nil, err
	}
	for name, values := range r.PostForm {
		if len(values) > 1 && name != resourceParam {
			return nil, &Refusal{Code: errInvalidRequest, cause: errors.New("a parameter is repeated")}
		}
	}
	return r.PostForm, nil
}

// readForm is ReadForm with every error as a Refusal.
func readForm(w http.ResponseWriter, r *http.Request) error {
	err := ReadForm(w, r, maxForm)
	var refused *Refusal
	if err != nil && !errors.As(err, &refused) {
		err = &Refusal{Code: errInvalidRequest, cause: err}
	}
	return err
}

const formType = "application/x-www-form-urlencoded"

func isForm(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == formType
}

// wrongSecret is the error of AWS for a missing and for a wrong secret.
func (f *Face) wrongSecret(ctx context.Context, poolID string) error {
	strict, err := f.strictOIDC(ctx, poolID)
	if err != nil {
		return err
	}
	return &Refusal{Code: errInvalidClient, Description: "invalid_client_secret", strict: strict}
}

// authenticate reads the client that the Authorization header or the form
// names, and verifies every secret that it sends. A public client must send
// none.
func (f *Face) authenticate(r *http.Request, form url.Values) (*userpool.Pool, *userpool.Client, error) {
	id, secrets := form.Get("client_id"), []string{}
	if s := form.Get("client_secret"); s != "" {
		secrets = append(secrets, s)
	}
	name, secret, basic := r.BasicAuth()
	if !basic && r.Header.Get("Authorization") != "" {
		return nil, nil, refusal(errInvalidClient, "")
	}
	if basic {
		name = decoded(name)
		if id != "" && id != name {
			return nil, nil, refusal(errInvalidRequest, "")
		}
		if id = name; secret != "" {
			secrets = append(secrets, secret)
		}
	}
	if id == "" {
		return nil, nil, refusal(errInvalidRequest, "")
	}
	return f.authenticated(r.Context(), r.Host, id, secrets)
}

func (f *Face) authenticated(
	ctx context.Context, host, id string, secrets []string,
) (*userpool.Pool, *userpool.Client, error) {
	p, c, err := f.Lookup(ctx, host, id)
	if errors.Is(err, fault.ResourceNotFound) {
		return nil, nil, &Refusal{Code: errInvalidClient, cause: err}
	}
	if err != nil {
		return nil, nil, err
	}
	if c.Confidential() != (len(secrets) > 0) {
		return nil, nil, f.wrongSecret(ctx, p.ID)
	}
	for _, s := range secrets {
		if !account.VerifyClientSecret(c, s) && !account.VerifyClientSecret(c, decoded(s)) {
			return nil, nil, f.wrongSecret(ctx, p.ID)
		}
	}
	return p, c, nil
}

// decoded removes the form encoding of RFC 6749 section 2.3.1. It keeps a plus
// as it is: secrets contain some, and most clients do not encode.
func decoded(s string) string {
	plain, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return plain
}

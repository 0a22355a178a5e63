package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// strictOIDC reports whether a pool follows OpenID Connect where Amazon Cognito
// differs from it. See docs/divergences OA-100.
func (f *Face) strictOIDC(ctx context.Context, poolID string) (bool, error) {
	on, err := f.extensions(ctx, poolID)
	return err == nil && on.StrictOIDC, err
}

// Strict reports whether the pool of the request follows OpenID Connect strictly.
func (q *Request) Strict() bool { return q.strict }

// objects are the parameters that contain or name a request object, or a client's
// registration, and the errors that refuse them. Source: OpenID Connect Core
// section 3.1.2.6.
var objects = []param{
	{"request", "request_not_supported"},
	{"request_uri", "request_uri_not_supported"},
	{"registration", "registration_not_supported"},
}

// readObject takes state and response_mode from a request object, unless the
// request itself names them, so that the refusal of the object reaches the
// client. The object is not verified, just as the query is not.
func (q *Request) readObject() error {
	_, rest, _ := strings.Cut(q.Query.Get("request"), ".")
	payload, _, found := strings.Cut(rest, ".")
	if !q.strict || !found {
		return nil
	}
	var object struct {
		State string `json:"state"`
		Mode  string `json:"response_mode"`
	}
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(body, &object) != nil {
		return nil
	}
	for _, p := range []param{{"state", object.State}, {"response_mode", object.Mode}} {
		if p.value != "" && !q.Query.Has(p.name) {
			q.Query.Set(p.name, p.value)
		}
	}
	return nil
}

// refuseObject refuses what Amazon Cognito ignores: a request would otherwise be
// granted with other parameters than the client has sent.
func (q *Request) refuseObject() error {
	for _, p := range objects {
		if q.strict && q.Query.Has(p.name) {
			return refusal(p.value, "")
		}
	}
	return nil
}

// parseHint reads id_token_hint, which Amazon Cognito ignores: an ID token of the
// pool, which may have expired. Only the user that it names satisfies the request.
// Source: OpenID Connect Core section 3.1.2.1.
func (f *Face) parseHint(ctx context.Context, q *Request) error {
	text := q.Query.Get("id_token_hint")
	if !q.strict || text == "" {
		return nil
	}
	hint, err := f.Tokens.VerifyHint(ctx, text)
	if err == nil && hint.PoolID != q.Pool.ID {
		err = fault.InvalidIDTokenHint.WithCause(errors.New("of another pool"))
	}
	q.subject = hint.Subject
	return err
}

// names reports whether a request accepts the user: any, unless it has an
// id_token_hint.
func (q *Request) names(u *userpool.User) bool { return q.subject == "" || q.subject == u.Sub }

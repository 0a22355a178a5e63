package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
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

// strictNames are the further parameters that a request may have once.
var strictNames = []string{"id_token_hint", "claims"}

// namedClaims is one part of the parameter claims: by the name of a claim what the
// request asks of it, which may be nothing.
type namedClaims map[string]*struct {
	Essential bool  `json:"essential"`
	Value     any   `json:"value"`
	Values    []any `json:"values"`
}

// acrClaim is what a request asks of the claim acr of the ID token.
type acrClaim struct {
	// names are the values, in order.
	names []string
	// essential fails the request unless acr is one of them.
	essential bool
}

// parseClaims reads claims, which Amazon Cognito ignores: the attributes that the
// request names for userInfo and the ID token, and the user whom it names by sub.
// Whether a claim is essential makes no difference, except for acr. Source: OpenID
// Connect Core section 5.5. See docs/divergences OA-102.
func (q *Request) parseClaims() error {
	text := q.Query.Get("claims")
	if !q.strict || text == "" {
		return nil
	}
	var named struct {
		Info namedClaims `json:"userinfo"`
		ID   namedClaims `json:"id_token"`
	}
	if json.Unmarshal([]byte(text), &named) != nil {
		return refusal(errInvalidRequest, "invalid claims")
	}
	q.infoClaims, q.idClaims = named.Info.attributes(q.Pool), named.ID.attributes(q.Pool)
	if err := q.parseAcr(named.ID); err != nil {
		return err
	}
	for _, part := range []namedClaims{named.Info, named.ID} {
		if sub := part["sub"]; sub != nil && sub.Value != nil {
			if q.subject, _ = sub.Value.(string); q.subject == "" {
				return refusal(errInvalidRequest, "invalid claims")
			}
		}
	}
	return nil
}

func (q *Request) parseAcr(named namedClaims) error {
	asked, found := named["acr"]
	if !found {
		return nil
	}
	q.acr = &acrClaim{}
	if asked == nil {
		return nil
	}
	values := asked.Values
	if asked.Value != nil {
		values = append(values, asked.Value)
	}
	for _, value := range values {
		name, ok := value.(string)
		if !ok {
			return refusal(errInvalidRequest, "invalid claims")
		}
		q.acr.names = append(q.acr.names, name)
	}
	q.acr.essential = asked.Essential && len(values) > 0
	return nil
}

// errUnmet is the error for a level that the user has not reached.
var errUnmet = refusal(errUnmetRequirements, "")

// parseLevels reads the assurance levels that a request asks for: those of the claim
// acr, else those of acr_values. A voluntary claim accepts the lowest level in the
// end. Source: OpenID Connect Core section 5.5.1.1. See docs/divergences OA-72 and
// OA-141.
func (f *Face) parseLevels(q *Request) error {
	if f.Tiers.Require(q.Pool, userpool.StepUpAuthentication) == nil {
		q.Targets = q.levels()
	}
	if q.essential() && len(q.Targets) == 0 {
		return errUnmet
	}
	return nil
}

func (q *Request) levels() (list []userpool.Level) {
	if q.acr == nil {
		return q.Pool.Targets(q.Query.Get("acr_values"))
	}
	for _, name := range q.acr.names {
		if l := q.Pool.AcrLevel(name); l > 0 {
			list = append(list, l)
		}
	}
	if !q.acr.essential {
		list = append(list, 1)
	}
	return list
}

// essential reports whether the request fails unless acr is one of its levels.
func (q *Request) essential() bool { return q.acr != nil && q.acr.essential }

// named returns the level that the response names for a user who has reached one.
func (q *Request) named(reached userpool.Level) userpool.Level {
	if !q.essential() {
		return reached
	}
	named := userpool.Level(0)
	for _, l := range q.Targets {
		if l <= reached {
			named = max(named, l)
		}
	}
	return named
}

// attributes returns the names that are attributes of the pool.
func (n namedClaims) attributes(p *userpool.Pool) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(n)) {
		if _, ok := p.Attribute(name); ok && name != "sub" {
			names = append(names, name)
		}
	}
	return names
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
	if err == nil && q.subject != "" && q.subject != hint.Subject {
		err = refusal(errLoginRequired, "claims and id_token_hint name different users")
	}
	q.subject = hint.Subject
	return err
}

// names reports whether a request accepts the user: any, unless it names one.
func (q *Request) names(u *userpool.User) bool { return q.subject == "" || q.subject == u.Sub }

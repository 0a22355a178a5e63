package token

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Hint is the content of an id_token_hint.
type Hint struct{ PoolID, ClientID, Subject string }

// VerifyHint verifies an id_token_hint: an ID token of a pool, signed by a key
// that the pool publishes. It may have expired, and the client and the user may
// have been deleted. The error is fault.InvalidIDTokenHint. Source: OpenID
// Connect RP-Initiated Logout 1.0 section 2.
func (i *Issuer) VerifyHint(ctx context.Context, idToken string) (Hint, error) {
	p, body, err := i.verifySignature(ctx, idToken, fault.InvalidIDTokenHint, fault.InvalidIDTokenHint)
	if err != nil {
		return Hint{}, err
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Audience string `json:"aud"`
		Subject  string `json:"sub"`
		Use      string `json:"token_use"`
	}
	if err := jose.DecodeClaims(body, &claims); err != nil {
		return Hint{}, fault.InvalidIDTokenHint.WithCause(err)
	}
	if claims.Use != "id" || claims.Issuer != i.Name(p) || claims.Audience == "" || claims.Subject == "" {
		return Hint{}, fault.InvalidIDTokenHint
	}
	return Hint{PoolID: p.ID, ClientID: claims.Audience, Subject: claims.Subject}, nil
}

package token

import (
	"context"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// AuthorizeRegistration verifies an initial access token of dynamic client
// registration, and returns its pool: an access token with the scope
// userpool.ScopeRegister, of a client that has it still. A valid token without
// the scope is fault.AccessTokenLacksScopes. Source: guide page
// cognito-user-pools-dynamic-client-registration.
func (i *Issuer) AuthorizeRegistration(ctx context.Context, accessToken string) (*userpool.Pool, error) {
	p, claims, err := i.verifyAccess(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	if !claims.hasScope(userpool.ScopeRegister) {
		return nil, fault.AccessTokenLacksScopes
	}
	if !claims.machine() {
		if _, err := i.bearer(ctx, p, claims, userpool.ScopeRegister); err != nil {
			return nil, err
		}
	}
	err = i.store.View(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(p.ID, claims.ClientID)
		if err != nil {
			return fault.InvalidAccessToken.ReplacingKind(fault.ResourceNotFound, err)
		}
		if !slices.Contains(c.AllowedOAuthScopes, userpool.ScopeRegister) {
			return fault.AccessTokenLacksScopes
		}
		return nil
	})
	return p, err
}

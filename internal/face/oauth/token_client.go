package oauth

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// clientGrant gives a machine an access token for scopes of resource servers:
// those that it asks for, or all that it may have. Source: guide page
// token-endpoint.
func (f *Face) clientGrant(ctx context.Context, a asking) (token.Set, error) {
	if !a.client.AllowsOAuth(userpool.FlowClientCredentials) || !a.client.Confidential() {
		return token.Set{}, refusal(errUnauthorizedClient, "")
	}
	if a.form.Has("resource") {
		return token.Set{}, refusal(errInvalidTarget, "")
	}
	wanted := strings.Fields(a.form.Get("scope"))
	if len(wanted) == 0 {
		wanted = slices.DeleteFunc(slices.Clone(a.client.AllowedOAuthScopes), isUserScope)
	}
	if slices.ContainsFunc(wanted, isUserScope) {
		return token.Set{}, refusal(errInvalidScope, "")
	}
	scopes, err := f.grantable(ctx, a.client, wanted)
	if err != nil {
		return token.Set{}, err
	}
	g := token.MachineGrant{Pool: a.pool, Client: a.client, Scopes: scopes}
	if text := a.form.Get("aws_client_metadata"); text != "" {
		if json.Unmarshal([]byte(text), &g.ClientMetadata) != nil {
			return token.Set{}, refusal(errInvalidRequest, "")
		}
	}
	return f.Tokens.IssueMachine(ctx, g)
}

func isUserScope(scope string) bool { return !userpool.CustomScope(scope) }

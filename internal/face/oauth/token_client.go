package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// clientGrant issues an access token for scopes of resource servers: those of
// the request, or all that the client may have. Source: guide page
// token-endpoint. See docs/divergences OA-36.
type clientGrant struct {
	scopes   []string
	metadata map[string]string
	resource string
}

// permit requires the OAuth flow, or the flow of the native API that does the same
// without a domain.
func (*clientGrant) permit(c *userpool.Client) error {
	if c.Confidential() && c.Allows("CLIENT_TOKEN_AUTH") {
		return nil
	}
	if err := requireFlow(c, userpool.FlowClientCredentials); err != nil {
		return err
	}
	if !c.Confidential() {
		return refusal(errUnauthorizedClient, "")
	}
	return nil
}

func (g *clientGrant) read(form url.Values) error {
	g.scopes = scopesOf(form.Get("scope"))
	if text := form.Get("aws_client_metadata"); text != "" && json.Unmarshal([]byte(text), &g.metadata) != nil {
		return refusal(errInvalidRequest, "")
	}
	var err error
	g.resource, err = resourceOf(form)
	return err
}

func (g *clientGrant) issue(ctx context.Context, f *Face, c caller) (token.Set, error) {
	if len(g.scopes) == 0 {
		g.scopes = slices.DeleteFunc(slices.Clone(c.client.AllowedOAuthScopes), isUserScope)
	}
	notAllowed := errInvalidGrant
	if c.strict { // RFC 6749 section 5.2
		notAllowed = errInvalidScope
	}
	scopes, err := f.grantable(ctx, c.client, g.scopes, scopeRules{notAllowed: notAllowed})
	if err != nil {
		return token.Set{}, err
	}
	if slices.ContainsFunc(scopes, isUserScope) {
		return token.Set{}, refusal(errInvalidScope, "")
	}
	return f.Tokens.IssueMachine(ctx, token.MachineGrant{
		Pool: c.pool, Client: c.client, Scopes: scopes, ClientMetadata: g.metadata, Audience: g.resource,
	})
}

func isUserScope(scope string) bool { return !userpool.CustomScope(scope) }

package token

import (
	"context"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// MachineRequest is a request for a token of the client itself. The caller has
// authenticated the client.
type MachineRequest struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	// Scopes are custom scopes of the client; none means all.
	Scopes []string
	// ClientMetadata is passed to the PreTokenGeneration trigger.
	ClientMetadata map[string]string
}

// ClientToken issues the token of GetClientToken, the client credentials grant
// of the native API. A scope that no resource server defines any more is left
// out. Source: API reference GetClientToken, guide page
// cognito-user-pools-define-resource-servers.
func (i *Issuer) ClientToken(ctx context.Context, r MachineRequest) (Set, error) {
	if !r.Client.Allows("CLIENT_TOKEN_AUTH") {
		return Set{}, fault.New(fault.InvalidParameter, "CLIENT_TOKEN_AUTH flow not enabled for this client")
	}
	scopes, err := r.Client.MachineScopes(r.Scopes)
	if err != nil {
		return Set{}, err
	}
	if err := i.store.View(ctx, func(tx *store.Tx) error {
		scopes, err = defined(tx, r.Pool.ID, scopes)
		return err
	}); err != nil {
		return Set{}, err
	}
	set, err := i.IssueMachine(ctx,
		MachineGrant{Pool: r.Pool, Client: r.Client, Scopes: scopes, ClientMetadata: r.ClientMetadata})
	return set, withoutLambda(err)
}

// defined returns those of the scopes that exist in the pool.
func defined(tx *store.Tx, poolID string, scopes []string) (found []string, err error) {
	servers, err := store.ResourceServers.All(tx, poolID)
	custom := userpool.CustomScopesOf(servers)
	for _, s := range scopes {
		if slices.Contains(custom, s) {
			found = append(found, s)
		}
	}
	return found, err
}

// withoutLambda turns the error of a Lambda trigger into InvalidParameter: the
// model of GetClientToken has no Lambda exceptions. See docs/divergences TS-12.
func withoutLambda(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	switch f.Kind {
	case fault.UnexpectedLambda, fault.UserLambdaValidation, fault.InvalidLambdaResponse:
		return f.WithKind(fault.InvalidParameter)
	default:
		return err
	}
}

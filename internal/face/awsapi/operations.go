package awsapi

import (
	"lifeguard/internal/api"
	"lifeguard/internal/clock"
	"lifeguard/internal/entropy"
	"lifeguard/internal/flow/account"
	"lifeguard/internal/flow/federation"
	"lifeguard/internal/flow/signin"
	"lifeguard/internal/flow/token"
	"lifeguard/internal/ratelimit"
	"lifeguard/internal/store"
	"lifeguard/internal/store/page"
	"lifeguard/internal/userpool"
)

// Operations implements api.Service. What it does not define itself,
// api.Unbuilt answers with a refusal that names the operation.
type Operations struct {
	api.Unbuilt
	Store      *store.DB
	Clock      clock.Clock
	Entropy    entropy.Source
	Pages      page.Sealer
	Account    *account.Flow
	Signin     *signin.Engine
	Tokens     *token.Issuer
	Federation *federation.Flow
	// Tiers refuses features beyond a pool's tier, where that is wanted.
	Tiers userpool.TierGating
	// Limits are the request rates that hold without provisioning.
	Limits ratelimit.Limits
	// PinnedIDs lets callers choose pool and client ids by the conventions of
	// other emulators; dev mode only.
	PinnedIDs bool
}

package awsapi

import (
	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Operations implements api.Service. For operations that it does not define,
// api.Unbuilt returns an error that names the operation.
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
	// Tiers refuses features beyond a pool's tier, if enabled.
	Tiers userpool.TierGating
	// Limits are the request rates without provisioning.
	Limits ratelimit.Limits
	// PinnedIDs lets callers choose pool and client ids as in other emulators; dev
	// mode only.
	PinnedIDs bool
}

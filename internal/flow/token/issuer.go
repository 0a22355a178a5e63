package token

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Mode is the form of the issuers of pools.
type Mode string

// ModeSelf is {public URL}/{pool}. ModeAWS is the form of Amazon Cognito, which
// verifiers such as aws-jwt-verify require; a pool whose IssuerConfiguration is
// UPDATED has the newer host. ModeAWSUpdated is the newer host for every pool.
const (
	ModeSelf       Mode = "self"
	ModeAWS        Mode = "aws"
	ModeAWSUpdated Mode = "aws-updated"
)

// Config configures an Issuer.
type Config struct {
	Store     *store.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Stock     *Stock
	Mode      Mode
	PublicURL string
	// Triggers runs the PreTokenGeneration triggers. If nil, pools that have
	// one get no tokens.
	Triggers *trigger.Runner
}

// Issuer issues, verifies and revokes the tokens of every pool.
type Issuer struct {
	store     *store.DB
	clock     clock.Clock
	entropy   entropy.Source
	stock     *Stock
	mode      Mode
	publicURL string
	triggers  *trigger.Runner
	refresh   seal.Tokens
	codes     seal.Key
	devices   seal.Key
	ring      keyring
	signed    atomic.Int64
}

// Signed returns the number of tokens signed since the start.
func (i *Issuer) Signed() int64 { return i.signed.Load() }

// New returns an Issuer.
func New(c Config) *Issuer {
	return &Issuer{
		store: c.Store, clock: c.Clock, entropy: c.Entropy, stock: c.Stock,
		mode: c.Mode, publicURL: strings.TrimRight(c.PublicURL, "/"), triggers: c.Triggers,
		refresh: c.Store.Tokens("refresh-token"), codes: c.Store.Root().Derive("authorization-code"),
		devices: c.Store.Root().Derive("device-code"),
	}
}

// PublicURL returns the URL of the server for clients, without a slash at its
// end.
func (i *Issuer) PublicURL() string { return i.publicURL }

// Name returns the issuer of a pool, the iss of its tokens.
func (i *Issuer) Name(p *userpool.Pool) string {
	updated := p.IssuerConfiguration != nil && p.IssuerConfiguration.Type == "UPDATED"
	switch {
	case i.mode == ModeAWSUpdated || i.mode == ModeAWS && updated:
		return "https://issuer-cognito-idp." + p.Region + ".amazonaws.com/" + p.ID
	case i.mode == ModeAWS:
		return "https://cognito-idp." + p.Region + ".amazonaws.com/" + p.ID
	default:
		return i.publicURL + "/" + p.ID
	}
}

// pool reads a pool by its id.
func (i *Issuer) pool(ctx context.Context, poolID string) (p *userpool.Pool, err error) {
	err = i.store.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Pool(poolID)
		return err
	})
	return p, err
}

// JWKS returns the published key set of a pool: its current keys, and during a
// rotation also the next keys and the previous ones.
func (i *Issuer) JWKS(ctx context.Context, poolID string) ([]byte, error) {
	p, err := i.pool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	keys, err := i.keysOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return keys.jwks(i.clock.Now()), nil
}

// LastJWKS returns the key set of a pool as the process read it last, which may
// be stale; nil if it has not read it. It has every key that the process has
// signed with.
func (i *Issuer) LastJWKS(poolID string) []byte {
	if keys := i.ring.get(poolID); keys != nil {
		return keys.jwks(i.clock.Now())
	}
	return nil
}

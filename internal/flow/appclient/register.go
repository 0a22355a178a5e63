package appclient

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Limits of open registration, which anybody can use, beside the quota of clients
// of the pool. See docs/divergences OA-133.
const (
	// openPerMinute is the maximum number of clients that a pool gets in a minute, on
	// all nodes.
	openPerMinute = 60
	// reservedPart is the part of the quota that is left to administrators: one in
	// ten.
	reservedPart = 10
)

// Registrar registers clients dynamically.
type Registrar struct {
	Store   *store.DB
	Entropy entropy.Source
	Tiers   userpool.TierGating
}

// Registration is a request for a client of a pool. It is open if it has no
// initial access token; otherwise the caller has verified it.
type Registration struct {
	PoolID   string
	Open     bool
	Metadata Metadata
}

// errOff is the error for a pool without registration, and for no pool.
var errOff = fault.New(fault.AccessDenied, "The user pool does not allow this kind of client registration.")

// Register creates a client. An error is of the kind fault.AccessDenied if the
// pool does not allow the registration, InvalidRedirectURI, InvalidClientMetadata,
// LimitExceeded or TooManyRequests. Source: RFC 7591, API reference
// DcrConfigurationType.
func (r Registrar) Register(ctx context.Context, in Registration) (*userpool.Client, error) {
	c := &userpool.Client{PoolID: in.PoolID, ID: r.Entropy.ClientID()}
	if in.Metadata.confidential() {
		c.Secrets = []userpool.ClientSecret{{Value: userpool.Secret(r.Entropy.ClientSecret())}}
	}
	err := r.Store.Configure(ctx, in.PoolID, func(tx *store.Tx) error {
		p, err := tx.Pool(in.PoolID)
		if err != nil {
			return errOff.ReplacingKind(fault.ResourceNotFound, err)
		}
		flows := p.DcrConfiguration.Flows(in.Open)
		if len(flows) == 0 || r.Tiers.Require(p, userpool.DynamicRegistration) != nil {
			return errOff
		}
		scopes, err := foreignScopes(tx, p)
		if err != nil {
			return err
		}
		if c.ClientSettings, err = in.Metadata.settings(flows, scopes); err != nil {
			return err
		}
		c.Registered = true
		if in.Open {
			if err := requireRoom(tx, p); err != nil {
				return err
			}
		}
		return asMetadata(Create(tx, p, c, r.Tiers))
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// foreignScopes returns the scopes that exist of those that clients may have which
// no administrator has created.
func foreignScopes(tx *store.Tx, p *userpool.Pool) ([]string, error) {
	scopes, err := existing(tx, p)
	return slices.DeleteFunc(p.DcrConfiguration.ForeignScopes(), func(s string) bool {
		return (userpool.CustomScope(s) || s == userpool.ScopeAddress) && !slices.Contains(scopes, s)
	}), err
}

// requireRoom refuses an open registration beyond its limits.
func requireRoom(tx *store.Tx, p *userpool.Pool) error {
	clients, err := tx.CountClients(p.ID)
	if err != nil {
		return err
	}
	quota := p.Quotas.Limit(userpool.QuotaAppClients)
	if clients >= quota-quota/reservedPart {
		return fault.New(fault.LimitExceeded, "The user pool has too many app clients for open registration.")
	}
	recent, err := tx.CountClientsSince(p.ID, tx.Now.Add(-time.Minute))
	if err == nil && recent >= openPerMinute {
		return fault.New(fault.TooManyRequests, "The user pool has registered too many clients in the last minute.")
	}
	return err
}

// asMetadata gives the refusals of a client's settings the kind of RFC 7591.
func asMetadata(err error) error {
	for _, kind := range []fault.Kind{fault.InvalidParameter, fault.InvalidOAuthFlow, fault.ScopeDoesNotExist} {
		if errors.Is(err, kind) {
			return fault.Of(err).WithKind(fault.InvalidClientMetadata)
		}
	}
	return err
}

package token

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// preTokenGeneration applies the changes of the PreTokenGeneration trigger to the
// scopes of g and to m. The changes of claims are returned. The trigger does not
// run again if g has its response.
func (i *Issuer) preTokenGeneration(
	ctx context.Context, g *Grant, m *membership,
) (trigger.PreTokenGenerationResponse, error) {
	if g.changes == nil {
		r, err := i.runPreTokenGeneration(ctx, *g, *m)
		if err != nil {
			return r, err
		}
		g.changes = &r
	}
	r := *g.changes
	g.Scope = rescope(g.Scope, r)
	if r.Groups != nil {
		*m = membership{groups: r.Groups.GroupsToOverride, roles: r.Groups.IAMRolesToOverride}
		if r.Groups.PreferredRole != nil {
			m.preferred = *r.Groups.PreferredRole
		}
	}
	return r, nil
}

// runPreTokenGeneration runs the trigger. Without one the response is zero.
// Source: guide page user-pool-lambda-pre-token-generation.
func (i *Issuer) runPreTokenGeneration(
	ctx context.Context, g Grant, m membership,
) (r trigger.PreTokenGenerationResponse, err error) {
	source := cmp.Or(g.Source, trigger.TokenGenerationAuthentication)
	if !trigger.Configured(g.Pool, source) {
		return r, nil
	}
	groups := trigger.Groups{GroupsToOverride: m.groups, IAMRolesToOverride: m.roles}
	if m.preferred != "" {
		groups.PreferredRole = &m.preferred
	}
	call := trigger.Call{Pool: g.Pool, Source: source, Username: g.User.Username, ClientID: g.Client.ID}
	return trigger.Run(ctx, i.triggers, call, trigger.PreTokenGenerationRequest{
		UserAttributes: trigger.UserAttributes(g.Pool, g.User), Groups: &groups,
		Scopes: strings.Fields(g.Scope), ClientMetadata: g.ClientMetadata,
	})
}

// rescope adds the scopes to add, then removes those to suppress.
func rescope(scope string, r trigger.PreTokenGenerationResponse) string {
	scopes := strings.Fields(scope)
	for _, s := range r.ScopesToAdd {
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	scopes = slices.DeleteFunc(scopes, func(s string) bool { return slices.Contains(r.ScopesToSuppress, s) })
	return strings.Join(scopes, " ")
}

// amend applies the changes of a trigger to the claims of a token. Existing
// claims keep their order; new ones follow. A suppressed claim is removed, even
// if the trigger added it.
func amend(object []byte, change trigger.Claims) ([]byte, error) {
	if len(change.Add) == 0 && len(change.Suppress) == 0 {
		return object, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("amend claims: %w", err)
	}
	c, added := newClaims(), maps.Clone(change.Add)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("amend claims: %w", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("amend claims: %w", err)
		}
		if c, err = c.amended(name.(string), value, change); err != nil {
			return nil, err
		}
		delete(added, name.(string))
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		var err error
		if c, err = c.amended(name, nil, change); err != nil {
			return nil, err
		}
	}
	return c.done(), nil
}

// amended adds a claim with the changes of the trigger applied.
func (c claims) amended(name string, value json.RawMessage, change trigger.Claims) (claims, error) {
	if slices.Contains(change.Suppress, name) {
		return c, nil
	}
	if other, ok := change.Add[name]; ok {
		var err error
		if value, err = json.Marshal(other); err != nil {
			return nil, fmt.Errorf("claim %s: %w", name, err)
		}
	}
	return c.member(name, value), nil
}

// MachineGrant is a verified client credentials grant.
type MachineGrant struct {
	Pool           *userpool.Pool
	Client         *userpool.Client
	Scopes         []string
	ClientMetadata map[string]string
	// Audience is the resource that the token is bound to; empty means none. See
	// docs/divergences OA-59.
	Audience string
}

// IssueMachine issues the access token of the client credentials grant, which
// has neither ID nor refresh token. The caller verifies that the client may
// have the scopes. Source: guide pages token-endpoint and
// amazon-cognito-user-pools-using-the-access-token.
func (i *Issuer) IssueMachine(ctx context.Context, g MachineGrant) (Set, error) {
	var r trigger.PreTokenGenerationResponse
	if source := trigger.TokenGenerationClientCredentials; trigger.Configured(g.Pool, source) {
		call := trigger.Call{Pool: g.Pool, Source: source, Username: trigger.ClientCredentials, ClientID: g.Client.ID}
		var err error
		r, err = trigger.Run(ctx, i.triggers, call,
			trigger.PreTokenGenerationRequest{Scopes: g.Scopes, ClientMetadata: g.ClientMetadata})
		if err != nil {
			return Set{}, err
		}
	}
	keys, err := i.keysOf(ctx, g.Pool)
	if err != nil {
		return Set{}, err
	}
	scope := rescope(strings.Join(g.Scopes, " "), r)
	set, now := Set{ExpiresIn: g.Client.AccessTokenLifetime(), Scope: scope}, i.clock.Now()
	claims := i.machineClaims(g, scope, now)
	if g.Audience != "" {
		delete(r.AccessToken.Add, "aud") // see docs/divergences OA-60
	}
	set.Access, err = i.sign(keys.signer(userpool.KeyForAccess, now), claims, r.AccessToken)
	return set, err
}

func (i *Issuer) machineClaims(g MachineGrant, scope string, now time.Time) []byte {
	c := newClaims().text("sub", g.Client.ID).
		text("token_use", "access").
		text("scope", scope).
		seconds("auth_time", now).
		text("iss", i.Name(g.Pool)).
		seconds("exp", now.Add(g.Client.AccessTokenLifetime())).
		seconds("iat", now).
		member("version", []byte("2")).
		text("jti", i.entropy.UUID()).
		text("client_id", g.Client.ID)
	if g.Audience != "" {
		c = c.text("aud", g.Audience)
	}
	return c.done()
}

package awsapi

import (
	"context"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// CreateUserPoolClient creates an app client.
func (o *Operations) CreateUserPoolClient(
	ctx context.Context, in *api.CreateUserPoolClientRequest,
) (*api.CreateUserPoolClientResponse, error) {
	c, err := o.newClient(in)
	if err != nil {
		return nil, err
	}
	err = o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		return appclient.Create(tx, p, c, o.Tiers)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserPoolClientResponse{UserPoolClient: clientOut(c)}, nil
}

// newClient translates a request into a client, without checks against its pool.
func (o *Operations) newClient(in *api.CreateUserPoolClientRequest) (*userpool.Client, error) {
	id, name, err := o.newClientID(*in.ClientName)
	if err != nil {
		return nil, err
	}
	// clientSettings takes an update request, so build one.
	settings := clientSettings(name, &api.UpdateUserPoolClientRequest{
		RefreshTokenValidity:                     in.RefreshTokenValidity,
		AccessTokenValidity:                      in.AccessTokenValidity,
		IdTokenValidity:                          in.IdTokenValidity,
		TokenValidityUnits:                       in.TokenValidityUnits,
		ReadAttributes:                           in.ReadAttributes,
		WriteAttributes:                          in.WriteAttributes,
		ExplicitAuthFlows:                        in.ExplicitAuthFlows,
		SupportedIdentityProviders:               in.SupportedIdentityProviders,
		CallbackURLs:                             in.CallbackURLs,
		LogoutURLs:                               in.LogoutURLs,
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		AllowedOAuthFlows:                        in.AllowedOAuthFlows,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient:          in.AllowedOAuthFlowsUserPoolClient,
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		EnableTokenRevocation:                    in.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      in.AuthSessionValidity,
		RefreshTokenRotation:                     in.RefreshTokenRotation,
	})
	c := &userpool.Client{PoolID: *in.UserPoolId, ID: id, ClientSettings: settings}
	switch {
	case in.ClientSecret != nil && isTrue(in.GenerateSecret):
		return nil, fault.New(fault.InvalidParameter, "ClientSecret cannot be given together with GenerateSecret.")
	case in.ClientSecret != nil:
		c.Secrets = []userpool.ClientSecret{{Value: userpool.Secret(*in.ClientSecret)}}
	case isTrue(in.GenerateSecret):
		c.Secrets = []userpool.ClientSecret{{Value: userpool.Secret(o.Entropy.ClientSecret())}}
	}
	return c, nil
}

const pinPrefix = "_custom_id_:"

// IsPinnedNameViolation reports whether a violation is about a client name that pins an
// id. Other emulators use a prefix with a colon, which the model forbids in names.
func IsPinnedNameViolation(v api.Violation) bool {
	return strings.HasPrefix(v.Text, "Value '"+pinPrefix) && strings.Contains(v.Text, "' at 'clientName' ")
}

var pinnedClientID = regexp.MustCompile(`^[\w+]{1,128}$`)

// newClientID returns a random id or, in dev mode, the one in the name.
func (o *Operations) newClientID(name string) (id, shown string, err error) {
	pinned, ok := strings.CutPrefix(name, pinPrefix)
	if !o.PinnedIDs || !ok {
		return o.Entropy.ClientID(), name, nil
	}
	if !pinnedClientID.MatchString(pinned) {
		return "", "", fault.Invalid("The name %s… must go on with a client id.", pinPrefix)
	}
	return pinned, pinned, nil
}

// DescribeUserPoolClient returns a client.
func (o *Operations) DescribeUserPoolClient(
	ctx context.Context, in *api.DescribeUserPoolClientRequest,
) (*api.DescribeUserPoolClientResponse, error) {
	_, c, err := o.ownClient(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	return &api.DescribeUserPoolClientResponse{UserPoolClient: clientOut(c)}, nil
}

// UpdateUserPoolClient replaces a client's settings. Absent members are reset to
// their defaults; an absent name, and the secrets, are kept.
func (o *Operations) UpdateUserPoolClient(
	ctx context.Context, in *api.UpdateUserPoolClientRequest,
) (*api.UpdateUserPoolClientResponse, error) {
	var c userpool.Client
	err := o.changeClient(ctx, *in.UserPoolId, *in.ClientId,
		func(tx *store.Tx, p *userpool.Pool, old *userpool.Client) error {
			name := old.Name
			keep(&name, in.ClientName)
			kept := old.ClientSettings
			old.ClientSettings = clientSettings(name, in)
			old.SSOSessionMinutes, old.Registered = kept.SSOSessionMinutes, kept.Registered
			if err := appclient.Complete(tx, p, old, "updating"); err != nil {
				return err
			}
			c = *old
			return o.Tiers.Require(p, old.Features()...)
		})
	if err != nil {
		return nil, err
	}
	return &api.UpdateUserPoolClientResponse{UserPoolClient: clientOut(&c)}, nil
}

// clientSettings translates the settings of the create and update requests. The
// caller determines the name.
func clientSettings(name string, in *api.UpdateUserPoolClientRequest) userpool.ClientSettings {
	return userpool.ClientSettings{
		Name: name, RefreshTokenValidity: number(in.RefreshTokenValidity), AccessTokenValidity: in.AccessTokenValidity,
		IdTokenValidity: in.IdTokenValidity, TokenValidityUnits: unitsIn(in.TokenValidityUnits),
		ReadAttributes: in.ReadAttributes, WriteAttributes: in.WriteAttributes, ExplicitAuthFlows: in.ExplicitAuthFlows,
		SupportedIdentityProviders: in.SupportedIdentityProviders,
		CallbackURLs:               in.CallbackURLs, LogoutURLs: in.LogoutURLs,
		DefaultRedirectURI: in.DefaultRedirectURI, AllowedOAuthFlows: in.AllowedOAuthFlows,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient:          isTrue(in.AllowedOAuthFlowsUserPoolClient),
		AnalyticsConfiguration:                   analyticsIn(in.AnalyticsConfiguration),
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		EnableTokenRevocation:                    in.EnableTokenRevocation == nil || *in.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: isTrue(in.EnablePropagateAdditionalUserContextData),
		AuthSessionValidity:                      number(in.AuthSessionValidity),
		RefreshTokenRotation:                     rotationIn(in.RefreshTokenRotation),
	}
}

// changeClient calls change with a copy of a client and stores it. The version of
// a client that change keeps is stale.
func (o *Operations) changeClient(
	ctx context.Context, poolID, clientID string, change func(*store.Tx, *userpool.Pool, *userpool.Client) error,
) error {
	return o.Store.Configure(ctx, poolID, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, poolID)
		if err != nil {
			return err
		}
		shared, err := tx.Client(poolID, clientID)
		if err != nil {
			return err
		}
		c := *shared
		c.Secrets = append([]userpool.ClientSecret(nil), c.Secrets...)
		c.Modified = tx.Now
		if err := change(tx, p, &c); err != nil {
			return err
		}
		return tx.UpdateClient(&c)
	})
}

// DeleteUserPoolClient removes a client; its tokens become invalid.
func (o *Operations) DeleteUserPoolClient(ctx context.Context, in *api.DeleteUserPoolClientRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteClient(*in.UserPoolId, *in.ClientId)
	})
}

// defaultClientPage is the page size if MaxResults is absent.
const defaultClientPage = 60

// ListUserPoolClients returns a pool's clients.
func (o *Operations) ListUserPoolClients(
	ctx context.Context, in *api.ListUserPoolClientsRequest,
) (*api.ListUserPoolClientsResponse, error) {
	scope := page.Scope{
		Operation: "ListUserPoolClients", Pool: *in.UserPoolId, Caller: gate.CallerOf(ctx).Account,
		Query: api.Text(in.ClientType),
	}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := defaultClientPage
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	var clients []*userpool.Client
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		clients, err = clientsOfType(tx, *in.UserPoolId, after, limit+1, api.Text(in.ClientType))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListUserPoolClientsResponse{UserPoolClients: []api.UserPoolClientDescription{}}
	if len(clients) > limit {
		clients = clients[:limit]
		if out.NextToken, err = o.sealPage(scope, clients[limit-1].ID); err != nil {
			return nil, err
		}
	}
	for _, c := range clients {
		out.UserPoolClients = append(out.UserPoolClients,
			api.UserPoolClientDescription{ClientId: &c.ID, UserPoolId: &c.PoolID, ClientName: &c.Name})
	}
	return out, nil
}

// clientsOfType returns up to limit clients of a type, or of both if it is empty,
// in order of their ids, starting after the given id.
func clientsOfType(tx *store.Tx, poolID, after string, limit int, kind string) (found []*userpool.Client, err error) {
	for len(found) < limit {
		batch, err := tx.Clients(poolID, after, limit)
		if err != nil {
			return nil, err
		}
		for _, c := range batch {
			if kind == "" || c.Registered == (kind == api.ClientTypeTypeDcr) {
				found = append(found, c)
			}
		}
		if len(batch) < limit {
			break
		}
		after = batch[len(batch)-1].ID
	}
	return found[:min(limit, len(found))], nil
}

func unitsIn(in *api.TokenValidityUnitsType) userpool.TokenValidityUnits {
	if in == nil {
		return userpool.TokenValidityUnits{}
	}
	return userpool.TokenValidityUnits{AccessToken: in.AccessToken, IdToken: in.IdToken, RefreshToken: in.RefreshToken}
}

func analyticsIn(in *api.AnalyticsConfigurationType) *userpool.AnalyticsConfiguration {
	if in == nil {
		return nil
	}
	return &userpool.AnalyticsConfiguration{
		ApplicationId: in.ApplicationId, ApplicationArn: in.ApplicationArn,
		RoleArn: in.RoleArn, ExternalId: in.ExternalId,
		UserDataShared: in.UserDataShared,
	}
}

func rotationIn(in *api.RefreshTokenRotationType) *userpool.RefreshTokenRotation {
	if in == nil {
		return nil
	}
	return &userpool.RefreshTokenRotation{
		Feature: api.Text(in.Feature), RetryGracePeriodSeconds: in.RetryGracePeriodSeconds,
	}
}

// clientOut translates a client. TokenValidityUnits is shown even when empty.
func clientOut(c *userpool.Client) *api.UserPoolClientType {
	u := c.TokenValidityUnits
	out := &api.UserPoolClientType{
		UserPoolId: &c.PoolID, ClientId: &c.ID, ClientName: &c.Name,
		CreationDate: &c.Created, LastModifiedDate: &c.Modified,
		RefreshTokenValidity: &c.RefreshTokenValidity, AccessTokenValidity: c.AccessTokenValidity,
		IdTokenValidity: c.IdTokenValidity,
		TokenValidityUnits: &api.TokenValidityUnitsType{
			AccessToken: u.AccessToken, IdToken: u.IdToken, RefreshToken: u.RefreshToken,
		},
		ReadAttributes: c.ReadAttributes, WriteAttributes: c.WriteAttributes, ExplicitAuthFlows: c.ExplicitAuthFlows,
		SupportedIdentityProviders: c.SupportedIdentityProviders,
		CallbackURLs:               c.CallbackURLs, LogoutURLs: c.LogoutURLs,
		DefaultRedirectURI: c.DefaultRedirectURI, AllowedOAuthFlows: c.AllowedOAuthFlows,
		AllowedOAuthScopes: c.AllowedOAuthScopes, AllowedOAuthFlowsUserPoolClient: &c.AllowedOAuthFlowsUserPoolClient,
		PreventUserExistenceErrors: c.PreventUserExistenceErrors, EnableTokenRevocation: &c.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: &c.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      &c.AuthSessionValidity,
	}
	if c.Registered {
		out.ClientType = some(api.ClientTypeTypeDcr)
	}
	if c.Confidential() {
		out.ClientSecret = some(c.Secrets[0].Value.Reveal())
	}
	if a := c.AnalyticsConfiguration; a != nil {
		out.AnalyticsConfiguration = &api.AnalyticsConfigurationType{
			ApplicationId: a.ApplicationId, ApplicationArn: a.ApplicationArn,
			RoleArn: a.RoleArn, ExternalId: a.ExternalId,
			UserDataShared: a.UserDataShared,
		}
	}
	if r := c.RefreshTokenRotation; r != nil {
		out.RefreshTokenRotation = &api.RefreshTokenRotationType{
			Feature: &r.Feature, RetryGracePeriodSeconds: r.RetryGracePeriodSeconds,
		}
	}
	return out
}

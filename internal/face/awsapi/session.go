package awsapi

import (
	"context"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// sessionPage is how many sessions a page has. Source: API reference
// ListUserSessions.
const sessionPage = 125

// ListUserSessions lists the sessions of the signed-in user.
func (o *Operations) ListUserSessions(
	ctx context.Context, in *api.ListUserSessionsRequest,
) (*api.ListUserSessionsResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	scope := page.Scope{Operation: "ListUserSessions", Pool: b.Pool.ID, Query: b.User.Sub}
	found, next, err := o.sessions(ctx, scope, in.NextToken, b)
	return &api.ListUserSessionsResponse{Sessions: found, NextToken: next}, err
}

// AdminListUserSessions lists the sessions of a user.
func (o *Operations) AdminListUserSessions(
	ctx context.Context, in *api.AdminListUserSessionsRequest,
) (*api.AdminListUserSessionsResponse, error) {
	b, err := o.namedUser(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	scope := page.Scope{
		Operation: "AdminListUserSessions", Pool: b.Pool.ID, Caller: gate.CallerOf(ctx).Account, Query: b.User.Sub,
	}
	found, next, err := o.sessions(ctx, scope, in.NextToken, b)
	return &api.AdminListUserSessionsResponse{Sessions: found, NextToken: next}, err
}

// namedUser returns a user that an administrator names, as a Bearer without a
// token.
func (o *Operations) namedUser(ctx context.Context, poolID, username *string) (*token.Bearer, error) {
	p, err := o.ownedPool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	u, err := o.Account.User(ctx, p, account.Named(api.Text(username)))
	return &token.Bearer{Pool: p, User: u}, err
}

func (o *Operations) sessions(
	ctx context.Context, scope page.Scope, nextToken *string, b *token.Bearer,
) (list []api.SessionDescriptionType, next *string, err error) {
	after, err := o.openPage(ctx, scope, nextToken)
	if err != nil {
		return nil, nil, err
	}
	found, err := o.Tokens.Sessions(ctx, b.Pool, b.User)
	if err != nil {
		return nil, nil, err
	}
	from, _ := slices.BinarySearchFunc(found, after+"\x00",
		func(s userpool.Session, id string) int { return strings.Compare(s.ID, id) })
	found = found[from:]
	if len(found) > sessionPage {
		found = found[:sessionPage]
		if next, err = o.sealPage(scope, found[sessionPage-1].ID); err != nil {
			return nil, nil, err
		}
	}
	list = make([]api.SessionDescriptionType, 0, len(found))
	for _, s := range found {
		list = append(list, sessionOut(s, b.Origin))
	}
	return list, next, nil
}

// unknownPlace is the country of every address: addresses are not resolved.
const unknownPlace = "unknown"

func sessionOut(s userpool.Session, current string) api.SessionDescriptionType {
	kind, country, isCurrent := string(s.Kind), unknownPlace, current != "" && s.Origin == current
	return api.SessionDescriptionType{
		SessionId: &s.ID, SessionType: &kind, ClientId: &s.ClientID, OriginSessionId: some(s.Parent),
		CreateDate: &s.Created, LastActiveDate: &s.Active, IsCurrentSession: &isCurrent,
		DeviceType: &s.Agent, LastIPAddress: some(s.Address), LastLocation: &api.SessionLocationType{Country: &country},
	}
}

// RevokeUserSession ends another session of the signed-in user.
func (o *Operations) RevokeUserSession(
	ctx context.Context, in *api.RevokeUserSessionRequest,
) (*api.RevokeUserSessionResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	return &api.RevokeUserSessionResponse{}, o.Tokens.EndSession(ctx, b.Pool, token.SessionEnd{
		User: b.User, ID: api.Text(in.SessionId), Linked: linked(in.RevokeAssociatedSessions), Caller: b.Origin,
	})
}

// AdminRevokeUserSession ends a session of a user.
func (o *Operations) AdminRevokeUserSession(
	ctx context.Context, in *api.AdminRevokeUserSessionRequest,
) (*api.AdminRevokeUserSessionResponse, error) {
	b, err := o.namedUser(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	return &api.AdminRevokeUserSessionResponse{}, o.Tokens.EndSession(ctx, b.Pool, token.SessionEnd{
		User: b.User, ID: api.Text(in.SessionId), Linked: linked(in.RevokeAssociatedSessions),
	})
}

// linked reports whether RevokeAssociatedSessions is LINKED.
func linked(associated *string) bool {
	return api.Text(associated) == api.RevokeAssociatedSessionsTypeLinked
}

// withContextData returns ctx with the app user's address and agent, which a server
// sends in ContextData, in place of the server's own.
func withContextData(ctx context.Context, d *api.ContextDataType) context.Context {
	if d == nil {
		return ctx
	}
	peer := userpool.Peer{Address: api.Text(d.IpAddress)}
	for _, h := range d.HttpHeaders {
		if strings.EqualFold(api.Text(h.HeaderName), "User-Agent") {
			peer.Agent = api.Text(h.HeaderValue)
		}
	}
	return token.WithPeer(ctx, peer)
}

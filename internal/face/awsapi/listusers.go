package awsapi

import (
	"context"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

// defaultUserPage is the page size if Limit is absent or 0, and the largest size.
const defaultUserPage = 60

// ListUsers returns a page of a pool's users that match the filter, with the
// requested attributes.
func (o *Operations) ListUsers(ctx context.Context, in *api.ListUsersRequest) (*api.ListUsersResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	scope := page.Scope{
		Operation: "ListUsers", Pool: p.ID, Caller: gate.CallerOf(ctx).Account, Query: api.Text(in.Filter),
	}
	after, err := o.userCursor(ctx, scope, in.PaginationToken)
	if err != nil {
		return nil, err
	}
	limit := int(number(in.Limit))
	if limit == 0 {
		limit = defaultUserPage
	}
	users, next, err := o.Account.ListUsers(ctx, p, account.ListRequest{
		Filter: api.Text(in.Filter), Limit: limit, After: after, AttributesToGet: in.AttributesToGet,
	})
	if err != nil {
		return nil, err
	}
	show := everything
	if in.AttributesToGet != nil {
		show = func(name string) bool { return slices.Contains(in.AttributesToGet, name) }
	}
	out := &api.ListUsersResponse{Users: make([]api.UserType, 0, len(users))}
	for _, u := range users {
		shown := userType(u, show)
		if !show("sub") {
			shown.Attributes = shown.Attributes[1:]
		}
		out.Users = append(out.Users, shown)
	}
	if next != nil {
		if out.PaginationToken, err = o.sealCursor(scope, next); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (o *Operations) userCursor(ctx context.Context, scope page.Scope, token *string) (*store.Cursor, error) {
	text, err := o.openPage(ctx, scope, token)
	if err != nil || text == "" {
		return nil, err
	}
	var c record.UserCursor
	err = record.SealedUserCursor.Decode([]byte(text), &c)
	return (*store.Cursor)(&c), err
}

func (o *Operations) sealCursor(scope page.Scope, c *store.Cursor) (*string, error) {
	cursor, err := record.SealedUserCursor.Encode(record.UserCursor(*c), nil)
	if err != nil {
		return nil, err
	}
	return o.sealPage(scope, string(cursor))
}

package awsapi

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxGroupPage is the largest page of groups, and the size if Limit is absent or 0.
const maxGroupPage = 60

func groupOut(g *userpool.Group) api.GroupType {
	return api.GroupType{
		GroupName: &g.Name, UserPoolId: &g.PoolID,
		Description: g.Description, RoleArn: g.RoleArn, Precedence: g.Precedence,
		CreationDate: &g.Created, LastModifiedDate: &g.Modified,
	}
}

// CreateGroup creates a group.
func (o *Operations) CreateGroup(ctx context.Context, in *api.CreateGroupRequest) (*api.CreateGroupResponse, error) {
	g := &userpool.Group{PoolID: *in.UserPoolId, Name: *in.GroupName, GroupSettings: userpool.GroupSettings{
		Description: in.Description, RoleArn: in.RoleArn, Precedence: in.Precedence,
	}}
	err := o.Store.Configure(ctx, g.PoolID, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, g.PoolID)
		if err != nil {
			return err
		}
		groups, err := tx.CountGroups(p.ID)
		if err != nil {
			return err
		}
		if err := p.Quotas.FitOne(userpool.QuotaGroups, p.ID, groups); err != nil {
			return err
		}
		return tx.InsertGroup(g)
	})
	if err != nil {
		return nil, err
	}
	out := groupOut(g)
	return &api.CreateGroupResponse{Group: &out}, nil
}

// GetGroup returns a group.
func (o *Operations) GetGroup(ctx context.Context, in *api.GetGroupRequest) (*api.GetGroupResponse, error) {
	var g *userpool.Group
	err := o.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		g, err = tx.Group(*in.UserPoolId, *in.GroupName)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := groupOut(g)
	return &api.GetGroupResponse{Group: &out}, nil
}

// UpdateGroup changes the members that are present.
func (o *Operations) UpdateGroup(ctx context.Context, in *api.UpdateGroupRequest) (*api.UpdateGroupResponse, error) {
	var g *userpool.Group
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) (err error) {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if g, err = tx.Group(*in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		if in.Description != nil {
			g.Description = in.Description
		}
		if in.RoleArn != nil {
			g.RoleArn = in.RoleArn
		}
		if in.Precedence != nil {
			g.Precedence = in.Precedence
		}
		return tx.UpdateGroup(g)
	})
	if err != nil {
		return nil, err
	}
	out := groupOut(g)
	return &api.UpdateGroupResponse{Group: &out}, nil
}

// DeleteGroup removes a group; its members stay users.
func (o *Operations) DeleteGroup(ctx context.Context, in *api.DeleteGroupRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteGroup(*in.UserPoolId, *in.GroupName)
	})
}

// ListGroups returns a pool's groups.
func (o *Operations) ListGroups(ctx context.Context, in *api.ListGroupsRequest) (*api.ListGroupsResponse, error) {
	scope := page.Scope{Operation: "ListGroups", Pool: *in.UserPoolId, Caller: gate.CallerOf(ctx).Account}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.Limit, maxGroupPage)
	var groups []*userpool.Group
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		groups, err = tx.Groups(*in.UserPoolId, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListGroupsResponse{}
	if len(groups) > limit {
		groups = groups[:limit]
		if out.NextToken, err = o.sealPage(scope, groups[limit-1].Name); err != nil {
			return nil, err
		}
	}
	out.Groups = groupsOut(groups)
	return out, nil
}

func groupsOut(groups []*userpool.Group) []api.GroupType {
	out := make([]api.GroupType, 0, len(groups))
	for _, g := range groups {
		out = append(out, groupOut(g))
	}
	return out
}

// AdminAddUserToGroup adds a user to a group.
func (o *Operations) AdminAddUserToGroup(ctx context.Context, in *api.AdminAddUserToGroupRequest) error {
	return o.changeMembership(ctx, in.UserPoolId, in.Username, in.GroupName,
		func(tx *store.Tx, p *userpool.Pool, u *userpool.User) error {
			groups, err := tx.GroupsOf(u.PoolID, u.Username)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(groups, func(g *userpool.Group) bool { return g.Name == *in.GroupName }) {
				return nil
			}
			if err := p.Quotas.FitOne(userpool.QuotaGroupsPerUser, u.Username, len(groups)); err != nil {
				return err
			}
			return tx.AddToGroup(u.PoolID, *in.GroupName, u.Username)
		})
}

// AdminRemoveUserFromGroup removes a user from a group.
func (o *Operations) AdminRemoveUserFromGroup(ctx context.Context, in *api.AdminRemoveUserFromGroupRequest) error {
	return o.changeMembership(ctx, in.UserPoolId, in.Username, in.GroupName,
		func(tx *store.Tx, _ *userpool.Pool, u *userpool.User) error {
			return tx.RemoveFromGroup(u.PoolID, *in.GroupName, u.Username)
		})
}

// changeMembership calls change for a user and a group, which must both exist.
func (o *Operations) changeMembership(
	ctx context.Context, poolID, username, group *string, change func(*store.Tx, *userpool.Pool, *userpool.User) error,
) error {
	return o.Store.Update(ctx, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *poolID)
		if err != nil {
			return err
		}
		u, err := tx.User(p, *username)
		if err != nil {
			return err
		}
		if _, err := tx.Group(p.ID, *group); err != nil {
			return err
		}
		return change(tx, p, u)
	})
}

// AdminListGroupsForUser returns a user's groups by precedence.
func (o *Operations) AdminListGroupsForUser(
	ctx context.Context, in *api.AdminListGroupsForUserRequest,
) (*api.AdminListGroupsForUserResponse, error) {
	scope := page.Scope{
		Operation: "AdminListGroupsForUser", Pool: *in.UserPoolId, Caller: gate.CallerOf(ctx).Account,
		Query: *in.Username,
	}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	var groups []*userpool.Group
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		u, err := tx.User(p, *in.Username)
		if err != nil {
			return err
		}
		groups, err = tx.GroupsOf(p.ID, u.Username)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.AdminListGroupsForUserResponse{}
	// The quota keeps the list short, so pages are cut from the whole list.
	if groups, err = afterCursor(groups, after); err != nil {
		return nil, err
	}
	if limit := pageSize(in.Limit, maxGroupPage); len(groups) > limit {
		groups = groups[:limit]
		cursor, err := json.Marshal(groups[limit-1].Rank())
		if err != nil {
			return nil, err
		}
		if out.NextToken, err = o.sealPage(scope, string(cursor)); err != nil {
			return nil, err
		}
	}
	out.Groups = groupsOut(groups)
	return out, nil
}

// afterCursor returns the groups that rank after the cursor. The group that the
// cursor was made from may have been deleted.
func afterCursor(groups []*userpool.Group, cursor string) ([]*userpool.Group, error) {
	if cursor == "" {
		return groups, nil
	}
	var last userpool.GroupRank
	if err := json.Unmarshal([]byte(cursor), &last); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(groups, func(g *userpool.Group) bool { return g.Rank().Compare(last) <= 0 }), nil
}

// ListUsersInGroup returns a group's members.
func (o *Operations) ListUsersInGroup(
	ctx context.Context, in *api.ListUsersInGroupRequest,
) (*api.ListUsersInGroupResponse, error) {
	scope := page.Scope{
		Operation: "ListUsersInGroup", Pool: *in.UserPoolId, Caller: gate.CallerOf(ctx).Account, Query: *in.GroupName,
	}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.Limit, maxGroupPage)
	var users []*userpool.User
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if _, err := tx.Group(*in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		users, err = tx.UsersInGroup(*in.UserPoolId, *in.GroupName, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListUsersInGroupResponse{Users: []api.UserType{}}
	if len(users) > limit {
		users = users[:limit]
		if out.NextToken, err = o.sealPage(scope, users[limit-1].Username); err != nil {
			return nil, err
		}
	}
	for _, u := range users {
		out.Users = append(out.Users, userType(u, everything))
	}
	return out, nil
}

package account

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Ref refers to a user: one that an administrator names, or the one who is
// signed in.
type Ref struct{ name, sub string }

// Named refers to the user with the username, alias or sub.
func Named(name string) Ref { return Ref{name: name} }

// Self refers to u, even if another user has taken its name since.
func Self(u *userpool.User) Ref { return Ref{sub: u.Sub} }

func (r Ref) find(tx *store.Tx, p *userpool.Pool) (*userpool.User, error) {
	if r.sub != "" {
		return tx.UserBySub(p, r.sub)
	}
	return tx.User(p, r.name)
}

// change reads a user, applies fn to a copy, and writes it, in one Update.
func (f *Flow) change(
	ctx context.Context, p *userpool.Pool, r Ref, fn func(tx *store.Tx, u *userpool.User) error,
) error {
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := r.find(tx, p)
		if err != nil {
			return err
		}
		u := found.Clone()
		if err := fn(tx, u); err != nil {
			return err
		}
		return tx.UpdateUser(p, u)
	})
}

// User returns a user of the pool.
func (f *Flow) User(ctx context.Context, p *userpool.Pool, r Ref) (u *userpool.User, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		u, err = r.find(tx, p)
		return err
	})
	return u, err
}

// DeleteUser deletes a user. Source: API_DeleteUser, API_AdminDeleteUser.
func (f *Flow) DeleteUser(ctx context.Context, p *userpool.Pool, r Ref) error {
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := r.find(tx, p)
		if err != nil {
			return err
		}
		return tx.DeleteUser(p, u.Username)
	})
}

// DisableUser prevents sign-ins of a user and revokes every token of the user,
// which EnableUser does not restore. Source: API_AdminDisableUser.
func (f *Flow) DisableUser(ctx context.Context, p *userpool.Pool, r Ref) error {
	return f.change(ctx, p, r, func(tx *store.Tx, u *userpool.User) error {
		u.Enabled = false
		u.SignOut(tx.Now)
		return nil
	})
}

// EnableUser lets a user sign in again.
func (f *Flow) EnableUser(ctx context.Context, p *userpool.Pool, r Ref) error {
	return f.change(ctx, p, r, func(_ *store.Tx, u *userpool.User) error {
		u.Enabled = true
		return nil
	})
}

// SignOut is GlobalSignOut and AdminUserGlobalSignOut: it revokes every token
// of the user.
func (f *Flow) SignOut(ctx context.Context, p *userpool.Pool, r Ref) error {
	return f.change(ctx, p, r, func(tx *store.Tx, u *userpool.User) error {
		u.SignOut(tx.Now)
		return nil
	})
}

// ListRequest is a request for a page of the users of a pool.
type ListRequest struct {
	Filter string
	// Limit is the page size; After is the cursor of the previous page, nil for
	// the first page.
	Limit int
	After *store.Cursor
	// AttributesToGet selects the attributes to return; nil means all, an empty
	// list none.
	AttributesToGet []string
}

// ListUsers returns a page of users and the cursor of the next one, nil at the
// end. Source: API_ListUsers and guide page how-to-manage-user-accounts.
func (f *Flow) ListUsers(
	ctx context.Context, p *userpool.Pool, r ListRequest,
) (users []*userpool.User, next *store.Cursor, err error) {
	filter, err := userfilter.Parse(r.Filter)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range r.AttributesToGet {
		if _, known := p.Attribute(name); !known && name != userpool.IdentitiesAttribute {
			return nil, nil, fault.AttributesNotFound
		}
	}
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		users, next, err = tx.ListUsers(p, store.UserQuery{Filter: filter, Limit: r.Limit, After: r.After})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return users, next, requireAttributes(users, r.AttributesToGet)
}

// filterable are the attributes that a filter can name, and that
// AttributesToGet can name even if some users lack them.
var filterable = map[string]bool{
	"sub": true, "email": true, "phone_number": true, "name": true,
	"given_name": true, "family_name": true, "preferred_username": true,
}

func requireAttributes(users []*userpool.User, names []string) error {
	for _, name := range names {
		if filterable[name] {
			continue
		}
		for _, u := range users {
			if u.Attributes[name] == "" {
				return fault.AttributesNotFound
			}
		}
	}
	return nil
}

package federation

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// UserIdentifier identifies a user at a provider. Source: API reference
// ProviderUserIdentifierType.
type UserIdentifier struct{ Provider, Name, Value string }

// maxIdentifierBytes bounds Value, which becomes part of a key.
const maxIdentifierBytes = 1024

// check refuses an identifier with missing or invalid members. named: Name is
// required.
func (id UserIdentifier) check(role string, named bool) error {
	if id.Provider == "" || id.Value == "" || named && id.Name == "" {
		needs := "ProviderName and ProviderAttributeValue are required."
		if named {
			needs = "ProviderName, ProviderAttributeName and ProviderAttributeValue are required."
		}
		return fault.Invalid("Invalid %s: %s", role, needs)
	}
	if len(id.Value) > maxIdentifierBytes || strings.ContainsFunc(id.Value, unicode.IsControl) {
		return fault.Invalid(
			"Invalid %s: ProviderAttributeValue must have at most %d bytes and no control characters.",
			role, maxIdentifierBytes)
	}
	return nil
}

// Link lets the source, an identity that has not signed in yet, sign in as the
// destination. Source: API reference AdminLinkProviderForUser and guide page
// cognito-user-pools-identity-federation-consolidate-users.
func (f *Flow) Link(ctx context.Context, p *userpool.Pool, destination, source UserIdentifier) error {
	if err := destination.check("DestinationUser", false); err != nil {
		return err
	}
	if err := source.check("SourceUser", true); err != nil {
		return err
	}
	if idp.IsNative(source.Provider) {
		return idp.NativeSource
	}
	return f.Store.Configure(ctx, p.ID, func(tx *store.Tx) error {
		ip, err := store.IdentityProviders.Get(tx, p.ID, source.Provider)
		if err != nil {
			return err
		}
		if err := ip.Linkable(source.Name); err != nil {
			return err
		}
		u, err := findUser(tx, p, destination)
		if err != nil {
			return err
		}
		if err := idp.AcceptsLinks(p, u); err != nil {
			return err
		}
		if err := requireLinkable(tx, u, source); err != nil {
			return err
		}
		return tx.AddIdentity(p, u, idp.Identity{
			Provider: ip.ID, Name: source.Name, Value: source.Value, Type: ip.Type, Issuer: ip.Issuer(),
		})
	})
}

// findUser returns the user of an identifier: for a native one the user of that
// username, else the user with that subject at the provider.
func findUser(tx *store.Tx, p *userpool.Pool, id UserIdentifier) (*userpool.User, error) {
	if idp.IsNative(id.Provider) {
		return tx.User(p, id.Value)
	}
	return tx.LinkedUser(p, id.Provider, idp.CognitoSubject, id.Value)
}

// requireLinkable refuses a source that belongs to a user already, and a link
// that exceeds a limit.
func requireLinkable(tx *store.Tx, u *userpool.User, source UserIdentifier) error {
	held, err := tx.Identity(u.PoolID, source.Provider, source.Name, source.Value)
	switch {
	case err != nil:
		return err
	case held == nil:
	case held.Username == u.Username:
		return idp.AlreadyLinked
	case held.Primary:
		return idp.CannotMerge
	default:
		return idp.LinkedElsewhere
	}
	all, err := tx.IdentitiesOf(u.PoolID, u.Username)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(id idp.Identity) bool { return id.Primary })
	if len(all) >= idp.MaxLinkedIdentities {
		return fault.Newf(fault.LimitExceeded, "A user can have at most %d linked identities.", idp.MaxLinkedIdentities)
	}
	names, err := tx.LinkAttributes(u.PoolID, source.Provider, idp.MaxLinkAttributes)
	if err == nil && len(names) >= idp.MaxLinkAttributes && !slices.Contains(names, source.Name) {
		return fault.Newf(fault.LimitExceeded, "Users of provider %s can be linked on at most %d attributes.",
			source.Provider, idp.MaxLinkAttributes)
	}
	return err
}

// Disable stops a user from signing in with a provider. A native user loses its
// password, a linked identity its link. A profile that was created by a sign-in
// at the provider is disabled. Source: API reference
// AdminDisableProviderForUser.
func (f *Flow) Disable(ctx context.Context, p *userpool.Pool, user UserIdentifier) error {
	if err := user.check("User", true); err != nil {
		return err
	}
	if !idp.IsNative(user.Provider) {
		return f.Store.Update(ctx, func(tx *store.Tx) error { return disableIdentity(tx, p, user) })
	}
	if user.Name != idp.CognitoSubject {
		return fault.Invalid("Invalid User: ProviderAttributeName must be %s for provider %s.", idp.CognitoSubject,
			user.Provider)
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(p, user.Value)
		if err != nil {
			return err
		}
		return disablePassword(tx, p, u)
	})
}

// disablePassword deletes the password and the codes that could set a new one.
// Only sign-in at a provider remains.
func disablePassword(tx *store.Tx, p *userpool.Pool, u *userpool.User) error {
	if err := tx.DeleteCredential(p.ID, u.Username); err != nil {
		return err
	}
	for _, purpose := range []userpool.Purpose{userpool.ResetPassword, userpool.ConfirmSignUp} {
		if err := tx.DeleteCode(p.ID, u.Username, purpose); err != nil {
			return err
		}
	}
	u.Status = userpool.ExternalProvider
	return tx.UpdateUser(p, u)
}

func disableIdentity(tx *store.Tx, p *userpool.Pool, user UserIdentifier) error {
	id, err := tx.Identity(p.ID, user.Provider, user.Name, user.Value)
	if err != nil {
		return err
	}
	if id == nil {
		// An unknown provider and an unknown user are different errors.
		if _, err := store.IdentityProviders.Get(tx, p.ID, user.Provider); err != nil {
			return err
		}
		return fault.UserDoesNotExist
	}
	u, err := tx.LinkedUser(p, user.Provider, user.Name, user.Value)
	if err != nil {
		return err
	}
	if !id.Primary {
		return tx.RemoveIdentity(p, u, *id)
	}
	u.Enabled = false
	u.SignOut(tx.Now)
	return tx.UpdateUser(p, u)
}

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

// UserIdentifier names a user as a provider knows it. Source: API reference
// ProviderUserIdentifierType.
type UserIdentifier struct{ Provider, Name, Value string }

// maxIdentifierBytes bounds what a provider may call a user: it becomes part
// of a key.
const maxIdentifierBytes = 1024

// check refuses identifiers with members missing or out of bounds.
func (id UserIdentifier) check(role string, named bool) error {
	if id.Provider == "" || id.Value == "" || named && id.Name == "" {
		needs := "ProviderName and ProviderAttributeValue are required."
		if named {
			needs = "ProviderName, ProviderAttributeName and ProviderAttributeValue are required."
		}
		return fault.Invalid("Invalid %s: %s", role, needs)
	}
	if len(id.Value) > maxIdentifierBytes || strings.ContainsFunc(id.Value, unicode.IsControl) {
		return fault.Invalid("Invalid %s: ProviderAttributeValue must have at most %d bytes and no control characters.", role,
			maxIdentifierBytes)
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
		u, err := find(tx, p, destination)
		if err != nil {
			return err
		}
		if err := idp.AcceptsLinks(p, u); err != nil {
			return err
		}
		if err := linkable(tx, u, source); err != nil {
			return err
		}
		return tx.AddIdentity(p, u, idp.Identity{
			Provider: ip.ID, Name: source.Name, Value: source.Value, Type: ip.Type, Issuer: ip.Issuer(),
		})
	})
}

// find returns the user that an identifier means: a profile by its username,
// or the one a provider's subject leads to.
func find(tx *store.Tx, p *userpool.Pool, id UserIdentifier) (*userpool.User, error) {
	if idp.IsNative(id.Provider) {
		return tx.User(p, id.Value)
	}
	return tx.LinkedUser(p, id.Provider, idp.CognitoSubject, id.Value)
}

// linkable refuses a source that leads to somebody already, and one too many.
func linkable(tx *store.Tx, u *userpool.User, source UserIdentifier) error {
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

// Disable keeps a user from signing in with a provider: a native user loses
// its password, a linked identity its link, and a profile that a provider's
// sign-in made is disabled. Source: API reference AdminDisableProviderForUser.
func (f *Flow) Disable(ctx context.Context, p *userpool.Pool, who UserIdentifier) error {
	if err := who.check("User", true); err != nil {
		return err
	}
	if !idp.IsNative(who.Provider) {
		return f.Store.Update(ctx, func(tx *store.Tx) error { return disableIdentity(tx, p, who) })
	}
	if who.Name != idp.CognitoSubject {
		return fault.Invalid("Invalid User: ProviderAttributeName must be %s for provider %s.", idp.CognitoSubject,
			who.Provider)
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(p, who.Value)
		if err != nil {
			return err
		}
		return disablePassword(tx, p, u)
	})
}

// disablePassword leaves no way in but a provider's, nor a code under way that
// would set a password.
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

func disableIdentity(tx *store.Tx, p *userpool.Pool, who UserIdentifier) error {
	id, err := tx.Identity(p.ID, who.Provider, who.Name, who.Value)
	if err != nil {
		return err
	}
	if id == nil {
		// An unknown provider is another refusal than an unknown user.
		if _, err := store.IdentityProviders.Get(tx, p.ID, who.Provider); err != nil {
			return err
		}
		return fault.UserDoesNotExist
	}
	u, err := tx.LinkedUser(p, who.Provider, who.Name, who.Value)
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

package store

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// IdentityProviders are the identity providers of pools, by name. Change them
// through the methods of Tx, which keep their identifiers consistent.
var IdentityProviders = Collection[idp.Provider, *idp.Provider]{
	kind: "identity-provider", shape: record.IdentityProvider, sealed: true,
	missing: func(_, name string) error { return idp.ProviderDoesNotExist(name) },
	taken:   func(_, name string) error { return idp.ProviderExists(name) },
}

// SigningCertificates are the keys that pools sign SAML requests with.
var SigningCertificates = Collection[idp.SigningCertificate, *idp.SigningCertificate]{
	kind: "signing-certificate", shape: record.SigningCertificate, sealed: true,
	missing: func(poolID, _ string) error {
		return fault.Newf(fault.ResourceNotFound, "User pool %s has no signing certificate.", poolID)
	},
	taken: func(string, string) error { return conflict },
}

// providerIdentifiers map identifiers to providers. They make identifiers unique
// in a pool.
var providerIdentifiers = Collection[idp.Identifier, *idp.Identifier]{
	kind: "identity-provider-identifier", shape: record.Identifier,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "Identity provider with identifier %s does not exist.", id)
	},
	taken: func(_, id string) error {
		return fault.Invalid("The IdpIdentifier %s is already used by a provider of this user pool.", id)
	},
}

// InsertIdentityProvider adds a provider with its identifiers. A name that
// differs from an existing one only in case is refused.
func (tx *Tx) InsertIdentityProvider(ip *idp.Provider) error {
	names, err := IdentityProviders.IDs(tx, ip.PoolID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(names, func(name string) bool { return idp.SameName(name, ip.ID) }) {
		return idp.ProviderExists(ip.ID)
	}
	if len(names) >= idp.MaxProviders {
		return fault.Newf(fault.LimitExceeded, "Exceeded the limit of %d identity providers in user pool %s.",
			idp.MaxProviders, ip.PoolID)
	}
	if err := IdentityProviders.Insert(tx, ip); err != nil {
		return err
	}
	return tx.updateIdentifiers(ip, nil, ip.Identifiers)
}

// UpdateIdentityProvider writes a provider. A Version that is not the stored one
// is fault.ConcurrentModification.
func (tx *Tx) UpdateIdentityProvider(ip *idp.Provider) error {
	before, err := IdentityProviders.Get(tx, ip.PoolID, ip.ID)
	if err != nil {
		return err
	}
	if err := IdentityProviders.Update(tx, ip); err != nil {
		return err
	}
	return tx.updateIdentifiers(ip, before.Identifiers, ip.Identifiers)
}

// DeleteIdentityProvider removes a provider. The settings of clients still
// contain its name, and users keep their identities of the provider.
func (tx *Tx) DeleteIdentityProvider(poolID, name string) error {
	ip, err := IdentityProviders.Get(tx, poolID, name)
	if err != nil {
		return err
	}
	if err := IdentityProviders.Delete(tx, poolID, name); err != nil {
		return err
	}
	return tx.updateIdentifiers(ip, ip.Identifiers, nil)
}

// IdentityProviderByIdentifier returns the provider that has an identifier.
func (tx *Tx) IdentityProviderByIdentifier(poolID, identifier string) (*idp.Provider, error) {
	id, err := providerIdentifiers.Get(tx, poolID, identifier)
	if err != nil {
		return nil, err
	}
	return IdentityProviders.Get(tx, poolID, id.Provider)
}

func (tx *Tx) updateIdentifiers(ip *idp.Provider, had, has []string) error {
	for _, id := range had {
		if slices.Contains(has, id) {
			continue
		}
		if err := providerIdentifiers.Delete(tx, ip.PoolID, id); err != nil {
			return err
		}
	}
	for _, id := range has {
		if slices.Contains(had, id) {
			continue
		}
		row := &idp.Identifier{Resource: userpool.Resource{PoolID: ip.PoolID, ID: id}, Provider: ip.ID}
		if err := providerIdentifiers.Insert(tx, row); err != nil {
			return err
		}
	}
	return nil
}

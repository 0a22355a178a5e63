package store

import (
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// brandings are the styles of managed login by id. The methods below are the only
// writers: they keep brandingsOfClients consistent, and count as changes of the pool's
// configuration.
var brandings = Collection[brand.ManagedLogin, *brand.ManagedLogin]{
	kind: "managed-login-branding", shape: record.Branding,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "Managed login branding %s does not exist.", id)
	},
	taken: func(_, id string) error {
		return fault.Newf(fault.ManagedLoginBrandingExists, "Managed login branding %s already exists.", id)
	},
}

// brandingsOfClients map client ids to styles. Ids are unique, so a client has at
// most one style.
var brandingsOfClients = Collection[record.LinkToBranding, *record.LinkToBranding]{
	kind: "branding-of-client", shape: record.BrandingOfClient,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "Managed login branding for app client %s does not exist.", id)
	},
	taken: func(_, id string) error {
		return fault.Newf(fault.ManagedLoginBrandingExists,
			"Managed login branding already exists for app client %s.", id)
	},
}

// Branding returns a style by its id; an unknown one is
// fault.ResourceNotFound.
func (tx *Tx) Branding(poolID, id string) (*brand.ManagedLogin, error) {
	return brandings.Get(tx, poolID, id)
}

// BrandingOfClient returns the style of a client. A client without one is
// fault.ResourceNotFound.
func (tx *Tx) BrandingOfClient(poolID, clientID string) (*brand.ManagedLogin, error) {
	of, err := brandingsOfClients.Get(tx, poolID, clientID)
	if err != nil {
		return nil, err
	}
	return brandings.Get(tx, poolID, of.BrandingID)
}

// BrandingStamp identifies the style of a client and its version; it is "" for a
// client without a style. A style itself may have megabytes.
func (tx *Tx) BrandingStamp(poolID, clientID string) (stamp string, err error) {
	of, err := brandingsOfClients.query(tx, `AND id = $3`, poolID, brandingsOfClients.kind, clientID)
	if err != nil || len(of) == 0 {
		return "", err
	}
	var version int64
	found, err := tx.one([]any{&version}, `SELECT version FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`,
		poolID, brandings.kind, of[0].BrandingID)
	if err != nil || !found {
		return "", err
	}
	return of[0].BrandingID + "/" + strconv.FormatInt(version, 10), nil
}

// CountBrandings returns the number of styles of a pool.
func (tx *Tx) CountBrandings(poolID string) (int, error) { return brandings.Count(tx, poolID) }

// InsertBranding adds a style. The caller sets its ids. A client that already has
// a style is fault.ManagedLoginBrandingExists.
func (tx *Tx) InsertBranding(b *brand.ManagedLogin) error {
	tx.touch(b.PoolID)
	of := &record.LinkToBranding{Resource: userpool.Resource{PoolID: b.PoolID, ID: b.ClientID}, BrandingID: b.ID}
	if err := brandingsOfClients.Insert(tx, of); err != nil {
		return err
	}
	return brandings.Insert(tx, b)
}

// UpdateBranding writes a style. A Version that is not the stored one is
// fault.ConcurrentModification.
func (tx *Tx) UpdateBranding(b *brand.ManagedLogin) error {
	tx.touch(b.PoolID)
	return brandings.Update(tx, b)
}

// DeleteBranding removes a style; an unknown one is fault.ResourceNotFound.
func (tx *Tx) DeleteBranding(poolID, id string) error {
	tx.touch(poolID)
	b, err := brandings.Get(tx, poolID, id)
	if err != nil {
		return err
	}
	if err := brandings.Delete(tx, poolID, id); err != nil {
		return err
	}
	return brandingsOfClients.Delete(tx, poolID, b.ClientID)
}

// removeAppearance deletes the styles, UI customization and terms of a client, if
// there are any.
func (tx *Tx) removeAppearance(poolID, clientID string) error {
	if err := tx.RemoveUICustomization(poolID, clientID); err != nil {
		return err
	}
	if err := tx.removeTermsOf(poolID, clientID); err != nil {
		return err
	}
	of, err := brandingsOfClients.query(tx, `AND id = $3`, poolID, brandingsOfClients.kind, clientID)
	if err != nil || len(of) == 0 {
		return err
	}
	return tx.DeleteBranding(poolID, of[0].BrandingID)
}

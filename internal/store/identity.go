package store

import (
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

const identityColumns = `pool_id, provider, name, value, username, type, issuer, primary_one, created`

func (tx *Tx) identities(where string, args ...any) (found []idp.Identity, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var (
			id               idp.Identity
			kind             string
			primary, created int64
		)
		err := scan(&id.PoolID, &id.Provider, &id.Name, &id.Value, &id.Username, &kind, &id.Issuer, &primary, &created)
		id.Type, id.Primary, id.Created = idp.Type(kind), primary != 0, fromMillis(created)
		found = append(found, id)
		return err
	}, `SELECT `+identityColumns+` FROM user_identity WHERE pool_id = $1 AND `+where, args...)
	return found, err
}

// Identity returns an identity, or nil.
func (tx *Tx) Identity(poolID, provider, name, value string) (*idp.Identity, error) {
	found, err := tx.identities(`provider = $2 AND name = $3 AND value = $4`, poolID, provider, name, value)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// IdentitiesOf returns a user's identities: the primary one first, the others by
// age, oldest first.
func (tx *Tx) IdentitiesOf(poolID, username string) ([]idp.Identity, error) {
	return tx.identities(`username = $2 ORDER BY primary_one DESC, created, provider, name, value`, poolID, username)
}

// LinkedUser returns the user that an identity is linked to. name is
// idp.CognitoSubject or an attribute. value is the provider's value, compared
// bytewise. If there is none, it is fault.UserDoesNotExist.
func (tx *Tx) LinkedUser(p *userpool.Pool, provider, name, value string) (*userpool.User, error) {
	id, err := tx.Identity(p.ID, provider, name, value)
	if err != nil {
		return nil, err
	}
	if id == nil {
		return nil, fault.UserDoesNotExist
	}
	return tx.userOr(tx.userWhere(`u.pool_id = $1 AND u.username = $2`, p.ID, id.Username))
}

// LinkAttributes returns up to limit names of attributes by which identities of a
// provider are linked in a pool.
func (tx *Tx) LinkAttributes(poolID, provider string, limit int) (names []string, err error) {
	for after := ""; len(names) < limit; {
		var name string
		found, err := tx.one([]any{&name},
			`SELECT name FROM user_identity WHERE pool_id = $1 AND provider = $2 AND name > $3 ORDER BY name LIMIT 1`,
			poolID, provider, after)
		if err != nil || !found {
			return names, err
		}
		names, after = append(names, name), name
	}
	return names, nil
}

// AddIdentity adds an identity to a stored user and writes the user, whose
// Version must be the stored one. It sets id.Created if it is zero. An identity
// that is already linked is idp.LinkedElsewhere.
func (tx *Tx) AddIdentity(p *userpool.Pool, u *userpool.User, id idp.Identity) error {
	if id.Created.IsZero() {
		id.Created = tx.Now
	}
	err := tx.queueThen(unlessTaken(idp.LinkedElsewhere),
		`INSERT INTO user_identity (`+identityColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, id.Provider, id.Name, id.Value, u.Username, string(id.Type), id.Issuer,
		boolInt(id.Primary), millis(id.Created))
	if err != nil {
		return err
	}
	return tx.writeIdentities(p, u)
}

// RemoveIdentity removes an identity from a stored user and writes the user,
// whose Version must be the stored one.
func (tx *Tx) RemoveIdentity(p *userpool.Pool, u *userpool.User, id idp.Identity) error {
	n, err := tx.exec(`DELETE FROM user_identity WHERE pool_id = $1 AND provider = $2 AND name = $3 AND value = $4
		AND username = $5`,
		p.ID, id.Provider, id.Name, id.Value, u.Username)
	if err == nil && n == 0 {
		return conflict
	}
	if err != nil {
		return err
	}
	return tx.writeIdentities(p, u)
}

func (tx *Tx) writeIdentities(p *userpool.Pool, u *userpool.User) error {
	all, err := tx.IdentitiesOf(p.ID, u.Username)
	if err != nil {
		return err
	}
	attributes := map[string]string{}
	maps.Copy(attributes, u.Attributes)
	if attributes[userpool.IdentitiesAttribute], err = record.EncodeIdentities(all); err != nil {
		return err
	}
	if len(all) == 0 {
		delete(attributes, userpool.IdentitiesAttribute)
	}
	changing(tx, u)
	u.Attributes = attributes
	return tx.UpdateUser(p, u)
}

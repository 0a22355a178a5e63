package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func accessKeyOf(id string) place { return place{"", "access_key", id, "sealed"} }

func (tx *Tx) accessKeys(where string, args ...any) (keys []*userpool.AccessKey, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var k userpool.AccessKey
		var created, revoked int64
		var sealed []byte
		err := scan(&k.ID, &k.Account, &k.Description, &k.Policy, &created, &revoked, &sealed)
		k.Created, k.Revoked, k.Secret = fromMillis(created), fromMillis(revoked), userpool.Secret(sealed)
		keys = append(keys, &k)
		return err
	}, `SELECT key_id, account, description, policy, created, revoked, sealed FROM access_key `+where, args...)
	return keys, err
}

// AccessKey returns an access key with its secret, or nil.
func (tx *Tx) AccessKey(id string) (*userpool.AccessKey, error) {
	keys, err := tx.accessKeys(`WHERE key_id = $1`, id)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	plain, err := tx.open(accessKeyOf(id), []byte(keys[0].Secret.Reveal()))
	keys[0].Secret = userpool.Secret(plain)
	return keys[0], err
}

// AccessKeys returns every access key, without secrets.
func (tx *Tx) AccessKeys() ([]*userpool.AccessKey, error) {
	keys, err := tx.accessKeys(`ORDER BY key_id`)
	for _, k := range keys {
		k.Secret = ""
	}
	return keys, err
}

// InsertAccessKey adds an access key.
func (tx *Tx) InsertAccessKey(k *userpool.AccessKey) error {
	sealed, err := tx.seal(accessKeyOf(k.ID), []byte(k.Secret.Reveal()))
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO access_key (key_id, account, description, policy, created, revoked, sealed)
		VALUES ($1, $2, $3, $4, $5, 0, $6)`,
		k.ID, k.Account, k.Description, k.Policy, millis(k.Created), sealed)
}

// SetAccessKeyPolicy replaces the policy of a usable key. An empty policy allows
// everything. An unknown or revoked key is fault.ResourceNotFound.
func (tx *Tx) SetAccessKeyPolicy(id, policy string) error {
	n, err := tx.exec(`UPDATE access_key SET policy = $1 WHERE key_id = $2 AND revoked = 0`, policy, id)
	return usableKey(id, n, err)
}

// RevokeAccessKey revokes a key. An unknown or revoked one is
// fault.ResourceNotFound.
func (tx *Tx) RevokeAccessKey(id string) error {
	n, err := tx.exec(`UPDATE access_key SET revoked = $1 WHERE key_id = $2 AND revoked = 0`, millis(tx.Now), id)
	return usableKey(id, n, err)
}

func usableKey(id string, changed int64, err error) error {
	if err == nil && changed == 0 {
		return fault.New(fault.ResourceNotFound, "There is no usable access key "+id+".")
	}
	return err
}

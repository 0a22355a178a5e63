package store

import (
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func signingKeyOf(poolID, useFor string) place {
	return place{poolID, "signing_key", useFor, "sealed"}
}

// useFor returns the column use_for of a signing key. For a pool's first keys it
// is the use alone, so that only one of two nodes can insert them. For later keys
// it is the use and the key id. Nodes of a version without rotation look for the
// use alone.
func useFor(k userpool.SigningKey) string {
	if k.Signs.IsZero() {
		return string(k.Use)
	}
	return string(k.Use) + " " + k.KeyID
}

// SigningKeys returns a pool's keys, in the order in which they begin to sign and
// then of their uses, as in userpool.KeyUses. There are none before the pool's
// first token.
func (tx *Tx) SigningKeys(poolID string) (keys userpool.SigningKeys, err error) {
	var rows []string
	err = tx.each(func(scan func(...any) error) error {
		k := userpool.SigningKey{PoolID: poolID}
		var row string
		var created, signs, expires int64
		err := scan(&row, &k.KeyID, &created, &signs, &expires, &k.PKCS8)
		use, _, _ := strings.Cut(row, " ")
		k.Use, k.Created, k.Signs, k.Expires = userpool.KeyUse(use), fromMillis(created), fromMillis(signs),
			fromMillis(expires)
		rows, keys = append(rows, row), append(keys, k)
		return err
	}, `SELECT use_for, key_id, created, signs, expires, sealed FROM signing_key
		WHERE pool_id = $1 ORDER BY signs, use_for DESC`, poolID)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if keys[i].PKCS8, err = tx.open(signingKeyOf(poolID, rows[i]), keys[i].PKCS8); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// InsertSigningKeys adds keys to a pool. Of the first keys it adds only those for
// uses that have none yet. Two nodes may race: read the keys afterwards.
func (tx *Tx) InsertSigningKeys(keys []userpool.SigningKey) error {
	for _, k := range keys {
		row := useFor(k)
		sealed, err := tx.seal(signingKeyOf(k.PoolID, row), k.PKCS8)
		if err != nil {
			return err
		}
		err = tx.queue(`INSERT INTO signing_key (pool_id, use_for, key_id, created, signs, expires, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (pool_id, use_for) DO NOTHING`,
			k.PoolID, row, k.KeyID, millis(k.Created), millis(k.Signs), millis(k.Expires), sealed)
		if err != nil {
			return err
		}
	}
	return nil
}

// RetireSigningKeys sets the expiry of the pool's keys that sign now and have no
// expiry yet. It returns the number of keys: of two parallel rotations the second
// changes none.
func (tx *Tx) RetireSigningKeys(poolID string, expires time.Time) (int, error) {
	tx.touch(poolID)
	n, err := tx.exec(`UPDATE signing_key SET expires = $1 WHERE pool_id = $2 AND expires = 0 AND signs <= $3`,
		millis(expires), poolID, millis(tx.Now))
	return int(n), err
}

// DeleteSigningKeys removes every key of a pool and returns their number. A node
// stops verifying with them when it has seen the change of the pool.
func (tx *Tx) DeleteSigningKeys(poolID string) (int, error) {
	tx.touch(poolID)
	n, err := tx.exec(`DELETE FROM signing_key WHERE pool_id = $1`, poolID)
	return int(n), err
}

// PoolsWithSigningKeys returns the ids of all pools that have signing keys, of
// every account, in order.
func (tx *Tx) PoolsWithSigningKeys() (ids []string, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT pool_id FROM user_pool WHERE EXISTS (SELECT 1 FROM signing_key
		WHERE signing_key.pool_id = user_pool.pool_id) ORDER BY pool_id`)
	return ids, err
}

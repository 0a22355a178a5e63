package store

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

func signingKeyOf(poolID string, use userpool.KeyUse) place {
	return place{poolID, "signing_key", string(use), "sealed"}
}

// SigningKeys returns a pool's keys, none before its first token.
func (tx *Tx) SigningKeys(poolID string) (keys []userpool.SigningKey, err error) {
	err = tx.each(func(scan func(...any) error) error {
		k := userpool.SigningKey{PoolID: poolID}
		var use string
		var created int64
		err := scan(&use, &k.KeyID, &created, &k.PKCS8)
		k.Use, k.Created = userpool.KeyUse(use), fromMillis(created)
		keys = append(keys, k)
		return err
	}, `SELECT use_for, key_id, created, sealed FROM signing_key WHERE pool_id = $1`, poolID)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if keys[i].PKCS8, err = tx.open(signingKeyOf(poolID, keys[i].Use), keys[i].PKCS8); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// InsertSigningKeys gives a pool keys for the uses that have none yet. Two
// nodes may race; read the keys afterwards.
func (tx *Tx) InsertSigningKeys(keys []userpool.SigningKey) error {
	for _, k := range keys {
		sealed, err := tx.seal(signingKeyOf(k.PoolID, k.Use), k.PKCS8)
		if err != nil {
			return err
		}
		_, err = tx.exec(`INSERT INTO signing_key (pool_id, use_for, key_id, created, sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pool_id, use_for) DO NOTHING`,
			k.PoolID, string(k.Use), k.KeyID, millis(k.Created), sealed)
		if err != nil {
			return err
		}
	}
	return nil
}

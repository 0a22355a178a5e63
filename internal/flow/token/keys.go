package token

import (
	"context"
	"crypto/rsa"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// poolKeys are the parsed signing keys of a pool. Which of them sign, verify or
// are published depends on the time.
type poolKeys struct {
	rows   userpool.SigningKeys
	parsed map[string]*jose.SigningKey // by key id
	// generation is that of the store when the keys were read.
	generation uint64
}

// signer returns the key that signs tokens of a use at a time.
func (k *poolKeys) signer(use userpool.KeyUse, now time.Time) *jose.SigningKey {
	return k.parsed[k.rows.Signer(use, now).KeyID]
}

// verifying returns a function that finds a key by its id among those that
// verify at a time.
func (k *poolKeys) verifying(now time.Time) func(keyID string) *rsa.PublicKey {
	return func(keyID string) *rsa.PublicKey {
		for _, row := range k.rows {
			if row.KeyID == keyID && row.Verifies(now) {
				return k.parsed[keyID].Public()
			}
		}
		return nil
	}
}

// jwks returns the key set that is published at a time: each key that verifies,
// and those that will sign.
func (k *poolKeys) jwks(now time.Time) []byte {
	var published []*jose.SigningKey
	for _, row := range k.rows {
		if row.Verifies(now) {
			published = append(published, k.parsed[row.KeyID])
		}
	}
	return jose.AppendJWKS(nil, published...)
}

// keyring caches the keys of pools by the id of the pool. It keeps entries
// whose generation is stale, for LastJWKS and to parse no key twice.
type keyring struct {
	mu    sync.RWMutex
	pools map[string]*poolKeys
}

// maxCachedPools bounds the memory of the cache, about 4 KiB per pool.
const maxCachedPools = 4096

func (r *keyring) get(poolID string) *poolKeys {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.pools[poolID]
}

func (r *keyring) put(poolID string, keys *poolKeys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pools == nil || len(r.pools) >= maxCachedPools {
		r.pools = make(map[string]*poolKeys)
	}
	r.pools[poolID] = keys
}

// keysOf returns the keys of a pool. At first use it assigns the pool two from
// the stock.
func (i *Issuer) keysOf(ctx context.Context, p *userpool.Pool) (*poolKeys, error) {
	generation := i.store.Generation(p.ID)
	known := i.ring.get(p.ID)
	if known != nil && known.generation == generation {
		return known, nil
	}
	rows, err := i.signingKeys(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		if err := i.assignKeys(ctx, p.ID); err != nil {
			return nil, err
		}
		// Another node may have been first: the stored keys apply.
		if rows, err = i.signingKeys(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	keys, err := parseKeys(rows, known)
	if err != nil {
		return nil, fmt.Errorf("signing keys of pool %s: %w", p.ID, err)
	}
	keys.generation = generation
	i.ring.put(p.ID, keys)
	return keys, nil
}

func (i *Issuer) signingKeys(ctx context.Context, poolID string) (rows userpool.SigningKeys, err error) {
	err = i.store.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.SigningKeys(poolID)
		return err
	})
	return rows, err
}

func (i *Issuer) assignKeys(ctx context.Context, poolID string) error {
	pair, err := i.stock.pair(poolID)
	if err != nil {
		return err
	}
	return i.store.Configure(ctx, poolID, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		old, err := tx.SigningKeys(poolID)
		if err != nil || len(old) > 0 {
			return err
		}
		return tx.InsertSigningKeys(dated(pair, tx.Now, time.Time{}))
	})
}

// dated returns a copy of the keys with the time at which they were made and
// the time from which they sign.
func dated(keys []userpool.SigningKey, created, signs time.Time) []userpool.SigningKey {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i].Created, keys[i].Signs = created, signs
	}
	return keys
}

// parseKeys parses the keys that known lacks. An id is a hash of its key, so
// equal ids are equal keys.
func parseKeys(rows userpool.SigningKeys, known *poolKeys) (*poolKeys, error) {
	keys := &poolKeys{rows: rows, parsed: make(map[string]*jose.SigningKey, len(rows))}
	for i, row := range rows {
		var key *jose.SigningKey
		if known != nil {
			key = known.parsed[row.KeyID]
		}
		if key == nil {
			var err error
			if key, err = jose.ParseSigningKey(row.PKCS8); err != nil {
				return nil, err
			}
		}
		keys.parsed[row.KeyID] = key
		rows[i].PKCS8 = nil
	}
	for _, use := range userpool.KeyUses {
		if rows.Signer(use, time.Time{}) == nil {
			return nil, fmt.Errorf("none of %d keys is for %s tokens", len(rows), use)
		}
	}
	return keys, nil
}

package token

import (
	"context"
	"crypto/rsa"
	"fmt"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// poolKeys are the two signing keys of a pool, ready for use.
type poolKeys struct {
	id, access *jose.SigningKey
}

// public finds a key by its id, for verification.
func (k *poolKeys) public(keyID string) *rsa.PublicKey {
	for _, key := range []*jose.SigningKey{k.access, k.id} {
		if key.KeyID() == keyID {
			return key.Public()
		}
	}
	return nil
}

// keyring remembers parsed keys. They never change while a pool lives. A pool
// is told by its id and the moment it was made: in dev mode an id that the
// caller chose can come again.
type keyring struct {
	mu    sync.RWMutex
	pools map[ringEntry]*poolKeys
}

type ringEntry struct {
	poolID  string
	created int64
}

func entryOf(p *userpool.Pool) ringEntry { return ringEntry{p.ID, p.Created.UnixMilli()} }

// maxRememberedPools bounds the memory of the ring: some 4 KiB a pool.
const maxRememberedPools = 4096

func (r *keyring) get(p *userpool.Pool) *poolKeys {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.pools[entryOf(p)]
}

func (r *keyring) put(p *userpool.Pool, keys *poolKeys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pools == nil || len(r.pools) >= maxRememberedPools {
		r.pools = make(map[ringEntry]*poolKeys)
	}
	r.pools[entryOf(p)] = keys
}

// keysOf returns the keys of a pool, giving it two from the stock at first use.
func (i *Issuer) keysOf(ctx context.Context, p *userpool.Pool) (*poolKeys, error) {
	if keys := i.ring.get(p); keys != nil {
		return keys, nil
	}
	rows, err := i.signingKeys(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		if err := i.assignKeys(ctx, p.ID); err != nil {
			return nil, err
		}
		// Another node may have been first: what the store holds counts.
		if rows, err = i.signingKeys(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	keys, err := parseKeys(rows)
	if err != nil {
		return nil, fmt.Errorf("signing keys of pool %s: %w", p.ID, err)
	}
	i.ring.put(p, keys)
	return keys, nil
}

func (i *Issuer) signingKeys(ctx context.Context, poolID string) (rows []userpool.SigningKey, err error) {
	err = i.store.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.SigningKeys(poolID)
		return err
	})
	return rows, err
}

func (i *Issuer) assignKeys(ctx context.Context, poolID string) error {
	now := i.clock.Now()
	var rows []userpool.SigningKey
	for _, use := range []userpool.KeyUse{userpool.KeyForID, userpool.KeyForAccess} {
		key, err := i.stock.Take()
		if err != nil {
			return err
		}
		pkcs8, err := key.PKCS8()
		if err != nil {
			return err
		}
		rows = append(rows, userpool.SigningKey{PoolID: poolID, Use: use, KeyID: key.KeyID(), PKCS8: pkcs8, Created: now})
	}
	return i.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		return tx.InsertSigningKeys(rows)
	})
}

func parseKeys(rows []userpool.SigningKey) (*poolKeys, error) {
	var keys poolKeys
	for _, row := range rows {
		key, err := jose.ParseSigningKey(row.PKCS8)
		if err != nil {
			return nil, err
		}
		switch row.Use {
		case userpool.KeyForID:
			keys.id = key
		case userpool.KeyForAccess:
			keys.access = key
		}
	}
	if keys.id == nil || keys.access == nil {
		return nil, fmt.Errorf("expected one for ID tokens and one for access tokens, found %d rows", len(rows))
	}
	return &keys, nil
}

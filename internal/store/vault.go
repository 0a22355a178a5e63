package store

import (
	"fmt"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// vault holds the master keys and a cache of unwrapped data keys: one for each
// pool, and one with an empty pool id for rows that belong to no pool.
type vault struct {
	mu      sync.RWMutex
	masters MasterKeys
	data    map[string]seal.Key
	rand    entropy.Source
}

// maxDataKeys is the maximum number of cached data keys.
const maxDataKeys = 10_000

func newVault(m MasterKeys, rand entropy.Source) *vault {
	return &vault{masters: m, data: map[string]seal.Key{}, rand: rand}
}

// get returns a cached data key.
func (v *vault) get(poolID string) (seal.Key, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k, ok := v.data[poolID]
	return k, ok
}

func (v *vault) put(poolID string, k seal.Key) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.data) >= maxDataKeys {
		v.data = map[string]seal.Key{}
	}
	v.data[poolID] = k
}

func (v *vault) evict(poolID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.data, poolID)
}

func (v *vault) keys() MasterKeys {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.masters
}

func (v *vault) replace(m MasterKeys) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.masters = m
}

// master returns a master key by id. If it is missing, it reads the key file
// again: a rotation may have added the key.
func (v *vault) master(id string) (seal.Key, error) {
	known := v.keys()
	key, ok := known.find(id)
	if !ok && known.file != "" {
		now, err := LoadMasterKeys(known.file, false, v.rand)
		if err != nil {
			return key, err
		}
		if key, ok = now.find(id); ok {
			v.replace(now)
		}
	}
	if !ok {
		return key, fmt.Errorf(
			"the secrets of this store are sealed with master key %q, "+
				"which is not among those given; add it to --master-key-file",
			id)
	}
	return key, nil
}

func wrapBinding(poolID string) []byte { return seal.Bind("data-key", poolID) }

// makeDataKey creates the data key of a pool, unless there is one.
func (tx *Tx) makeDataKey(poolID string) error {
	master := tx.db.vault.keys().keys[0]
	// If the transaction is rolled back, no row has the new key.
	tx.undo = append(tx.undo, func() { tx.db.vault.evict(poolID) })
	_, raw, err := seal.GenerateKey(tx.db.entropy)
	if err != nil {
		return err
	}
	wrapped, err := master.key.Seal(tx.db.entropy, wrapBinding(poolID), raw)
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO data_key (pool_id, master_id, wrapped, created)
		VALUES ($1, $2, $3, $4) ON CONFLICT (pool_id) DO NOTHING`,
		poolID, master.id, wrapped, millis(tx.Now))
}

// unwrap reads a pool's data key and the id of the master key that wraps it.
func (tx *Tx) unwrap(poolID string) (raw []byte, masterID string, err error) {
	var wrapped []byte
	found, err := tx.one([]any{&masterID, &wrapped},
		`SELECT master_id, wrapped FROM data_key WHERE pool_id = $1`, poolID)
	if err != nil {
		return nil, "", err
	}
	if !found {
		return nil, "", fmt.Errorf("pool %q has no data key", poolID)
	}
	master, err := tx.db.vault.master(masterID)
	if err != nil {
		return nil, "", err
	}
	raw, err = master.Open(wrapBinding(poolID), wrapped)
	if err != nil {
		return nil, "", fmt.Errorf(
			"master key %q does not unwrap the data key; it may be another key with the same id: %w",
			masterID, err)
	}
	return raw, masterID, nil
}

func (tx *Tx) dataKey(poolID string) (seal.Key, error) {
	if k, ok := tx.db.vault.get(poolID); ok {
		return k, nil
	}
	raw, _, err := tx.unwrap(poolID)
	if err != nil {
		return seal.Key{}, err
	}
	k, err := seal.NewKey(raw)
	if err == nil {
		tx.db.vault.put(poolID, k)
	}
	return k, err
}

// place is the location of a sealed value. The value is bound to it and cannot be
// opened at another location.
type place struct{ pool, table, row, column string }

func (p place) binding() []byte { return seal.Bind(p.pool, p.table, p.row, p.column) }

func (tx *Tx) seal(at place, plain []byte) ([]byte, error) {
	k, err := tx.dataKey(at.pool)
	if err != nil {
		return nil, err
	}
	return k.Seal(tx.db.entropy, at.binding(), plain)
}

func (tx *Tx) open(at place, sealed []byte) ([]byte, error) {
	k, err := tx.dataKey(at.pool)
	if err != nil {
		return nil, err
	}
	plain, err := k.Open(at.binding(), sealed)
	if err != nil {
		return nil, fmt.Errorf("%s.%s of %s in pool %s: %w", at.table, at.column, at.row, at.pool, err)
	}
	return plain, nil
}

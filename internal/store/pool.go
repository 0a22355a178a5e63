package store

import (
	"hash/fnv"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const poolColumns = `pool_id, account, region, version, created, modified, doc`

func scanPool(scan func(...any) error) (*userpool.Pool, error) {
	var (
		p                 userpool.Pool
		created, modified int64
		doc               string
	)
	if err := scan(&p.ID, &p.Account, &p.Region, &p.Version, &created, &modified, &doc); err != nil {
		return nil, err
	}
	p.Created, p.Modified = fromMillis(created), fromMillis(modified)
	return &p, record.Pool.Decode([]byte(doc), &p.PoolSettings)
}

// Pool returns a pool. It is shared: copy it before changing it. An unknown one
// is fault.PoolDoesNotExist.
func (tx *Tx) Pool(poolID string) (*userpool.Pool, error) {
	if tx.cached(poolID) {
		if p := tx.db.cache.pool(poolID); p != nil {
			return p, nil
		}
	}
	var p *userpool.Pool
	err := tx.each(func(scan func(...any) error) (err error) {
		p, err = scanPool(scan)
		return err
	}, `SELECT `+poolColumns+` FROM user_pool WHERE pool_id = $1`, poolID)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault.PoolDoesNotExist(poolID)
	}
	if tx.cached(poolID) {
		tx.db.cache.cachePool(p, tx.gens)
	}
	return p, nil
}

// InsertPool adds a pool and its data key. An id that exists is
// fault.InvalidParameter; that can happen only if the caller chooses ids.
func (tx *Tx) InsertPool(p *userpool.Pool) error {
	doc, err := record.Pool.Encode(p.PoolSettings, nil)
	if err != nil {
		return err
	}
	if err := tx.deleteRemains(p.ID); err != nil {
		return err
	}
	changing(tx, p)
	p.Version = 1
	taken := unlessTaken(fault.New(fault.InvalidParameter, "User pool "+p.ID+" already exists."))
	err = tx.queueThen(taken, `INSERT INTO user_pool (`+poolColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.ID, p.Account, p.Region, p.Version, millis(p.Created), millis(p.Modified), string(doc))
	if err != nil {
		return err
	}
	tx.touch(p.ID)
	return tx.makeDataKey(p.ID)
}

// UpdatePool writes a pool and increments its Version. A Version that is not the
// stored one is fault.ConcurrentModification.
func (tx *Tx) UpdatePool(p *userpool.Pool) error {
	doc, err := encodeOver(tx, record.Pool, p.PoolSettings, `SELECT doc FROM user_pool WHERE pool_id = $1`, p.ID)
	if err != nil {
		return err
	}
	err = tx.queueThen(ifCurrent, `UPDATE user_pool SET version = version + 1, modified = $1, doc = $2
		WHERE pool_id = $3 AND version = $4`,
		millis(p.Modified), string(doc), p.ID, p.Version)
	if err != nil {
		return err
	}
	changing(tx, p)
	p.Version++
	tx.touch(p.ID)
	return nil
}

// DeletePool makes a pool and its contents unreachable at once. Sweep removes the
// rows. An unknown pool is fault.PoolDoesNotExist.
func (tx *Tx) DeletePool(poolID string) error {
	n, err := tx.exec(`DELETE FROM user_pool WHERE pool_id = $1`, poolID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.PoolDoesNotExist(poolID)
	}
	tx.touch(poolID)
	if err := tx.queue(
		`DELETE FROM client_pool WHERE client_id IN (SELECT client_id FROM app_client WHERE pool_id = $1)`,
		poolID); err != nil {
		return err
	}
	if err := tx.queue(`DELETE FROM domain_pool WHERE pool_id = $1`, poolID); err != nil {
		return err
	}
	return tx.queue(`INSERT INTO purge (pool_id, deleted) VALUES ($1, $2) ON CONFLICT (pool_id) DO NOTHING`,
		poolID, millis(tx.Now))
}

// deleteRemains removes the rows of a deleted pool with the same id. An id is used
// again only if the caller chooses ids.
func (tx *Tx) deleteRemains(poolID string) error {
	n, err := tx.exec(`DELETE FROM purge WHERE pool_id = $1`, poolID)
	if err != nil || n == 0 {
		return err
	}
	tx.db.vault.evict(poolID)
	return tx.execAll(deleting.pool, poolID)
}

// Pools returns up to limit pools of an account and region, in order of their
// ids, starting after the given id.
func (tx *Tx) Pools(account, region, after string, limit int) (pools []*userpool.Pool, err error) {
	err = tx.each(func(scan func(...any) error) error {
		p, err := scanPool(scan)
		pools = append(pools, p)
		return err
	}, `SELECT `+poolColumns+
		` FROM user_pool WHERE account = $1 AND region = $2 AND pool_id > $3 ORDER BY pool_id LIMIT $4`,
		account, region, after, int64(limit))
	return pools, err
}

// countShards is the number of rows of a pool's user counter. With several rows,
// parallel sign-ups rarely wait for each other.
const countShards = 64

// EstimatedUsers returns the number of users of a pool, from its counters.
func (tx *Tx) EstimatedUsers(poolID string) (int, error) {
	total := int64(0)
	err := tx.each(func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		total += n
		return err
	}, `SELECT users FROM user_count WHERE pool_id = $1`, poolID)
	return int(max(total, 0)), err
}

// countUser adds to a counter at the end of the Update, to hold the lock of the
// row for a short time.
func (tx *Tx) countUser(poolID, username string, by int64) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(username))
	tx.atEnd = append(tx.atEnd, func() error {
		return tx.queue(`INSERT INTO user_count (pool_id, shard, users) VALUES ($1, $2, $3)
			ON CONFLICT (pool_id, shard) DO UPDATE SET users = user_count.users + excluded.users`,
			poolID, int64(h.Sum32()%countShards), by)
	})
}

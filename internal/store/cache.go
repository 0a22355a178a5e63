package store

import (
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// shards is the number of parts of the configuration that are invalidated
// separately.
const shards = 16

// followEvery is how often a node polls for changes by other nodes.
const followEvery = 250 * time.Millisecond

// maxCached bounds each map of a shard.
const maxCached = 4096

// epochRows is the number of rows that count configuration changes. It is large,
// so that administrators of different pools rarely wait for the same row. A row
// belongs to the shard that is its number modulo shards.
const epochRows = 64 * shards

func shardOf(poolID string) int { return epochRowOf(poolID) % shards }

func epochRowOf(poolID string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(poolID))
	return int(h.Sum32() % epochRows)
}

// generations are the generations of the shards when a transaction began. What
// it reads from a shard is cached only if the generation is still the same.
type generations [shards]uint64

// cache holds pools, their extensions and clients, which are read on every
// request. Its values are shared and never modified.
type cache struct {
	gen   [shards]atomic.Uint64
	part  [shards]part
	pools sync.Map // client id → pool id
	count atomic.Int64
}

type part struct {
	mu         sync.RWMutex
	pools      map[string]*userpool.Pool
	extensions map[string]*userpool.PoolExtensions
	clients    map[string]*userpool.Client
}

func newCache() *cache {
	c := &cache{}
	for i := range c.part {
		c.part[i].clear()
	}
	return c
}

func (p *part) clear() {
	p.pools, p.clients = map[string]*userpool.Pool{}, map[string]*userpool.Client{}
	p.extensions = map[string]*userpool.PoolExtensions{}
}

func (c *cache) generations() (g generations) {
	for i := range g {
		g[i] = c.gen[i].Load()
	}
	return g
}

// invalidate clears a shard and increments its generation, so that what a
// transaction has read before is not cached.
func (c *cache) invalidate(shard int) {
	p := &c.part[shard]
	p.mu.Lock()
	defer p.mu.Unlock()
	c.gen[shard].Add(1)
	p.clear()
}

// Generation counts the changes of a pool's configuration, signing keys included,
// that this node has seen. It also increases when other pools of the shard
// change, and while the database is unreachable. Cached data of a pool is stale
// if Generation differs from its value before the data was read.
func (db *DB) Generation(poolID string) uint64 { return db.cache.gen[shardOf(poolID)].Load() }

func (c *cache) pool(id string) *userpool.Pool {
	p := &c.part[shardOf(id)]
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.pools[id]
}

func (c *cache) extensionsOf(poolID string) *userpool.PoolExtensions {
	p := &c.part[shardOf(poolID)]
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.extensions[poolID]
}

func (c *cache) client(poolID, id string) *userpool.Client {
	p := &c.part[shardOf(poolID)]
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.clients[poolID+"/"+id]
}

func (c *cache) cachePool(v *userpool.Pool, g generations) {
	shard := shardOf(v.ID)
	p := &c.part[shard]
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.gen[shard].Load() == g[shard] && len(p.pools) < maxCached {
		p.pools[v.ID] = v
	}
}

func (c *cache) cacheExtensions(v *userpool.PoolExtensions, g generations) {
	shard := shardOf(v.PoolID)
	p := &c.part[shard]
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.gen[shard].Load() == g[shard] && len(p.extensions) < maxCached {
		p.extensions[v.PoolID] = v
	}
}

func (c *cache) cacheClient(v *userpool.Client, g generations) {
	shard := shardOf(v.PoolID)
	p := &c.part[shard]
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.gen[shard].Load() == g[shard] && len(p.clients) < maxCached {
		p.clients[v.PoolID+"/"+v.ID] = v
	}
}

func (c *cache) poolOf(clientID string) (string, bool) {
	v, ok := c.pools.Load(clientID)
	if !ok {
		return "", false
	}
	return v.(string), true
}

func (c *cache) cachePoolOf(clientID, poolID string) {
	if c.count.Add(1) > shards*maxCached {
		c.pools.Clear()
		c.count.Store(0)
	}
	c.pools.Store(clientID, poolID)
}

// touch marks a pool's configuration as written by this Update. From then on the
// Update bypasses the cache. When it has committed, every node clears the shard.
func (tx *Tx) touch(poolID string) {
	tx.changed[shardOf(poolID)] = true
	tx.epochRows = append(tx.epochRows, epochRowOf(poolID))
}

// cached reports whether this transaction may read a pool's configuration
// from the cache.
func (tx *Tx) cached(poolID string) bool {
	return !tx.changed[shardOf(poolID)] && tx.configures != poolID
}

// bumpEpochs runs last in an Update. It writes the rows in order, so that two
// Updates cannot deadlock.
func (tx *Tx) bumpEpochs() error {
	slices.Sort(tx.epochRows)
	for _, row := range slices.Compact(tx.epochRows) {
		if err := tx.queue(`INSERT INTO config_epoch (shard, epoch) VALUES ($1, 1)
			ON CONFLICT (shard) DO UPDATE SET epoch = config_epoch.epoch + 1`, int64(row)); err != nil {
			return err
		}
	}
	return nil
}

// follow polls the epochs with one cheap query and invalidates the shards that
// other nodes have changed.
func (db *DB) follow(ctx context.Context) {
	defer db.jobs.Done()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	var known [shards]int64
	for {
		seen, err := db.pollEpochs(ctx)
		if ctx.Err() != nil {
			return
		}
		db.outage.report(db.log, db.clock.Now(), err)
		if err != nil {
			// Without the epochs, cached configuration may be stale.
			for shard := range shards {
				db.cache.invalidate(shard)
			}
		} else {
			for shard, epoch := range seen {
				if epoch != known[shard] {
					db.cache.invalidate(shard)
				}
			}
			known = seen
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pollEpochs reads the epochs, and the sealing roots if they have changed.
func (db *DB) pollEpochs(ctx context.Context) (counts [shards]int64, err error) {
	counts, roots, err := db.epochs(ctx)
	if err == nil && roots > db.roots.Load().epoch {
		_, err = db.RefreshRoots(ctx)
	}
	return counts, err
}

// epochs returns the number of changes of each shard, and of the sealing roots,
// since the store was created.
func (db *DB) epochs(ctx context.Context) (counts [shards]int64, roots int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err = db.View(ctx, func(tx *Tx) error {
		return tx.each(func(scan func(...any) error) error {
			var row, epoch int64
			err := scan(&row, &epoch)
			if row == rootsRow {
				roots = epoch
				return err
			}
			counts[row%shards] += epoch
			return err
		}, `SELECT shard, epoch FROM config_epoch`)
	})
	return counts, roots, err
}

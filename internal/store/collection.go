package store

import (
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Collection is all resources of one kind: a noun that embeds
// userpool.Resource and is otherwise kept as a document. Ids are unique within
// a pool and kind. What a user owns goes with the user.
type Collection[T any, P interface {
	*T
	Head() *userpool.Resource
}] struct {
	// kind names the resources in their table; it is never changed.
	kind string
	// shape is that of their documents.
	shape record.Kind[T]
	// sealed documents hold secrets.
	sealed bool
	// owned resources are a user's, who may be in several Updates at once: one
	// that reads a resource locks it.
	owned bool
	// missing and taken are the refusals of an unknown id and of one that
	// exists already.
	missing, taken func(poolID, id string) error
}

const resourceColumns = `pool_id, id, owner, version, created, modified, doc, sealed`

func (c Collection[T, P]) place(r *userpool.Resource) place {
	return place{r.PoolID, "resource", c.kind + "/" + r.ID, "sealed"}
}

// Get returns a resource; an unknown one is the collection's refusal.
func (c Collection[T, P]) Get(tx *Tx, poolID, id string) (P, error) {
	where := `AND id = $3`
	if c.owned {
		where += tx.locking(againstChange)
	}
	found, err := c.query(tx, where, poolID, c.kind, id)
	if err == nil && len(found) == 0 {
		return nil, c.missing(poolID, id)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// List returns a pool's resources by id, those after the given id.
func (c Collection[T, P]) List(tx *Tx, poolID, after string, limit int) ([]P, error) {
	return c.query(tx, `AND id > $3 ORDER BY id LIMIT $4`, poolID, c.kind, after, int64(limit))
}

// All returns a pool's resources by id. Quotas keep them few.
func (c Collection[T, P]) All(tx *Tx, poolID string) ([]P, error) {
	return c.query(tx, `ORDER BY id`, poolID, c.kind)
}

// Owned returns a user's belongings by id, those after the given id.
func (c Collection[T, P]) Owned(tx *Tx, poolID, username, after string, limit int) ([]P, error) {
	return c.query(tx, `AND owner = $3 AND id > $4 ORDER BY id LIMIT $5`, poolID, c.kind, username, after, int64(limit))
}

// IDs returns the ids of a pool's resources, in order.
func (c Collection[T, P]) IDs(tx *Tx, poolID string) (ids []string, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM resource WHERE pool_id = $1 AND kind = $2 ORDER BY id`, poolID, c.kind)
	return ids, err
}

// Count is how many resources a pool has.
func (c Collection[T, P]) Count(tx *Tx, poolID string) (int, error) {
	var n int64
	_, err := tx.one([]any{&n}, `SELECT COUNT(*) FROM resource WHERE pool_id = $1 AND kind = $2`, poolID, c.kind)
	return int(n), err
}

func (c Collection[T, P]) query(tx *Tx, where string, args ...any) ([]P, error) {
	found, docs, err := c.documents(tx, where, args...)
	if err != nil {
		return nil, err
	}
	for i, v := range found {
		head := *v.Head()
		if err := c.shape.Decode(docs[i], v); err != nil {
			return nil, err
		}
		*v.Head() = head
	}
	return found, nil
}

// documents returns the heads of resources, and what they are decoded from.
func (c Collection[T, P]) documents(tx *Tx, where string, args ...any) (found []P, docs [][]byte, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var (
			v                 P = new(T)
			head                = v.Head()
			created, modified int64
			doc               string
			sealed            []byte
		)
		if err := scan(&head.PoolID, &head.ID, &head.Owner, &head.Version, &created, &modified, &doc, &sealed); err != nil {
			return err
		}
		head.Created, head.Modified = fromMillis(created), fromMillis(modified)
		found = append(found, v)
		if !c.sealed {
			sealed = []byte(doc)
		}
		docs = append(docs, sealed)
		return nil
	}, `SELECT `+resourceColumns+` FROM resource WHERE pool_id = $1 AND kind = $2 `+where, args...)
	if err != nil || !c.sealed {
		return found, docs, err
	}
	// Opening may query, so it waits until all rows are read.
	for i, v := range found {
		if docs[i], err = tx.open(c.place(v.Head()), docs[i]); err != nil {
			return nil, nil, err
		}
	}
	return found, docs, nil
}

// encode makes the columns of a resource; stored is the document that it takes
// the place of, if there is one.
func (c Collection[T, P]) encode(tx *Tx, v P, stored []byte) (doc string, sealed []byte, err error) {
	plain, err := c.shape.Encode(*v, stored)
	if err != nil || !c.sealed {
		return string(plain), []byte{}, err
	}
	sealed, err = tx.seal(c.place(v.Head()), plain)
	return "", sealed, err
}

// Insert adds a resource, whose PoolID and ID are set, and gives it its times;
// an id that exists is the collection's refusal.
func (c Collection[T, P]) Insert(tx *Tx, v P) error {
	doc, sealed, err := c.encode(tx, v, nil)
	if err != nil {
		return err
	}
	head := v.Head()
	changing(tx, head)
	head.Version, head.Created, head.Modified = 1, tx.Now, tx.Now
	_, err = tx.exec(`INSERT INTO resource (`+resourceColumns+`, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		head.PoolID, head.ID, head.Owner, head.Version, millis(head.Created), millis(head.Modified), doc, sealed, c.kind)
	if errors.Is(err, engine.ErrUnique) {
		return c.taken(head.PoolID, head.ID)
	}
	return err
}

// Update writes a resource whose Version is still the stored one, and counts
// it up; otherwise it is fault.ConcurrentModification.
func (c Collection[T, P]) Update(tx *Tx, v P) error {
	head := v.Head()
	_, stored, err := c.documents(tx, `AND id = $3`, head.PoolID, c.kind, head.ID)
	if err == nil && len(stored) == 0 {
		return conflict
	}
	if err != nil {
		return err
	}
	doc, sealed, err := c.encode(tx, v, stored[0])
	if err != nil {
		return err
	}
	n, err := tx.exec(`UPDATE resource SET version = version + 1, modified = $1, doc = $2, sealed = $3
		WHERE pool_id = $4 AND kind = $5 AND id = $6 AND version = $7`, millis(tx.Now), doc, sealed, head.PoolID, c.kind, head.ID, head.Version)
	if err == nil && n == 0 {
		return conflict
	}
	if err != nil {
		return err
	}
	changing(tx, head)
	head.Version++
	head.Modified = tx.Now
	return nil
}

// Put inserts a resource or replaces the one with its id, whichever version
// that has; its creation time stays. It is for Configure.
func (c Collection[T, P]) Put(tx *Tx, v P) error {
	old, err := c.query(tx, `AND id = $3`, v.Head().PoolID, c.kind, v.Head().ID)
	if err != nil {
		return err
	}
	if len(old) == 0 {
		return c.Insert(tx, v)
	}
	changing(tx, v.Head())
	v.Head().Version, v.Head().Created = old[0].Head().Version, old[0].Head().Created
	return c.Update(tx, v)
}

// Delete removes a resource; an unknown one is the collection's refusal.
func (c Collection[T, P]) Delete(tx *Tx, poolID, id string) error {
	n, err := tx.exec(`DELETE FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`, poolID, c.kind, id)
	if err == nil && n == 0 {
		return c.missing(poolID, id)
	}
	return err
}

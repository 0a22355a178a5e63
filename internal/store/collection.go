package store

import (
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Collection is all resources of one kind. T is a domain type that embeds
// userpool.Resource; its other fields are stored as a document. Ids are unique
// within a pool and kind. The resources of a user are deleted with the user.
type Collection[T any, P interface {
	*T
	Head() *userpool.Resource
}] struct {
	// kind is the name of the kind in the table; it never changes.
	kind string
	// shape encodes and decodes the documents.
	shape record.Kind[T]
	// sealed is set if documents contain secrets and are encrypted.
	sealed bool
	// owned is set if the resources belong to users. Several Updates of one user may
	// run at once, so Get locks the row in an Update.
	owned bool
	// missing and taken return the errors for an unknown id and for an id that
	// already exists.
	missing, taken func(poolID, id string) error
}

const resourceColumns = `pool_id, id, owner, version, created, modified, doc, sealed`

func (c Collection[T, P]) place(r *userpool.Resource) place {
	return place{r.PoolID, "resource", c.kind + "/" + r.ID, "sealed"}
}

// Get returns a resource. An unknown id is the collection's missing error.
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

// List returns up to limit resources of a pool, in order of their ids, starting
// after the given id.
func (c Collection[T, P]) List(tx *Tx, poolID, after string, limit int) ([]P, error) {
	return c.query(tx, `AND id > $3 ORDER BY id LIMIT $4`, poolID, c.kind, after, int64(limit))
}

// All returns a pool's resources, in order of their ids. Quotas limit their
// number.
func (c Collection[T, P]) All(tx *Tx, poolID string) ([]P, error) {
	return c.query(tx, `ORDER BY id`, poolID, c.kind)
}

// Owned returns up to limit resources of a user, in order of their ids, starting
// after the given id.
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

// Count returns the number of resources of a pool.
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

// documents returns resources with only their heads set, and their documents.
func (c Collection[T, P]) documents(tx *Tx, where string, args ...any) (found []P, docs [][]byte, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var (
			v                 P = new(T)
			head                = v.Head()
			created, modified int64
			doc               string
			sealed            []byte
		)
		err := scan(&head.PoolID, &head.ID, &head.Owner, &head.Version, &created, &modified, &doc, &sealed)
		if err != nil {
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
	// Opening may run a query, so all rows are read first.
	for i, v := range found {
		if docs[i], err = tx.open(c.place(v.Head()), docs[i]); err != nil {
			return nil, nil, err
		}
	}
	return found, docs, nil
}

// encode returns the columns of a resource. stored is the document that they
// replace, or nil.
func (c Collection[T, P]) encode(tx *Tx, v P, stored []byte) (doc string, sealed []byte, err error) {
	plain, err := c.shape.Encode(*v, stored)
	if err != nil || !c.sealed {
		return string(plain), []byte{}, err
	}
	sealed, err = tx.seal(c.place(v.Head()), plain)
	return "", sealed, err
}

// Insert adds a resource and sets its times. The caller sets PoolID and ID. An id
// that exists is the collection's taken error.
func (c Collection[T, P]) Insert(tx *Tx, v P) error {
	doc, sealed, err := c.encode(tx, v, nil)
	if err != nil {
		return err
	}
	head := v.Head()
	changing(tx, head)
	head.Version, head.Created, head.Modified = 1, tx.Now, tx.Now
	done := func(_ int64, err error) error {
		if errors.Is(err, engine.ErrUnique) {
			return c.taken(head.PoolID, head.ID)
		}
		return err
	}
	return tx.queueThen(done,
		`INSERT INTO resource (`+resourceColumns+`, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		head.PoolID, head.ID, head.Owner, head.Version, millis(head.Created), millis(head.Modified),
		doc, sealed, c.kind)
}

// Update writes a resource and increments its Version. A Version that is not the
// stored one is fault.ConcurrentModification.
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
	err = tx.queueThen(ifCurrent, `UPDATE resource SET version = version + 1, modified = $1, doc = $2, sealed = $3
		WHERE pool_id = $4 AND kind = $5 AND id = $6 AND version = $7`,
		millis(tx.Now), doc, sealed, head.PoolID, c.kind, head.ID, head.Version)
	if err != nil {
		return err
	}
	changing(tx, head)
	head.Version++
	head.Modified = tx.Now
	return nil
}

// Put inserts a resource or replaces the one with its id, whatever its version.
// The creation time is kept. Use it inside Configure only.
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

// Delete removes a resource. An unknown id is the collection's missing error.
func (c Collection[T, P]) Delete(tx *Tx, poolID, id string) error {
	n, err := tx.exec(`DELETE FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`, poolID, c.kind, id)
	if err == nil && n == 0 {
		return c.missing(poolID, id)
	}
	return err
}

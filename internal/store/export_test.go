package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// MoveCredential copies the sealed bytes of one row, given by pool and username,
// to another row, as an attacker with write access to the database could.
func MoveCredential(t *testing.T, db *DB, from, to [2]string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.exec(`UPDATE user_credential SET sealed = (SELECT sealed FROM user_credential WHERE pool_id = $1 AND username = $2)
			WHERE pool_id = $3 AND username = $4`, from[0], from[1], to[0], to[1])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// CorruptDecoy replaces the decoy of Credential with one that cannot be opened, and
// returns its length.
func CorruptDecoy(db *DB) int {
	db.decoy = append([]byte(nil), db.decoy...)
	db.decoy[len(db.decoy)-1] ^= 1
	return len(db.decoy)
}

// SealedLength returns the length of a user's sealed credential.
func SealedLength(tx *Tx, poolID, username string) (int, error) {
	var sealed []byte
	_, err := tx.one([]any{&sealed}, `SELECT sealed FROM user_credential WHERE pool_id = $1 AND username = $2`,
		poolID, username)
	return len(sealed), err
}

// MigrateEdited runs the migrations with the text of the first one changed.
func MigrateEdited(ctx context.Context, db *DB) error {
	text, err := migrations.ReadFile("migrations/0001_foundation.sql")
	if err != nil {
		return err
	}
	return db.migrateFrom(ctx, fstest.MapFS{"migrations/0001_foundation.sql": {Data: append(text, "\n-- edited\n"...)}})
}

// MigrateWithout runs the migrations of a binary that has fewer.
func MigrateWithout(ctx context.Context, db *DB) error {
	return db.migrateFrom(ctx, fstest.MapFS{})
}

// InsertSigningKeyBeforeRotation inserts a key as nodes did before migration
// 0025.
func InsertSigningKeyBeforeRotation(tx *Tx, k userpool.SigningKey) error {
	sealed, err := tx.seal(place{k.PoolID, "signing_key", string(k.Use), "sealed"}, k.PKCS8)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO signing_key (pool_id, use_for, key_id, created, sealed)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pool_id, use_for) DO NOTHING`,
		k.PoolID, string(k.Use), k.KeyID, millis(k.Created), sealed)
	return err
}

// SigningKeysBeforeRotation returns a pool's keys by use, as such nodes read them.
func SigningKeysBeforeRotation(tx *Tx, poolID string) (map[userpool.KeyUse]userpool.SigningKey, error) {
	keys := map[userpool.KeyUse]userpool.SigningKey{}
	err := tx.each(func(scan func(...any) error) error {
		k := userpool.SigningKey{PoolID: poolID}
		var use string
		var created int64
		err := scan(&use, &k.KeyID, &created, &k.PKCS8)
		k.Use, k.Created = userpool.KeyUse(use), fromMillis(created)
		keys[k.Use] = k
		return err
	}, `SELECT use_for, key_id, created, sealed FROM signing_key WHERE pool_id = $1`, poolID)
	for use, k := range keys {
		if err == nil {
			k.PKCS8, err = tx.open(place{poolID, "signing_key", string(use), "sealed"}, k.PKCS8)
			keys[use] = k
		}
	}
	return keys, err
}

// planner records the query plan of each statement before it runs it.
type planner struct {
	engine.Conn
	plans *[]string
}

func (p planner) Each(ctx context.Context, row func(func(...any) error) error, sql string, args ...any) error {
	err := p.Conn.Each(ctx, func(scan func(...any) error) error {
		var id, parent, unused int64
		var detail string
		err := scan(&id, &parent, &unused, &detail)
		*p.plans = append(*p.plans, detail)
		return err
	}, "EXPLAIN QUERY PLAN "+sql, args...)
	if err != nil {
		return err
	}
	return p.Conn.Each(ctx, row, sql, args...)
}

// ListPlans returns the query plans of ListUsers for every attribute of a filter.
func ListPlans(t *testing.T, db *DB) map[string][]string {
	t.Helper()
	plans := map[string][]string{}
	pool := &userpool.Pool{ID: "us-east-1_A"}
	attributes := append([]string{"", userfilter.Username, userfilter.Sub, userfilter.UserStatus, userfilter.Status},
		searchedAttributes...)
	for _, attribute := range attributes {
		for _, prefix := range []bool{false, true} {
			q := UserQuery{Limit: 60, After: &Cursor{"a", "b"}}
			if attribute != "" {
				q.Filter = &userfilter.Filter{Attribute: attribute, Prefix: prefix, Value: "x"}
			}
			var steps []string
			err := db.View(t.Context(), func(tx *Tx) error {
				tx.conn = planner{tx.conn, &steps}
				_, _, err := tx.ListUsers(pool, q)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			plans[attribute] = append(plans[attribute], steps...)
		}
	}
	return plans
}

// CountRows returns the number of rows of a table, of all pools.
func CountRows(tx *Tx, table string) (n int, err error) {
	var count int64
	_, err = tx.one([]any{&count}, `SELECT COUNT(*) FROM `+table)
	return int(count), err
}

// Rows returns the keys of every row, and the versions of those that have one.
func Rows(tx *Tx) (rows []string, err error) {
	more := map[string]string{
		"user_pool": ", version, modified", "domain_pool": ", pool_id", "access_key": ", policy, revoked",
		"account_limit": ", value", "users": ", version, modified, signed_out", "app_client": ", version",
		"resource": ", version, modified", "user_group": ", modified", "lockout": ", failures",
	}
	for _, t := range tables {
		selected := t.key + more[t.name]
		columns := make([]any, strings.Count(selected, ",")+1)
		dest := make([]any, len(columns))
		for i := range columns {
			dest[i] = &columns[i]
		}
		err := tx.each(func(scan func(...any) error) error {
			err := scan(dest...)
			rows = append(rows, fmt.Sprint(t.name, columns))
			return err
		}, `SELECT `+selected+` FROM `+t.name+` ORDER BY `+selected)
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Plant inserts a row with the given values into a table with these columns. The
// other columns get an arbitrary value of their type.
func Plant(tx *Tx, table string, columns map[string]string, given map[string]any) error {
	var names, marks []string
	var values []any
	for name, kind := range columns {
		value, ok := given[name]
		switch {
		case ok:
		case kind == "TEXT":
			value = "{}"
		case kind == "BIGINT":
			value = int64(1)
		default:
			value = []byte("planted")
		}
		names, values = append(names, name), append(values, value)
		marks = append(marks, fmt.Sprintf("$%d", len(names)))
	}
	_, err := tx.exec(`INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`,
		values...)
	return err
}

// CountWhere returns the number of rows of a table that have the value in a column.
func CountWhere(tx *Tx, table, column string, value any) (n int, err error) {
	var count int64
	_, err = tx.one([]any{&count}, `SELECT COUNT(*) FROM `+table+` WHERE `+column+` = $1`, value)
	return int(count), err
}

// MakeNewer changes every document of a pool as a newer node would: it gives them
// the next version and an unknown member, and some of their objects another one.
func MakeNewer(t *testing.T, db *DB, name, poolID string) {
	t.Helper()
	eachDocument(t, db, poolID, func(_, doc string) string {
		for _, object := range []string{`"PasswordPolicy":{`, `"Factors":{`, `"Schema":[{`} {
			doc = strings.Replace(doc, object, object+`"`+name+`Rule":true,`, 1)
		}
		return strings.Replace(doc, `{"v":1`, `{"v":2,"`+name+`":{"n":[1]}`, 1)
	})
	for shard := range shards {
		db.cache.invalidate(shard)
	}
}

// Documents returns all documents of a pool, by table or kind.
func Documents(t *testing.T, db *DB, poolID string) map[string]string {
	t.Helper()
	found := map[string]string{}
	eachDocument(t, db, poolID, func(name, doc string) string {
		found[name] = doc
		return doc
	})
	return found
}

// eachDocument rewrites the documents of a pool. The pool must have one row in
// each of these tables, and one resource of each of these kinds.
func eachDocument(t *testing.T, db *DB, poolID string, change func(name, doc string) string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *Tx) error {
		for _, table := range []string{"user_pool", "app_client", "users", "user_group"} {
			var doc string
			if _, err := tx.one([]any{&doc}, `SELECT doc FROM `+table+` WHERE pool_id = $1`, poolID); err != nil {
				return err
			}
			write := `UPDATE ` + table + ` SET doc = $1 WHERE pool_id = $2`
			if _, err := tx.exec(write, change(table, doc), poolID); err != nil {
				return err
			}
		}
		if err := changeSecrets(tx, poolID, change); err != nil {
			return err
		}
		for kind, id := range map[string]string{ResourceServers.kind: "https://api", devices.kind: "device"} {
			at := place{poolID, "resource", kind + "/" + id, "sealed"}
			if err := changeResource(tx, at, kind, change); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Follow polls once for changes by other nodes.
func Follow(ctx context.Context, db *DB) error {
	_, err := db.pollEpochs(ctx)
	return err
}

func changeResource(tx *Tx, at place, kind string, change func(name, doc string) string) error {
	var doc string
	var sealed []byte
	if _, err := tx.one([]any{&doc, &sealed}, `SELECT doc, sealed FROM resource WHERE pool_id = $1 AND kind = $2`,
		at.pool, kind); err != nil {
		return err
	}
	if len(sealed) == 0 {
		doc, sealed = change(kind, doc), []byte{}
	} else {
		plain, err := tx.open(at, sealed)
		if err != nil {
			return err
		}
		if sealed, err = tx.seal(at, []byte(change(kind, string(plain)))); err != nil {
			return err
		}
	}
	_, err := tx.exec(`UPDATE resource SET doc = $1, sealed = $2 WHERE pool_id = $3 AND kind = $4`,
		doc, sealed, at.pool, kind)
	return err
}

// changeSecrets rewrites the list of the client's secrets.
func changeSecrets(tx *Tx, poolID string, change func(name, doc string) string) error {
	var clientID string
	var sealed []byte
	if _, err := tx.one([]any{&clientID, &sealed}, `SELECT client_id, secrets FROM app_client WHERE pool_id = $1`,
		poolID); err != nil {
		return err
	}
	at := secretsOf(poolID, clientID)
	plain, err := tx.open(at, sealed)
	if err != nil {
		return err
	}
	if sealed, err = tx.seal(at, []byte(change("secrets", string(plain)))); err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE app_client SET secrets = $1 WHERE pool_id = $2`, sealed, poolID)
	return err
}

// MaxReleasedSlots is the maximum number of Updates for which Config.ReleaseSlot is called at
// a time.
const MaxReleasedSlots = maxReleasedSlots

// WaitingRemovals returns how many calls of Outbox.Done wait for the next Update.
func WaitingRemovals(db *DB) int {
	db.removal.mu.Lock()
	defer db.removal.mu.Unlock()
	return len(db.removal.waiting)
}

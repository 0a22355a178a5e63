package store

import (
	"fmt"
	"strings"
	"time"
)

// table declares a table that the migrations make: whose its rows are, and when
// they end. What Sweep, DeletePool, DeleteUser and DeleteClient remove follows
// from it. TestTablesAreDeclared compares the declarations with the database.
type table struct {
	name string
	// key is the primary key. The rows of a table whose key begins with pool_id go
	// with the pool: Sweep removes them.
	key string
	// user is the column with the username that a row is about. Such rows go with
	// the user, by an index that begins with the pool and this column.
	user string
	// client is the column with the client that a row is about. Such rows go with
	// the client.
	client string
	// since is set where each user of the pool can have rows about a client, which
	// are too many for one Update: Sweep removes those that had been made when the
	// client was deleted. It is the column with the time at which a row was made.
	since string
	// expires is the column with the time from which a row is of no use; with kept,
	// Sweep leaves it for so much longer. A condition may stand before the column.
	expires string
	kept    time.Duration
	// byHand are the owners whose deletion removes the rows by statements of its own.
	byHand owner
}

// owner is what rows belong to.
type owner int

const (
	ofPool owner = 1 << iota
	ofUser
	ofClient
)

// tables are all tables. Rows are deleted in this order. DeleteUser has locked
// the row in users before, as whoever writes the user's other rows does; the
// tables whose rows are also locked without it stand last.
var tables = []table{
	{name: "user_pool", key: "pool_id", byHand: ofPool},
	{name: "purge", key: "pool_id", byHand: ofPool},
	{name: "domain_pool", key: "name", byHand: ofPool},
	{name: "client_pool", key: "client_id", client: "client_id", byHand: ofPool},
	{name: "app_client", key: "pool_id, client_id", client: "client_id", byHand: ofClient},
	{name: "purge_client", key: "pool_id, client_id", client: "client_id", byHand: ofClient},
	{name: "users", key: "pool_id, username", user: "username"},
	{name: "user_credential", key: "pool_id, username", user: "username"},
	{name: "user_alias", key: "pool_id, attribute, value", user: "username", byHand: ofUser},
	{name: "user_search", key: "pool_id, attribute, value, username", user: "username", byHand: ofUser},
	{name: "user_count", key: "pool_id, shard"},
	{name: "software_token", key: "pool_id, username, state", user: "username"},
	{name: "recovery_code", key: "pool_id, username, mac", user: "username"},
	{name: "user_group", key: "pool_id, name"},
	{name: "group_member", key: "pool_id, group_name, username", user: "username"},
	{name: "user_identity", key: "pool_id, provider, name, value", user: "username"},
	{name: "resource", key: "pool_id, kind, id", user: "owner"},
	{name: "passkey", key: "pool_id, relying_party, credential_id", user: "username"},
	{
		name: "passkey_challenge", key: "pool_id, username, client_id", user: "username", client: "client_id",
		expires: "expires",
	},
	{name: "custom_challenge", key: "pool_id, handle", user: "username", client: "client_id", expires: "expires"},
	{
		name: "refresh_rotation", key: "pool_id, origin, generation", user: "username", client: "client_id", since: "rotated",
		expires: "expires",
	},
	{
		name: "user_session", key: "pool_id, username, session_id", user: "username", client: "client_id", since: "created",
		expires: "expires",
	},
	{name: "token_revocation", key: "pool_id, origin", expires: "expires"},
	{name: "code", key: "pool_id, username, purpose", user: "username", expires: "expires"},
	// The due time of a dead message is when it was given up. The worker decides
	// about the others.
	{name: "outbox", key: "pool_id, message_id", user: "username", expires: "dead = 1 AND due", kept: deadKept},
	{name: "authorization_code", key: "pool_id, mac", user: "username", client: "client_id", expires: "expires"},
	{name: "spent", key: "pool_id, kind, handle", expires: "expires"},
	// A lock-out is forgotten a day after its last failure.
	{name: "lockout", key: "pool_id, subject", user: "subject", expires: "last_attempt", kept: 24 * time.Hour},
	{name: "attempt", key: "pool_id, subject, kind", user: "subject", expires: "window_end"},
	{name: "signing_key", key: "pool_id, use_for", expires: "expires > 0 AND expires"},
	{name: "data_key", key: "pool_id"},
	{name: "access_key", key: "key_id"},
	{name: "sealing_root", key: "root_id"},
	{name: "account_limit", key: "account, region, kind, name"},
	{name: "config_epoch", key: "shard"},
}

// sweepBatch is how many rows a statement of Sweep removes: its transactions
// stay short.
const sweepBatch = 500

// deletions are the statements that follow from the declarations. They are
// made once, so that engines know them by their text.
type deletions struct {
	// pool has the pool as argument; user and client have their name as a second.
	pool, user, client []string
	// Sweep repeats the others. sweepPool has the pool as argument, sweepClient the
	// pool, the client and the time of its deletion.
	sweepPool, sweepClient []string
	expired                []expiry
}

// expiry removes rows that ended before the time that is its argument: now, less
// what they are kept for.
type expiry struct {
	statement string
	kept      time.Duration
}

var deleting = derive(tables)

func derive(tables []table) (d deletions) {
	for _, t := range tables {
		all := func(where string) string { return `DELETE FROM ` + t.name + ` WHERE ` + where }
		batch := func(where string) string {
			return all(fmt.Sprintf(`(%s) IN (SELECT %s FROM %s WHERE %s LIMIT %d)`, t.key, t.key, t.name, where, sweepBatch))
		}
		if strings.HasPrefix(t.key, "pool_id") && t.byHand&ofPool == 0 {
			d.pool = append(d.pool, all(`pool_id = $1`))
			d.sweepPool = append(d.sweepPool, batch(`pool_id = $1`))
		}
		if t.user != "" && t.byHand&ofUser == 0 {
			d.user = append(d.user, all(`pool_id = $1 AND `+t.user+` = $2`))
		}
		switch of := `pool_id = $1 AND ` + t.client + ` = $2`; {
		case t.client == "" || t.byHand&ofClient != 0:
		case t.since != "":
			d.sweepClient = append(d.sweepClient, batch(of+` AND `+t.since+` <= $3`))
		default:
			d.client = append(d.client, all(of))
		}
		if t.expires != "" {
			d.expired = append(d.expired, expiry{batch(t.expires + ` <= $1`), t.kept})
		}
	}
	return d
}

// execAll runs statements that have the same arguments.
func (tx *Tx) execAll(statements []string, args ...any) error {
	for _, s := range statements {
		if _, err := tx.exec(s, args...); err != nil {
			return err
		}
	}
	return nil
}

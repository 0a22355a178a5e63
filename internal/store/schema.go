package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// table declares the owners and the lifetime of the rows of a table. The
// statements of Sweep, DeletePool, DeleteUser and DeleteClient are derived from
// it. TestTablesAreDeclared compares the declarations with the migrations.
type table struct {
	name string
	// key is the primary key. If it begins with pool_id, Sweep removes the rows of a
	// deleted pool.
	key string
	// user is the column with a username. Such rows are deleted with the user, by an
	// index that begins with the pool and this column.
	user string
	// client is the column with a client id. Such rows are deleted with the client.
	client string
	// since is set if every user of the pool can have rows of a client, which are
	// too many to delete in one Update. It is the column with the creation time of a
	// row: Sweep removes the rows that are older than the deletion of the client.
	since string
	// expires is the column with the time at which a row expires. Sweep removes the
	// row after kept more has passed. A condition may precede the column.
	expires string
	kept    time.Duration
	// byHand are the owners whose deletion has its own statements for these rows.
	byHand owner
}

// owner is a set of owners of rows.
type owner int

const (
	ofPool owner = 1 << iota
	ofUser
	ofClient
)

// tables are all tables. Rows are deleted in this order. DeleteUser first locks
// the row in users, as every writer of the user's other rows does. Tables whose
// rows are also locked without it come last.
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
		name: "refresh_rotation", key: "pool_id, origin, generation", user: "username", client: "client_id",
		since: "rotated", expires: "expires",
	},
	{
		name: "user_session", key: "pool_id, username, session_id", user: "username", client: "client_id",
		since: "created", expires: "expires", kept: userpool.AuthorizationLifetime,
	},
	{name: "token_revocation", key: "pool_id, origin", expires: "expires"},
	{name: "code", key: "pool_id, username, purpose", user: "username", expires: "expires"},
	// The due time of a dead message is when it became one. Other messages are removed
	// by the worker.
	{name: "outbox", key: "pool_id, message_id", user: "username", expires: "dead = 1 AND due", kept: deadKept},
	{name: "authorization_code", key: "pool_id, mac", user: "username", client: "client_id", expires: "expires"},
	{name: "device_request", key: "pool_id, mac", client: "client_id", expires: "expires"},
	{name: "spent", key: "pool_id, kind, handle", expires: "expires"},
	// A lockout is removed a day after its last failure.
	{name: "lockout", key: "pool_id, subject", user: "subject", expires: "last_attempt", kept: 24 * time.Hour},
	{name: "attempt", key: "pool_id, subject, kind", user: "subject", expires: "window_end"},
	{name: "signing_key", key: "pool_id, use_for", expires: "expires > 0 AND expires"},
	{name: "data_key", key: "pool_id"},
	{name: "access_key", key: "key_id"},
	{name: "sealing_root", key: "root_id"},
	{name: "account_limit", key: "account, region, kind, name"},
	{name: "config_epoch", key: "shard"},
}

// sweepBatch is the maximum number of rows that a statement of Sweep removes, to
// keep its transactions short.
const sweepBatch = 500

// deletions are the statements derived from the declarations. They are built
// once, since engines cache prepared statements by their text.
type deletions struct {
	// The argument of pool is the pool. Those of user and client are the pool and
	// the username or client id.
	pool, user, client []string
	// Sweep repeats the others. The argument of sweepPool is the pool. Those of
	// sweepClient are the pool, the client and the time of its deletion.
	sweepPool, sweepClient []string
	expired                []expiry
}

// expiry removes expired rows. The argument of its statement is the current time
// minus kept.
type expiry struct {
	statement string
	kept      time.Duration
}

var deleting = derive(tables)

func derive(tables []table) (d deletions) {
	for _, t := range tables {
		all := func(where string) string { return `DELETE FROM ` + t.name + ` WHERE ` + where }
		batch := func(where string) string {
			keys := fmt.Sprintf(`SELECT %s FROM %s WHERE %s LIMIT %d`, t.key, t.name, where, sweepBatch)
			return all(`(` + t.key + `) IN (` + keys + `)`)
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
		if err := tx.queue(s, args...); err != nil {
			return err
		}
	}
	return nil
}

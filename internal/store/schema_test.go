package store_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// The declarations of the tables match the database: names, keys, columns of
// users, clients and expiry, and the indexes that deletions need.
func TestTablesAreDeclared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		for _, fault := range store.Undeclared(store.Schema(t, db)) {
			t.Error(fault)
		}
		// Positive controls: changes by a migration without a change of the declarations.
		type shapes = map[string]store.Shape
		for want, migrate := range map[string]func(shapes){
			"badge is not declared in schema.go": func(s shapes) {
				s["badge"] = store.Shape{Columns: map[string]string{"pool_id": "TEXT"}, Key: []string{"pool_id"}}
			},
			"code is declared but is not in the database": func(s shapes) { delete(s, "code") },
			"code: its key is pool_id, mac": func(s shapes) {
				code := s["code"]
				code.Key = []string{"pool_id", "mac"}
				s["code"] = code
			},
			"code: no index begins with expires, by which rows are deleted (expiry)": func(s shapes) {
				delete(s["code"].Indexes, "code_by_expiry")
			},
			"passkey: no index begins with pool_id, username, by which rows are deleted (user)": func(s shapes) {
				delete(s["passkey"].Indexes, "passkey_by_user")
			},
			"spent: owner is not declared as the column of the user": func(s shapes) {
				s["spent"].Columns["owner"] = "TEXT"
			},
			"code: client_id is not declared as the column of the client": func(s shapes) {
				s["code"].Columns["client_id"] = "TEXT"
			},
			"passkey: expires is not declared as the time of expiry": func(s shapes) {
				s["passkey"].Columns["expires"] = "BIGINT"
			},
			"access_key: the key does not begin with pool_id, and byHand lacks ofPool": func(s shapes) {
				s["access_key"].Columns["pool_id"] = "TEXT"
			},
		} {
			tables := store.Schema(t, db)
			migrate(tables)
			if found := store.Undeclared(tables); len(found) != 1 || found[0] != want {
				t.Errorf("found %q, want %q", found, want)
			}
		}
	})
}

package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Shape describes a table in the database.
type Shape struct {
	// Columns are the types of the columns: TEXT, BIGINT or BYTEA.
	Columns map[string]string
	// Key is the primary key. Indexes are the columns of every index, including
	// that of the key.
	Key     []string
	Indexes map[string][]string
}

// Queries for the columns of every table and index, in order, by whether the
// engine is PostgreSQL. They omit the tables of the migrations themselves.
var (
	columnsOf = map[bool]string{
		false: `SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name <> 'schema_migration'`,
		true: `SELECT table_name::text, column_name::text, upper(data_type) FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name NOT IN ('schema_migration', 'migration_lease')`,
	}
	indexesOf = map[bool]string{
		false: `SELECT m.name, i.name, i.origin = 'pk', c.name FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c
			WHERE m.type = 'table' AND m.name <> 'schema_migration' ORDER BY m.name, i.name, c.seqno`,
		true: `SELECT t.relname::text, i.relname::text, x.indisprimary::int, a.attname::text FROM pg_index x
			JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
			CROSS JOIN unnest(x.indkey) WITH ORDINALITY k (number, place)
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
			WHERE t.relnamespace = current_schema()::regnamespace AND t.relname NOT IN ('schema_migration', 'migration_lease')
			ORDER BY t.relname, i.relname, k.place`,
	}
)

// Schema returns the tables of the database.
func Schema(t *testing.T, db *DB) map[string]Shape {
	t.Helper()
	shapes := map[string]Shape{}
	err := db.View(t.Context(), func(tx *Tx) error {
		var table, column, kind string
		err := tx.each(func(scan func(...any) error) error {
			err := scan(&table, &column, &kind)
			if shapes[table].Columns == nil {
				shapes[table] = Shape{Columns: map[string]string{}, Indexes: map[string][]string{}}
			}
			shapes[table].Columns[column] = kind
			return err
		}, columnsOf[db.engine.Parallel()])
		if err != nil {
			return err
		}
		var index string
		var primary int64
		return tx.each(func(scan func(...any) error) error {
			err := scan(&table, &index, &primary, &column)
			s := shapes[table]
			s.Indexes[index] = append(s.Indexes[index], column)
			if primary == 1 {
				s.Key = s.Indexes[index]
			}
			shapes[table] = s
			return err
		}, indexesOf[db.engine.Parallel()])
	})
	if err != nil {
		t.Fatal(err)
	}
	return shapes
}

// Undeclared returns the differences between schema.go and these tables, one per
// line.
func Undeclared(shapes map[string]Shape) (lines []string) {
	declared := map[string]table{}
	for _, t := range tables {
		declared[t.name] = t
	}
	for name, shape := range shapes {
		t, ok := declared[name]
		if !ok {
			lines = append(lines, name+" is not declared in schema.go")
			continue
		}
		delete(declared, name)
		for _, fault := range t.compare(shape) {
			lines = append(lines, name+": "+fault)
		}
	}
	for name := range declared {
		lines = append(lines, name+" is declared but is not in the database")
	}
	return lines
}

// compare returns the differences between a declaration and a table in the
// database.
func (t table) compare(s Shape) (faults []string) {
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	has := func(column string) bool { return s.Columns[column] != "" }
	if key := strings.Join(s.Key, ", "); t.key != key {
		wrong("its key is %s", key)
	}
	for _, column := range []string{"username", "owner", "subject"} {
		if has(column) && t.user != column {
			wrong("%s is not declared as the column of the user", column)
		}
	}
	if has("client_id") && t.client != "client_id" {
		wrong("client_id is not declared as the column of the client")
	}
	if has("expires") && t.expires == "" {
		wrong("expires is not declared as the time of expiry")
	}
	if has("pool_id") && s.Key[0] != "pool_id" && t.byHand&ofPool == 0 {
		wrong("the key does not begin with pool_id, and byHand lacks ofPool")
	}
	if t.since != "" && (!has(t.since) || t.client == "") {
		wrong("since needs such a column and a client")
	}
	return append(faults, t.unindexed(s)...)
}

var word = regexp.MustCompile(`[a-z_]+`)

// unindexed returns the deletions that would scan the whole table, or all rows of
// a pool.
func (t table) unindexed(s Shape) (faults []string) {
	needed := map[string][]string{}
	if t.user != "" && t.byHand&ofUser == 0 {
		needed["user"] = []string{"pool_id", t.user}
	}
	if t.client != "" && t.byHand&ofClient == 0 && t.since == "" && t.key != t.client {
		needed["client"] = []string{"pool_id", t.client}
	}
	if t.expires != "" {
		needed["expiry"] = slices.Compact(word.FindAllString(strings.ReplaceAll(t.expires, " AND ", " "), -1))
	}
	for of, columns := range needed {
		found := false
		for _, index := range s.Indexes {
			found = found || len(index) >= len(columns) && slices.Equal(index[:len(columns)], columns)
		}
		if !found {
			faults = append(faults,
				fmt.Sprintf("no index begins with %s, by which rows are deleted (%s)", strings.Join(columns, ", "), of))
		}
	}
	return faults
}

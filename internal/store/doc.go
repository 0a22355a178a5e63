// Package store reads and writes all rows, on SQLite by default and on
// PostgreSQL, with the same SQL text for both. View reads, Update writes. Both
// pass a Tx, whose methods are grouped by the domain types of userpool, one file
// per type.
//
// The package is responsible for durability (an Update that has returned is on
// disk), for single use (one statement consumes what may be used once), for
// encryption at rest (sealed columns) and for the cache of configuration.
//
// It contains no policy: the flows and the domain types decide whether a code is
// correct, a user locked or a name allowed. Package record defines the format of
// documents. The package makes no external calls. A function passed to Update
// may run more than once.
package store

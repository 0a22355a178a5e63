// Package postgres is the engine for several nodes: PostgreSQL through pgx.
// Updates are READ COMMITTED transactions. They are retried after transient
// errors and after a conflict with another transaction.
package postgres

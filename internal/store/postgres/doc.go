// Package postgres is the engine for more than one machine: PostgreSQL through
// pgx, READ COMMITTED transactions that are retried when the database says so
// or when another one was first.
package postgres

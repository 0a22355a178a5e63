// Package postgres is the engine for more than one machine: PostgreSQL through
// pgx, serializable transactions that are retried when the database says so.
package postgres

// Package page owns pagination tokens: sealed, so that nobody can write one,
// and bound to the operation, pool, query and caller they were made for.
package page

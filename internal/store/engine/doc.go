// Package engine defines the interface between the store and a database: run
// statements on one snapshot, or in one transaction that is durable when it
// returns. Packages sqlite and postgres implement it.
//
// Both run statements with the same text. They differ in opening, the migration
// lock, error classes, and the two DDL markers that Schema replaces.
package engine

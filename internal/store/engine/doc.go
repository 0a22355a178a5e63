// Package engine owns the small contract between the store and a database:
// run these statements in one snapshot, or in one transaction that is durable
// when it returns. Two packages keep it: sqlite and postgres.
//
// The statements are the same text for both. What may differ is opening, the
// migration lock, error classes, and the two markers of DDL that Schema knows.
package engine

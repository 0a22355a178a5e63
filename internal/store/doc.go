// Package store is the memory of Lifeguard: every row, on SQLite by default
// and on PostgreSQL, by one text per statement. View reads, Update writes;
// both hand out a Tx whose methods are named for the nouns of userpool, one
// file per noun.
//
// It owns durability (an Update that has returned is on disk), single use
// (what may be used once is consumed by one statement), secrecy at rest
// (sealed columns) and the cache of configuration.
//
// It refuses to decide: whether a code is right, a user locked or a name
// allowed is for the flows and nouns; what a document looks like is package
// record's. It never calls anything outward, and a function given to Update may
// run twice.
package store

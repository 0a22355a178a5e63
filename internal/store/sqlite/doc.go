// Package sqlite is the embedded engine: SQLite in WAL mode with
// synchronous=FULL, one writer that gathers concurrent updates into one
// commit, and readers beside it that see a snapshot each. It is the only
// place that imports the driver.
package sqlite

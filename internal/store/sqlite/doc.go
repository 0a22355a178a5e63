// Package sqlite is the embedded engine: SQLite in WAL mode with
// synchronous=FULL. One writer groups concurrent updates into one commit. Readers
// run in parallel with it; each sees a snapshot. Only this package imports the
// driver.
package sqlite

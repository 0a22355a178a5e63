// Package storetest opens stores for tests: in memory, in a file, and on
// PostgreSQL if LIFEGUARD_TEST_POSTGRES is the URL of a server.
package storetest

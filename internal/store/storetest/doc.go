// Package storetest opens stores for tests: in memory, in a file, and on
// PostgreSQL when LIFEGUARD_TEST_POSTGRES names one.
package storetest

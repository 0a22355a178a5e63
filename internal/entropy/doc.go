// Package entropy generates random bytes, identifiers and one-time codes. Apart
// from the crypto packages, no other package reads crypto/rand.
//
// System returns a Source that reads from the operating system. Seeded returns a
// reproducible one, for tests only.
package entropy

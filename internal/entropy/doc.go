// Package entropy owns chance: random bytes, the shapes of every identifier,
// and one-time codes. Outside the crypto packages nothing else reads
// crypto/rand.
//
// A Source made by System draws from the operating system; one made by Seeded
// is reproducible and belongs in tests only.
package entropy

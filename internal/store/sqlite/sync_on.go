//go:build !nosync

package sqlite

// synchronous=FULL: a commit that has returned survives the power cut.
const synchronous = "FULL"

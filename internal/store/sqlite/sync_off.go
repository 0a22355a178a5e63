//go:build nosync

package sqlite

// The nosync build does not sync. It exists so that the crash harness can
// prove that it notices what a power cut takes; never ship it.
const synchronous = "OFF"

package fault

// The bounds of what a refusal says, in characters. They keep what a caller
// sent from coming back, or into the log, many times as large.
const (
	MaxEcho    = 512   // of one value that the caller sent
	MaxMessage = 16384 // of a message
	MaxReason  = 1024  // of a message in a header or in the log
)

// Clip cuts s to n characters; three dots tell that something is missing.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "..."
		}
		count++
	}
	return s
}

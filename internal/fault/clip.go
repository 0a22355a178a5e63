package fault

// The bounds of the texts of a refusal, in characters. Without them a response or
// the log could repeat a large value that a caller sent.
const (
	MaxEcho    = 512   // of one value that the caller sent
	MaxMessage = 16384 // of a message
	MaxReason  = 1024  // of a message in a header or in the log
)

// Clip cuts s to n characters and appends "..." if it was longer.
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

package userpool

import "time"

// CustomChallenge is a challenge of the pool's own functions that waits for
// its answer. Username is whom the lock-out counts, for an unknown user the
// name that was typed.
type CustomChallenge struct {
	PoolID, ClientID, Username string
	// Handle is what the session of the challenge names it by.
	Handle  []byte
	Expires time.Time
	// State is JSON of whoever set the challenge.
	State Secret
}

package userpool

import "time"

// PendingChallenge is a challenge whose answer needs more than its Session
// brings: one of the pool's own functions, or DEVICE_SRP_AUTH, which clients
// answer without a Session. Username is whom the lock-out counts, for an
// unknown user the name that was typed.
type PendingChallenge struct {
	PoolID, ClientID, Username string
	// Handle names the challenge within its pool.
	Handle  []byte
	Expires time.Time
	// State is JSON of whoever set the challenge.
	State Secret
}

package userpool

import "time"

// PendingChallenge is the stored state of a challenge that a Session cannot
// carry: a custom challenge, or DEVICE_SRP_AUTH, to which clients respond without a
// Session. Username is the user of the lock-out counter, for an unknown user
// the name as typed.
type PendingChallenge struct {
	PoolID, ClientID, Username string
	// Handle names the challenge within its pool.
	Handle  []byte
	Expires time.Time
	// State is JSON, defined by the code that creates the challenge.
	State Secret
}

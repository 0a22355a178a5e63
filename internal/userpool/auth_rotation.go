package userpool

import "time"

// MaxRetryGrace is the longest grace period that a client can give.
const MaxRetryGrace = 60 * time.Second

// Rotates reports whether each refresh replaces the refresh token.
func (c *Client) Rotates() bool {
	return c.RefreshTokenRotation != nil && c.RefreshTokenRotation.Feature == "ENABLED"
}

// RetryGrace is how long a replaced refresh token remains valid.
func (c *Client) RetryGrace() time.Duration {
	if !c.Rotates() || c.RefreshTokenRotation.RetryGracePeriodSeconds == nil {
		return 0
	}
	return time.Duration(*c.RefreshTokenRotation.RetryGracePeriodSeconds) * time.Second
}

// Rotation maps the numbers of a family's replaced refresh tokens to the times
// at which they were replaced. Old entries may be missing, the last one never is.
type Rotation map[int64]time.Time

// Current is the number of the family's current refresh token. It is 0 if none
// was ever replaced.
func (r Rotation) Current() int64 {
	current := int64(0)
	for n := range r {
		current = max(current, n+1)
	}
	return current
}

// Use classifies the use of a refresh token.
type Use int

// The uses. Fresh: the family's current token. Retry: a token replaced within
// the grace period, whose client may not have received the new one. Reuse: a
// token replaced before that.
const (
	Fresh Use = iota
	Retry
	Reuse
)

// Classify classifies the use of token n at now.
func (r Rotation) Classify(n int64, now time.Time, grace time.Duration) Use {
	replaced, known := r[n]
	switch {
	case n >= r.Current():
		return Fresh
	case known && now.Before(replaced.Add(grace)):
		return Retry
	default:
		return Reuse
	}
}

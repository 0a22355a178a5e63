package userpool

import "time"

// MaxRetryGrace is the longest grace period that a client can give.
const MaxRetryGrace = 60 * time.Second

// Rotates reports whether each refresh replaces the refresh token.
func (c *Client) Rotates() bool {
	return c.RefreshTokenRotation != nil && c.RefreshTokenRotation.Feature == "ENABLED"
}

// RetryGrace is for how long a replaced refresh token still works.
func (c *Client) RetryGrace() time.Duration {
	if !c.Rotates() || c.RefreshTokenRotation.RetryGracePeriodSeconds == nil {
		return 0
	}
	return time.Duration(*c.RefreshTokenRotation.RetryGracePeriodSeconds) * time.Second
}

// Rotation is what is known of a family's replaced refresh tokens: when which
// one was replaced, by its number. The last one is always among them.
type Rotation map[int64]time.Time

// Current is the number of the family's refresh token of now; it is 0 when
// none was ever replaced.
func (r Rotation) Current() int64 {
	current := int64(0)
	for n := range r {
		current = max(current, n+1)
	}
	return current
}

// Use is what presenting a refresh token amounts to.
type Use int

// The uses. Fresh: the family's token of now. Retry: one that was replaced so
// little ago that its owner may not have got the new one. Reuse: one that
// nobody should have any more.
const (
	Fresh Use = iota
	Retry
	Reuse
)

// Judge says what presenting token n at now amounts to.
func (r Rotation) Judge(n int64, now time.Time, grace time.Duration) Use {
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

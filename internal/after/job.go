package after

import (
	"context"
	"errors"
	"time"
)

// Job is one claim of a row.
type Job[T any] struct {
	Item T
	ID   string
	// Lane groups jobs. A job waits only for jobs of its own lane.
	Lane string
	// Attempts is the number of attempts so far, this one included.
	Attempts int
	// Claim is the number of this claim, different for each claim of a row.
	Claim int64
	// Leased is the end of the lease: until then no other worker can claim the row.
	Leased time.Time
	// Expires is when the work is no longer useful; zero means never.
	Expires time.Time
}

// ErrLost means that a job is no longer held: its lease expired and it was
// claimed again, or its row was removed. Nothing was written.
var ErrLost = errors.New("the job is no longer held")

// ErrPermanent marks failures that a retry cannot fix.
var ErrPermanent = errors.New("permanent failure")

// Queue stores the rows of one kind of job. All methods but Claim and Wake
// compare the job's claim in the statement that writes, and return ErrLost when
// it is not the current claim.
type Queue[T any] interface {
	// Claim leases jobs that are due: up to room per lane, minus the jobs that
	// the caller already holds. It may return jobs together with an error.
	Claim(ctx context.Context, held map[string]int, room int, lease time.Duration) ([]Job[T], error)
	// Renew extends the lease of a job to that long from now, and returns its end.
	Renew(ctx context.Context, j Job[T], lease time.Duration) (time.Time, error)
	// Done removes a job.
	Done(ctx context.Context, j Job[T]) error
	// Retry makes a job due again at the given time, and records its attempts.
	Retry(ctx context.Context, j Job[T], at time.Time) error
	// MarkDead ends the attempts. The row is kept for a limited time.
	MarkDead(ctx context.Context, j Job[T]) error
	// Wake returns a channel that receives when a job was added on this node.
	Wake() <-chan struct{}
}

// Outcome is the result of one attempt.
type Outcome struct {
	Err     error         // nil if the work is done
	Dead    bool          // the job is not retried
	RetryIn time.Duration // the pause before the retry, unless Dead
}

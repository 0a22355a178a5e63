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
	// Lane names the jobs that wait for each other, and for no others.
	Lane string
	// Attempts is how often the work was tried, this time included.
	Attempts int
	// Claim is the number of this claim. Every claim of a row has another one.
	Claim int64
	// Leased is until when nobody else can claim the row.
	Leased time.Time
	// Expires is when the work becomes useless; zero means never.
	Expires time.Time
}

// ErrLost means that a job is no longer held: its lease ran out and it was
// claimed again, or its row was removed. Nothing was written.
var ErrLost = errors.New("the job is no longer held")

// ErrPermanent marks failures that no retry mends.
var ErrPermanent = errors.New("permanent failure")

// Queue keeps the rows of one kind of job. All but Claim and Wake compare the
// job's claim in the statement that writes, and return ErrLost when it is not
// the current one.
type Queue[T any] interface {
	// Claim leases jobs that are due: up to room of each lane, less those that
	// the caller holds. With an error it may also return jobs.
	Claim(ctx context.Context, held map[string]int, room int, lease time.Duration) ([]Job[T], error)
	// Renew makes the lease of a job end so long from now, and returns when.
	Renew(ctx context.Context, j Job[T], lease time.Duration) (time.Time, error)
	// Done removes a job.
	Done(ctx context.Context, j Job[T]) error
	// Retry makes a job due again at a time, and records its attempts.
	Retry(ctx context.Context, j Job[T], at time.Time) error
	// Abandon ends the attempts. What is kept of the job is kept for a limited
	// time.
	Abandon(ctx context.Context, j Job[T]) error
	// Wake receives when a job was added on this node.
	Wake() <-chan struct{}
}

// Outcome is what came of one attempt.
type Outcome struct {
	Err       error         // nil: the work is done
	Abandoned bool          // it is not tried again
	RetryIn   time.Duration // else
}

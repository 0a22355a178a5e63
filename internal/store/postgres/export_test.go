package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// For the tests of the lease.
var ErrLeaseLost = errLeaseLost

// For the tests of retries.
const MaxTries = maxTries

var Pause = pause

func (e *Engine) SetLease(ctx context.Context, token int64) (int64, error) {
	return e.setLease(ctx, token)
}

func (e *Engine) SetTimeout(d time.Duration) { e.timeout = d }

func (e *Engine) Pool() *pgxpool.Pool { return e.pool }

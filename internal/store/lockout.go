package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Lockout returns the state of a subject's password lock. In an Update it locks
// that state until the Update ends. Where Updates run in parallel it inserts the
// row first, since most subjects have none yet.
func (tx *Tx) Lockout(poolID, subject string) (userpool.Lockout, error) {
	query, args := `SELECT failures, locked_until, last_attempt FROM lockout WHERE pool_id = $1 AND subject = $2`,
		[]any{poolID, subject}
	if tx.locking(againstChange) != "" {
		query = `INSERT INTO lockout (pool_id, subject, failures, locked_until, last_attempt) VALUES ($1, $2, 0, 0, $3)
			ON CONFLICT (pool_id, subject) DO UPDATE SET
			failures = lockout.failures RETURNING failures, locked_until, last_attempt`
		args = append(args, millis(tx.Now))
	}
	var failures, until, last int64
	_, err := tx.one([]any{&failures, &until, &last}, query, args...)
	return userpool.Lockout{Failures: int(failures), LockedUntil: fromMillis(until), LastAttempt: fromMillis(last)}, err
}

// RecordFailure counts one failed attempt. Parallel calls are all counted.
func (tx *Tx) RecordFailure(poolID, subject string) (userpool.Lockout, error) {
	l, err := tx.Lockout(poolID, subject)
	if err != nil {
		return l, err
	}
	l = l.Fail(tx.Now)
	return l, tx.putLockout(poolID, subject, l)
}

// ForgiveFailure reverts a failure that was recorded before the attempt was
// verified. before and counted are the states before and after the recording.
func (tx *Tx) ForgiveFailure(poolID, subject string, before, counted userpool.Lockout) error {
	l, err := tx.Lockout(poolID, subject)
	if err != nil || l.Failures == 0 {
		return err
	}
	if l = l.Forgive(before, counted); l.Failures == 0 {
		return tx.ClearLockout(poolID, subject)
	}
	return tx.putLockout(poolID, subject, l)
}

func (tx *Tx) putLockout(poolID, subject string, l userpool.Lockout) error {
	return tx.queue(`INSERT INTO lockout (pool_id, subject, failures, locked_until, last_attempt)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (pool_id, subject) DO UPDATE SET
		failures = excluded.failures, locked_until = excluded.locked_until, last_attempt = excluded.last_attempt`,
		poolID, subject, int64(l.Failures), millis(l.LockedUntil), millis(l.LastAttempt))
}

// ClearLockout removes a subject's failures.
func (tx *Tx) ClearLockout(poolID, subject string) error {
	return tx.queue(`DELETE FROM lockout WHERE pool_id = $1 AND subject = $2`, poolID, subject)
}

const attemptWindow = time.Hour

// CountAttempt counts an attempt of an operation in the subject's current hour,
// by one statement. Over the limit it is fault.AttemptLimit.
func (tx *Tx) CountAttempt(poolID, subject string, a userpool.Attempt) error {
	now, end := millis(tx.Now), millis(tx.Now.Add(attemptWindow))
	var tries int64
	_, err := tx.one([]any{&tries},
		`INSERT INTO attempt (pool_id, subject, kind, window_end, tries) VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (pool_id, subject, kind) DO UPDATE SET
			tries = CASE WHEN attempt.window_end <= $5 THEN 1 ELSE attempt.tries + 1 END,
			window_end = CASE WHEN attempt.window_end <= $5 THEN excluded.window_end ELSE attempt.window_end END
		RETURNING tries`, poolID, subject, string(a), end, now)
	if err == nil && tries > int64(a.Limit()) {
		return fault.AttemptLimit
	}
	return err
}

package store

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// outageEvery is how often a continuing outage of the database is logged.
const outageEvery = time.Minute

// outage logs that the database is unreachable: at once, then every minute, and
// when it is over. Only one goroutine calls report.
type outage struct {
	on            atomic.Bool
	began, logged time.Time
}

// report records the result of a query.
func (o *outage) report(log *slog.Logger, now time.Time, err error) {
	switch {
	case err == nil && o.on.Swap(false):
		log.Info("database reachable again", "after", now.Sub(o.began))
	case err == nil:
	case !o.on.Swap(true):
		o.began, o.logged = now, now
		log.Warn("database unreachable; cache cleared", "error", err)
	case now.Sub(o.logged) >= outageEvery:
		o.logged = now
		log.Warn("database still unreachable", "for", now.Sub(o.began), "error", err)
	}
}

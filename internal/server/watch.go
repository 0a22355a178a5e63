package server

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// watchStore registers the store's counters and the outbox's depth.
func (m *metrics) watchStore(db *store.DB) {
	m.counter("lifeguard_store_updates_total", "Updates that changed the store.",
		func() float64 { return float64(db.Stats().Updates) })
	m.counter("lifeguard_store_commits_total", "Commits; several updates can share one.",
		func() float64 { return float64(db.Stats().Commits) })
	m.counter("lifeguard_store_retries_total", "Transactions that were run again after a conflict.",
		func() float64 { return float64(db.Stats().Retries) })
	depth := func(dead bool) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			waiting, deadMessages, err := db.OutboxDepth(ctx)
			if err != nil {
				return -1
			}
			if dead {
				return float64(deadMessages)
			}
			return float64(waiting)
		}
	}
	m.gauge("lifeguard_outbox_waiting", "Messages waiting to be sent; -1 if the database is unreachable.", depth(false))
	m.gauge("lifeguard_outbox_dead", "Dead messages; -1 if the database is unreachable.", depth(true))
}

// watchTokens registers the number of tokens signed and of keys in stock.
func (m *metrics) watchTokens(i *token.Issuer, s *token.Stock) {
	m.counter("lifeguard_tokens_signed_total", "RS256 signatures made.", func() float64 { return float64(i.Signed()) })
	m.gauge("lifeguard_signing_keys_ready", "RSA keys that wait for new pools.",
		func() float64 { return float64(s.Ready()) })
}

// watchDelivery registers the delivery worker's counters.
func (m *metrics) watchDelivery(w *deliver.Worker) {
	m.counter("lifeguard_messages_sent_total", "Messages that a sender has accepted.",
		func() float64 { return float64(w.Stats().Sent) })
	m.counter("lifeguard_messages_failed_total", "Attempts to send that failed.",
		func() float64 { return float64(w.Stats().Failed) })
	m.counter("lifeguard_messages_dead_total", "Messages that became dead: they will not be sent.",
		func() float64 { return float64(w.Stats().Dead) })
}

// watchRuns registers the metrics of calls that outlast their request.
func (m *metrics) watchRuns(r *after.Runs) {
	m.gauge("lifeguard_detached_running", "Running calls that do not end with their request.",
		func() float64 { return float64(r.Stats().Running) })
	m.counter("lifeguard_detached_finished_total", "Such calls that succeeded.",
		func() float64 { return float64(r.Stats().Finished) })
	m.counter("lifeguard_detached_failed_total", "Such calls that failed.",
		func() float64 { return float64(r.Stats().Failed) })
	m.counter("lifeguard_detached_refused_total",
		"Such calls that ended with their request because there were too many.",
		func() float64 { return float64(r.Stats().Refused) })
}

package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// followRatesEvery is how often a node reads the provisioned rates.
const followRatesEvery = 250 * time.Millisecond

// followRates updates the limiter with the provisioned rates, which any node may
// have set. If they cannot be read, the last ones stay in force.
func (s *Server) followRates(ctx context.Context) error {
	tick := time.NewTicker(followRatesEvery)
	defer tick.Stop()
	for {
		given, err := s.givenRates(ctx)
		switch {
		case err == nil:
			s.rates.Provision(given)
		case ctx.Err() == nil:
			s.log.Warn("provisioned limits could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) givenRates(ctx context.Context) (given []ratelimit.Given, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		given = nil
		rates, err := tx.ProvisionedRates()
		for _, r := range rates {
			given = append(given, ratelimit.Given{
				Owner: ratelimit.Owner{Account: r.Account, Region: r.Region}, Category: ratelimit.Category(r.Category),
				PerSecond: r.PerSecond,
			})
		}
		return err
	})
	return given, err
}

// watchRates registers the number of throttled requests and the bucket levels.
func (m *metrics) watchRates(l *ratelimit.Limiter) {
	if l != nil {
		m.registry.MustRegister(rateCollector{l})
	}
}

type rateCollector struct{ limiter *ratelimit.Limiter }

var (
	throttledDesc = prometheus.NewDesc("lifeguard_throttled_requests_total",
		"Requests that exceeded a rate limit, by category of operations.", []string{"category"}, nil)
	levelDesc = prometheus.NewDesc("lifeguard_rate_limit_level",
		"How full the emptiest bucket of any account is, by category: 1 is unused, 0 refuses.",
		[]string{"category"}, nil)
)

// Describe implements prometheus.Collector.
func (rateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- throttledDesc
	out <- levelDesc
}

// Collect implements prometheus.Collector.
func (c rateCollector) Collect(out chan<- prometheus.Metric) {
	for _, s := range c.limiter.States() {
		category := string(s.Category)
		out <- prometheus.MustNewConstMetric(throttledDesc, prometheus.CounterValue, float64(s.Refused), category)
		out <- prometheus.MustNewConstMetric(levelDesc, prometheus.GaugeValue, s.Level, category)
	}
}

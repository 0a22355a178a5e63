package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// metrics has a registry per server, so that a process can have several servers.
// Labels are operation, endpoint or trigger, and outcome or status: never pool,
// user or client.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	restarts *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	// visits and visitLatency are of OAuth endpoints, pages and public documents.
	visits       *prometheus.CounterVec
	visitLatency *prometheus.HistogramVec
	// triggers counts and times calls of functions.
	triggers *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lifeguard_requests_total", Help: "Requests of the native API by operation and outcome.",
		}, []string{"operation", "outcome"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lifeguard_request_seconds", Help: "Time to answer a request of the native API.",
			Buckets: requestBuckets,
		}, []string{"operation"}),
		visits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lifeguard_http_requests_total",
			Help: "Requests to OAuth endpoints, pages and public documents by endpoint and status.",
		}, []string{"endpoint", "status"}),
		visitLatency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "lifeguard_http_request_seconds",
			Help:    "Time to answer a request to an OAuth endpoint, a page or a public document.",
			Buckets: requestBuckets,
		}, []string{"endpoint"}),
		restarts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lifeguard_job_restarts_total", Help: "Background jobs that ended and were started again, by job.",
		}, []string{"job"}),
		triggers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lifeguard_trigger_seconds", Help: "Time that calls of triggers took, by trigger and outcome.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15},
		}, []string{"trigger", "outcome"}),
	}
	m.registry.MustRegister(m.requests, m.restarts, m.latency, m.visits, m.visitLatency, m.triggers,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// requestBuckets are in seconds.
var requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

func (m *metrics) counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

func (m *metrics) observe(operation, outcome string, took time.Duration) {
	m.requests.WithLabelValues(operation, outcome).Inc()
	m.latency.WithLabelValues(operation).Observe(took.Seconds())
}

// observeVisit counts a request. endpoint is a pattern of the server, never the
// path that was sent.
func (m *metrics) observeVisit(endpoint string, status int, took time.Duration) {
	m.visits.WithLabelValues(endpoint, strconv.Itoa(status)).Inc()
	m.visitLatency.WithLabelValues(endpoint).Observe(took.Seconds())
}

func (m *metrics) observeTrigger(t userpool.Trigger, outcome string, took time.Duration) {
	m.triggers.WithLabelValues(string(t), outcome).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

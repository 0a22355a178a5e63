package trigger

import (
	"net/http"
	"time"
)

// NewClient is the HTTP client of the adapters: it keeps connections to a few
// servers that are called often. Time is bounded by each call.
func NewClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*DefaultConcurrency, DefaultConcurrency
	t.IdleConnTimeout = time.Minute
	return &http.Client{Transport: t}
}

package trigger

import (
	"net/http"
	"time"
)

// NewClient returns the HTTP client of the adapters, with persistent
// connections for a few servers that are called often. The context of each call
// bounds its time.
func NewClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*DefaultConcurrency, DefaultConcurrency
	t.IdleConnTimeout = time.Minute
	return &http.Client{Transport: t}
}

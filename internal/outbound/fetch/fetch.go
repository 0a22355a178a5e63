package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Bounds of a fetch.
const (
	maxBytes       = 1 << 20
	maxRedirects   = 5
	maxHeader      = 64 << 10
	defaultTimeout = 5 * time.Second
)

// Config is the configuration of a Client. The zero value allows the public
// internet only.
type Config struct {
	// Allow are prefixes that are allowed although they are not public. See
	// docs/divergences PC-8.
	Allow []netip.Prefix
	// Lookup resolves a name; nil means the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots verify servers; nil means the system's.
	Roots *x509.CertPool
	// NoRedirects refuses redirects.
	NoRedirects bool
	// Timeout bounds a fetch including redirects; 0 means five seconds.
	Timeout time.Duration
}

// Client fetches documents.
type Client struct {
	guard guard
	http  *http.Client
}

// New returns a Client.
func New(c Config) *Client {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	g := newGuard(c)
	transports := g.transports()
	transports.secure.DisableKeepAlives, transports.plain.DisableKeepAlives = true, true
	redirects := checkRedirect
	if c.NoRedirects {
		redirects = func(*http.Request, []*http.Request) error { return &Error{Reason: "it redirects"} }
	}
	return &Client{guard: g, http: &http.Client{Transport: transports, CheckRedirect: redirects}}
}

// checkRedirect bounds redirects. One from https never leads to http.
func checkRedirect(r *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return &Error{Reason: "it redirects too often"}
	case r.URL.Scheme == "http" && via[len(via)-1].URL.Scheme != "http":
		return errNotHTTPS
	}
	return checkURL(r.URL)
}

// AllowsPlain reports whether a URL with http may be called: whether every
// address of its host is allowed. A host that cannot be resolved is not. The
// client decides again when it connects.
func (c *Client) AllowsPlain(ctx context.Context, u *url.URL) bool {
	if len(c.guard.config.Allow) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, c.guard.config.Timeout)
	defer cancel()
	_, err := c.guard.permitted(ctx, u.Hostname(), u.Port(), c.guard.requirePlain)
	return err == nil
}

// Error is the error of a fetch. Reason may be returned to the caller; the
// cause is for the log.
type Error struct {
	Reason string
	// Status is the HTTP status if that was the reason, otherwise 0.
	Status int
	cause  error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Reason + ": " + e.cause.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.cause }

// Get returns the document at a URL with https, or with http where AllowsPlain.
// The error is an *Error.
func (c *Client) Get(ctx context.Context, link string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.guard.config.Timeout)
	defer cancel()
	body, err := c.get(ctx, link)
	var reason *Error
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &reason):
		return nil, reason
	case ctx.Err() != nil:
		return nil, &Error{Reason: "it does not answer in time", cause: err}
	}
	return nil, &Error{Reason: "it cannot be reached", cause: err}
}

func (c *Client) get(ctx context.Context, link string) ([]byte, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, &Error{Reason: "it is not a URL"}
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "Lifeguard")
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, &Error{
			Reason: fmt.Sprintf("it answers with status %d", answer.StatusCode), Status: answer.StatusCode,
		}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBytes+1))
	if err == nil && len(body) > maxBytes {
		return nil, &Error{Reason: fmt.Sprintf("it is longer than %d bytes", maxBytes)}
	}
	return body, err
}

var errNotHTTPS = &Error{Reason: "it is not an https URL"}

// checkURL refuses other schemes than https and http. For http the guard decides
// by the address.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return errNotHTTPS
	case u.Hostname() == "" || u.User != nil:
		return &Error{Reason: "it is not a URL"}
	}
	return nil
}

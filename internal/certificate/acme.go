package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

// ACMEConfig configures ACME.
type ACMEConfig struct {
	// Directory is the URL of the authority; Let's Encrypt if empty. Email is the
	// contact that it gets, if not empty.
	Directory, Email string
	// Cache is the directory of account key and certificates.
	Cache string
	// Answers are the only names for which certificates are requested.
	Answers Answers
	Clock   clock.Clock
	Log     *slog.Logger
}

// retryAfter is how long a name has no certificate after a request that failed.
// Authorities limit the requests of an account, and anyone can connect for a
// domain that does not lead to the server.
const retryAfter = 15 * time.Minute

// ACME gets certificates from an authority, and renews them. It proves that the
// server has a name by the challenge tls-alpn-01, so the authority must reach
// the listener at port 443 of the name.
type ACME struct {
	ACMEConfig
	manager autocert.Manager

	mu      sync.Mutex
	retries map[string]time.Time // of names whose last request failed
}

// NewACME returns an ACME, which accepts the terms of the authority.
func NewACME(c ACMEConfig) *ACME {
	a := &ACME{ACMEConfig: c, retries: map[string]time.Time{}, manager: autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(c.Cache), Email: c.Email,
		Client: &acme.Client{DirectoryURL: c.Directory, UserAgent: "lifeguard"},
	}}
	if c.Directory == "" {
		a.manager.Client.DirectoryURL = autocert.DefaultACMEDirectory
	}
	a.manager.HostPolicy = func(ctx context.Context, host string) error {
		if _, err := netip.ParseAddr(host); err == nil || !c.Answers(ctx, host) {
			return errors.New("certificate: this server does not answer for the name")
		}
		return nil
	}
	return a
}

// Certificate returns the certificate of a name of the server, which it requests
// first if there is none. Other names have none.
func (a *ACME) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := serverName(hello)
	if isChallenge(hello) {
		return a.manager.GetCertificate(hello)
	}
	if name == "" || a.failed(name) || !a.Answers(hello.Context(), name) {
		return nil, nil
	}
	c, err := a.manager.GetCertificate(hello)
	if err != nil {
		a.Log.Error("no certificate from the ACME authority", "name", name, "error", err, "retry-after", retryAfter)
		a.mu.Lock()
		a.retries[name] = a.Clock.Now().Add(retryAfter)
		a.mu.Unlock()
	}
	return c, err
}

// failed reports whether the last request for a name failed a short time ago.
func (a *ACME) failed(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, known := a.retries[name]
	if known && !a.Clock.Now().Before(at) {
		delete(a.retries, name)
		return false
	}
	return known
}

// WithChallenges adds the protocol of the challenge to the configuration of a
// listener, and lets a handle it before any other source.
func (a *ACME) WithChallenges(c *tls.Config) *tls.Config {
	c.NextProtos = append(c.NextProtos, acme.ALPNProto)
	next := c.GetCertificate
	c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if isChallenge(hello) {
			return a.Certificate(hello)
		}
		return next(hello)
	}
	return c
}

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// certificatePoll is how often the files of a certificate are read.
const certificatePoll = 10 * time.Second

// certificate is a pair of PEM files and the certificate last read from them.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	mu      sync.Mutex
	problem string // the last error of poll, so that it is logged once
}

// load reads the files. If they are not a valid pair, the current one stays.
func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	old := c.current.Load()
	if old != nil && slices.EqualFunc(old.Certificate, pair.Certificate, bytes.Equal) {
		return nil
	}
	c.current.Store(&pair)
	if old != nil {
		c.log.Info("the certificate was replaced", "file", c.certFile, "expires", pair.Leaf.NotAfter)
	}
	return nil
}

// reload reads the files again on request, and logs an error even if it is the
// same as before.
func (c *certificate) reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problem = ""
	c.poll()
}

// watch reads the files periodically until ctx ends. Open connections keep the
// certificate that they started with.
func (c *certificate) watch(ctx context.Context) {
	tick := time.NewTicker(certificatePoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.mu.Lock()
			c.poll()
			c.mu.Unlock()
		}
	}
}

func (c *certificate) poll() {
	err := c.load()
	if err == nil {
		c.problem = ""
		return
	}
	if err.Error() != c.problem {
		c.log.Error("the new certificate cannot be used; the old one stays", "file", c.certFile, "error", err)
	}
	c.problem = err.Error()
}

// listener wraps l in TLS with the current certificate.
func (c *certificate) listener(l net.Listener) net.Listener {
	return tls.NewListener(l, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
		MinVersion:     tls.VersionTLS12,
		// Go's default list for TLS 1.2 has suites with CBC and SHA-1.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: []string{"h2", "http/1.1"},
	})
}

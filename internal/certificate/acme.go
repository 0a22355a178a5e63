package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
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
}

// ACME gets certificates from an authority, and renews them. It proves that the
// server has a name by the challenge tls-alpn-01, so the authority must reach
// the listener at port 443 of the name.
type ACME struct {
	manager autocert.Manager
	answers Answers
}

// NewACME returns an ACME, which accepts the terms of the authority.
func NewACME(c ACMEConfig) *ACME {
	a := &ACME{answers: c.Answers, manager: autocert.Manager{
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
	if name := serverName(hello); !isChallenge(hello) && (name == "" || !a.answers(hello.Context(), name)) {
		return nil, nil
	}
	return a.manager.GetCertificate(hello)
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

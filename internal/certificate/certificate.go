package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"

	"golang.org/x/crypto/acme"
)

// Source returns the certificate for a connection. A nil certificate without an
// error means that the source has none for the name.
type Source interface {
	Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
}

// Answers reports whether the server answers for a host name.
type Answers func(ctx context.Context, host string) bool

// errNoCertificate refuses a handshake. Clients see an alert only.
var errNoCertificate = errors.New("certificate: there is none for the server name")

// TLS returns the configuration of a listener that asks the sources in order. A
// client that asks for no name gets the certificate of the name, if it is not
// empty.
func TLS(name string, sources ...Source) *tls.Config {
	return &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == "" {
				hello.ServerName = name
			}
			for _, s := range sources {
				if c, err := s.Certificate(hello); c != nil || err != nil {
					return c, err
				}
			}
			return nil, errNoCertificate
		},
		MinVersion: tls.VersionTLS12,
		// Go's default list for TLS 1.2 has suites with CBC and SHA-1.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: []string{"h2", "http/1.1"},
	}
}

// serverName returns the name that a client asks for in lower case, without a
// dot at its end; "" if it asks for none.
func serverName(hello *tls.ClientHelloInfo) string {
	return strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
}

// isChallenge reports whether an ACME authority verifies a name (RFC 8737
// section 3).
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto
}

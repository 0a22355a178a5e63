package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// guard connects to allowed addresses only.
type guard struct{ config Config }

func newGuard(c Config) guard {
	if c.Lookup == nil {
		c.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return guard{c}
}

// Guarded returns an HTTP client for services that the operator configures,
// such as one that sends messages: any method, persistent connections, no
// redirects. The public internet is reached by https only, allowed prefixes
// also by http. The context of each request bounds its time.
func Guarded(c Config) *http.Client {
	g := newGuard(c)
	return &http.Client{
		Transport:     g.transports(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (g guard) transports() bySecurity {
	return bySecurity{secure: g.transport(g.require), plain: g.transport(g.requirePlain)}
}

// bySecurity separates http from https requests, because different rules apply
// to their connections.
type bySecurity struct{ secure, plain *http.Transport }

func (t bySecurity) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return t.secure.RoundTrip(r)
	}
	return t.plain.RoundTrip(r)
}

func (g guard) transport(require func(netip.Addr, string) error) *http.Transport {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return g.dial(ctx, network, address, require)
	}
	return &http.Transport{
		Proxy: nil, DialContext: dial, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout: time.Minute,
		TLSClientConfig: &tls.Config{RootCAs: g.config.Roots, MinVersion: tls.VersionTLS12},
	}
}

// dial resolves the name, checks every address and connects to a checked one.
func (g guard) dial(
	ctx context.Context, network, address string, require func(netip.Addr, string) error,
) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := g.permitted(ctx, host, port, require)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	var failed error
	for _, a := range addrs {
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	return nil, failed
}

// permitted returns the addresses of a host if require permits every one of them.
func (g guard) permitted(
	ctx context.Context, host, port string, require func(netip.Addr, string) error,
) ([]netip.Addr, error) {
	addrs, err := g.resolve(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("the name has no address")
	}
	for _, a := range addrs {
		err = cmp.Or(err, require(a, port))
	}
	return addrs, err
}

func (g guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return g.config.Lookup(ctx, host)
}

// publicPorts are the ports that are allowed on the public internet. Source:
// guide pages cognito-user-pools-oidc-idp and cognito-user-pools-saml-idp.
var publicPorts = []string{"443", "80"}

func (g guard) allowed(a netip.Addr) bool {
	return a.Zone() == "" && within(g.config.Allow, plain(a))
}

func (g guard) require(a netip.Addr, port string) error {
	switch {
	case g.allowed(a):
		return nil
	case !public(a):
		return &Error{Reason: "its address is not public", cause: fmt.Errorf("%s; see --allow-private-addresses", a)}
	case !slices.Contains(publicPorts, port):
		return &Error{Reason: "its port is neither 443 nor 80"}
	}
	return nil
}

// requirePlain allows http to prefixes that the operator allows.
func (g guard) requirePlain(a netip.Addr, _ string) error {
	if !g.allowed(a) {
		return &Error{
			Reason: "it is not an https URL",
			cause:  fmt.Errorf("%s; http would travel in clear: use https, or see --allow-private-addresses", a),
		}
	}
	return nil
}

package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// names are the host names of a dev server. Its callers need no credentials, so
// web pages of the internet must be kept out: both those that call it from
// their own origin and those whose own name resolves to this machine (DNS
// rebinding). See docs/divergences DM-4.
type names struct {
	own     []string // these and every name below them
	network bool     // whether it listens beyond this machine
}

func newNames(c config.Config) names {
	n := names{own: []string{"localhost"}, network: !config.Local(c.Listen)}
	if public, err := url.Parse(c.PublicURL); err == nil && public.Host != "" {
		n.own = append(n.own, hostname(public.Host))
	}
	for _, host := range c.AllowHosts {
		n.own = append(n.own, hostname(host))
	}
	return n
}

// hostname is the name in a Host header or in a URL, without the port.
func hostname(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func (n names) owns(host string) bool {
	for _, name := range n.own {
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

// serves reports whether requests for a host are answered. An address cannot be
// made to lead elsewhere. Names without a dot, as containers have them, and those
// below internal, such as host.docker.internal, and local, as in Kubernetes, do
// not exist on the internet (RFC 6762; ICANN resolution 2024.07.29.06).
func (n names) serves(hostport string) bool {
	host := hostname(hostport)
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	private := !strings.Contains(host, ".") || strings.HasSuffix(host, ".local")
	return n.owns(host) || strings.HasSuffix(host, ".internal") || n.network && private
}

// foreign reports whether a web page sent the request that neither this server
// nor another one on this machine has served. Browsers add Origin to every
// request that can change something; other programs do not.
// See docs/divergences DM-2.
func (n names) foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == "cross-site"
	}
	page, err := url.Parse(origin)
	if err != nil || page.Host == "" {
		return true
	}
	host := hostname(page.Host)
	addr, err := netip.ParseAddr(host)
	local := err == nil && (addr.IsLoopback() || addr.IsUnspecified())
	return !local && page.Host != r.Host && !n.owns(host)
}

// guard refuses requests for hosts that are no names of this server.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.names.serves(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		s.log.Warn("refused a request for a host that is no name of this server; --allow-host adds names",
			"host", fault.Clip(r.Host, fault.MaxEcho))
		w.Header().Set("Access-Control-Allow-Origin", "*")
		writeJSON(w, http.StatusForbidden, map[string]string{
			"__type":  "AccessDeniedException",
			"message": fmt.Sprintf("This development server does not answer for the host %.100q. If the name leads to it, start it with --allow-host NAME.", hostname(r.Host)),
		})
	})
}

// ownPages refuses requests of foreign web pages.
func (s *Server) ownPages(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.names.foreign(r) {
			s.devRefuse(w, http.StatusForbidden, "a web page of another host may not do this; --allow-host NAME allows its host")
			return
		}
		next(w, r)
	}
}

package dev

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Names are the host names of a dev server. Its callers need no credentials, so
// web pages of the internet must be refused: those that call it from their own
// origin, and those whose own name resolves to this machine (DNS rebinding).
// See docs/divergences DM-4.
type Names struct {
	own     []string // these and every name below them
	network bool     // whether it listens beyond this machine
}

// NewNames returns localhost, the host of the public URL and further names.
// network is whether the server listens beyond this machine.
func NewNames(publicURL string, further []string, network bool) Names {
	n := Names{own: []string{"localhost"}, network: network}
	if public, err := url.Parse(publicURL); err == nil && public.Host != "" {
		n.own = append(n.own, address.Hostname(public.Host))
	}
	for _, host := range further {
		n.own = append(n.own, address.Hostname(host))
	}
	return n
}

func (n Names) owns(host string) bool {
	for _, name := range n.own {
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

// Serves reports whether requests for a host are served. IP addresses cannot be
// rebound. Names without a dot, as containers have, and those below internal,
// such as host.docker.internal, and local, as in Kubernetes, do not exist on
// the internet (RFC 6762; ICANN resolution 2024.07.29.06).
func (n Names) Serves(hostport string) bool {
	host := address.Hostname(hostport)
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	private := !strings.Contains(host, ".") || strings.HasSuffix(host, ".local")
	return n.owns(host) || strings.HasSuffix(host, ".internal") || n.network && private
}

// Foreign reports whether a web page sent the request that neither this server
// nor another one on this machine has served. Browsers send Origin with every
// request that can change something; other programs do not. See
// docs/divergences DM-2.
func (n Names) Foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == "cross-site"
	}
	page, err := url.Parse(origin)
	if err != nil || page.Host == "" {
		return true
	}
	host := address.Hostname(page.Host)
	addr, err := netip.ParseAddr(host)
	local := err == nil && (addr.IsLoopback() || addr.IsUnspecified())
	return !local && page.Host != r.Host && !n.owns(host)
}

// Guard refuses requests for host names that are neither names of this server nor
// domains of its pools.
func (f *Face) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.Names.Serves(r.Host) || f.HasName != nil && f.HasName(r.Context(), r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		f.Log.Warn("request for an unknown host name refused; --allow-host adds names",
			"host", fault.Clip(r.Host, fault.MaxEcho))
		w.Header().Set("Access-Control-Allow-Origin", "*")
		answer.Refusal(w, http.StatusForbidden, "AccessDenied", fmt.Sprintf(
			"This development server does not answer for the host %.100q. "+
				"If the name leads to it, start it with --allow-host NAME.", address.Hostname(r.Host)))
	})
}

// ownPages refuses requests of web pages of other hosts.
func (f *Face) ownPages(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f.Names.Foreign(r) {
			refuse(w, http.StatusForbidden,
				"a web page of another host may not do this; --allow-host NAME allows its host")
			return
		}
		next(w, r)
	}
}

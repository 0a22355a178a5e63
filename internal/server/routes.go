package server

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"path"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// routes mounts the faces. beyond takes what no pattern does.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.beyond)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, ok) })
	mux.HandleFunc("GET /readyz", s.ready)
	if s.Config.RecoveryCodes {
		mux.HandleFunc("POST /recovery-codes", s.recoveryCodes)
		mux.HandleFunc("OPTIONS /recovery-codes", askRecovery)
	}
	if s.Config.Mode == config.Dev {
		mux.Handle("GET /metrics", s.Metrics())
		s.devRoutes(mux)
	}
	front := s.believeProxies(withSDK(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		if clean(r.URL.Path) {
			if !s.face(w, r) {
				mux.ServeHTTP(w, r)
			}
			return
		}
		// The mux would redirect.
		s.beyond(w, r)
	})))
	if s.Config.Mode == config.Dev {
		return s.guard(front)
	}
	return front
}

// clean reports whether a path has no empty, . or .. parts.
func clean(p string) bool {
	c := path.Clean(p)
	if c != "/" && strings.HasSuffix(p, "/") {
		c += "/"
	}
	return c == p
}

var ok = map[string]string{"status": "ok"}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the server is stopping"})
		return
	}
	if err := s.store.Ready(r.Context()); err != nil {
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the store does not answer"})
		return
	}
	writeJSON(w, http.StatusOK, ok)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// believeProxies takes the client's address from X-Forwarded-For, but only
// when the peer is a trusted proxy; from anyone else the header is noise.
func (s *Server) believeProxies(next http.Handler) http.Handler {
	var trusted []netip.Prefix
	for _, p := range s.Config.TrustedProxies {
		if prefix, err := config.ParsePrefix(p); err == nil {
			trusted = append(trusted, prefix)
		}
	}
	if len(trusted) == 0 {
		return next
	}
	isTrusted := func(addr netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(addr.Unmap()) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && isTrusted(peer.Addr()) {
			if client, ok := lastUntrusted(r.Header.Values("X-Forwarded-For"), isTrusted); ok {
				r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
			}
		}
		next.ServeHTTP(w, r)
	})
}

// lastUntrusted walks the chain from our end: the first address that is not
// one of our proxies is the client; what lies beyond it is the client's claim.
func lastUntrusted(headers []string, trusted func(netip.Addr) bool) (netip.Addr, bool) {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}, false
		}
		if !trusted(addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

package server

import (
	"net/http"
	"path"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/face/beyond"
)

// routes mounts the faces. unknown serves requests that no pattern matches.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.unknown)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer.JSON(w, http.StatusOK, ok) })
	mux.HandleFunc("GET /readyz", s.ready)
	beyond.PoolExtensions{Gate: s.gate, Store: s.store}.Mount(mux)
	if s.Config.RecoveryCodes {
		beyond.RecoveryCodes{Tokens: s.ops.Tokens, Account: s.ops.Account, Log: s.log}.Mount(mux)
	}
	if s.dev != nil {
		mux.Handle("GET /metrics", s.Metrics())
		s.dev.Mount(mux)
	}
	front := s.addresses.Forwarded(withSDK(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		s.unknown(w, r)
	})))
	if s.dev != nil {
		return s.dev.Guard(front)
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
		answer.JSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the server is stopping"})
		return
	}
	if err := s.store.Ready(r.Context()); err != nil {
		answer.JSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the store does not answer"})
		return
	}
	answer.JSON(w, http.StatusOK, ok)
}

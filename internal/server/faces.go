package server

import (
	"errors"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// wireFaces mounts OAuth and the pages, at the root of every host name.
func (s *Server) wireFaces(rand entropy.Source) error {
	protocol := oauth.New(oauth.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Signin: s.ops.Signin, Tokens: s.ops.Tokens, Log: s.log,
		PublicURL: s.Config.PublicURL,
	})
	pages, err := hosted.New(hosted.Config{
		OAuth: protocol, Signin: s.ops.Signin, Account: s.ops.Account, Clock: s.clock, Entropy: rand, Root: s.store.Root(),
		PublicURL: s.Config.PublicURL, Secure: strings.HasPrefix(s.Config.PublicURL, "https://"),
	})
	if err != nil {
		return err
	}
	s.faces = http.NewServeMux()
	protocol.Mount(s.faces)
	pages.Mount(s.faces)
	return nil
}

// face serves a request of a browser or an OAuth client; false means that it
// is neither. What is posted may sign or derive, and waits its turn among the
// native API's operations that do.
func (s *Server) face(w http.ResponseWriter, r *http.Request) bool {
	if _, pattern := s.faces.Handler(r); pattern == "" {
		return false
	}
	if r.Method == http.MethodPost {
		ctx, leave, err := s.gate.Admission.Enter(r.Context(), "RespondToAuthChallenge")
		if err != nil {
			status := http.StatusServiceUnavailable
			if errors.Is(err, fault.TooManyRequests) {
				status = http.StatusTooManyRequests
			}
			writeJSON(w, status, map[string]string{"error": "Too many requests"})
			return true
		}
		defer leave()
		r = r.WithContext(ctx)
	}
	s.faces.ServeHTTP(w, r)
	return true
}

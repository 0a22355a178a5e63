package server

import (
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
)

// wireFaces mounts OAuth and the pages, at the root of every host name.
func (s *Server) wireFaces(rand entropy.Source) error {
	protocol := oauth.New(oauth.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Signin: s.ops.Signin, Tokens: s.ops.Tokens, Log: s.log,
		PublicURL: s.Config.PublicURL, Dev: s.Config.Mode == config.Dev,
		Enter: s.gate.Admission.Enter,
	})
	pages, err := hosted.New(hosted.Config{
		OAuth: protocol, Signin: s.ops.Signin, Account: s.ops.Account, Clock: s.clock, Entropy: rand, Steps: s.store.Tokens("page-step"),
		PublicURL: s.Config.PublicURL, Secure: strings.HasPrefix(s.Config.PublicURL, "https://"),
		Helpers: s.helpers(),
	})
	if err != nil {
		return err
	}
	s.faces = http.NewServeMux()
	protocol.Mount(s.faces)
	pages.Mount(s.faces)
	s.elsewhere = pages.Elsewhere
	return nil
}

// helpers are what dev mode has for people.
func (s *Server) helpers() []hosted.Link {
	links := []hosted.Link{{Address: "/_dev/", Text: "Messages"}, {Address: "/_dev/triggers", Text: "Calls of Lambda triggers"}}
	if s.Config.Seed {
		links = append(links, hosted.Link{Address: s.SignInPage(), Text: "Sign in to the demonstration pool"})
	}
	return links
}

// face serves a request of a browser or an OAuth client; false means that it
// is neither.
func (s *Server) face(w http.ResponseWriter, r *http.Request) bool {
	if _, pattern := s.faces.Handler(r); pattern == "" {
		return false
	}
	s.faces.ServeHTTP(w, r)
	return true
}

// beyond serves what no pattern takes: a page for a browser that has been sent
// to a wrong address, JSON by the gate for anybody else.
func (s *Server) beyond(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.elsewhere(w, r)
		return
	}
	s.gate.ServeHTTP(w, r)
}

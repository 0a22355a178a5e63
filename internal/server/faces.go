package server

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/face/dev"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// wireFaces mounts OAuth and the pages, at the root of every host name.
func (s *Server) wireFaces(rand entropy.Source) error {
	protocol := oauth.New(oauth.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Signin: s.ops.Signin, Tokens: s.ops.Tokens, Log: s.log,
		Addresses: s.addresses, Dev: s.Config.Mode == config.Dev,
		Enter: s.gate.Admission.Enter, Rates: s.rates, Tiers: s.tiers(),
		Documents: appclient.NewDocuments(
			fetch.New(fetch.Config{Allow: s.Config.PrivateAddresses(), NoRedirects: true}), s.clock, gate.ReleaseSlot),
		Registrar: appclient.Registrar{Store: s.store, Entropy: rand, Tiers: s.tiers()},
	})
	pages, err := hosted.New(hosted.Config{
		OAuth: protocol, Signin: s.ops.Signin, Account: s.ops.Account, Clock: s.clock, Entropy: rand,
		Steps: s.store.Tokens("page-step"), Addresses: s.addresses, Helpers: s.helpers(),
	})
	if err != nil {
		return err
	}
	s.faces = http.NewServeMux()
	protocol.Mount(s.faces)
	pages.Mount(s.faces)
	s.notFound = pages.NotFound
	return nil
}

// Answers reports whether the server answers for a host name: one of its own, or
// the domain of a pool. Certificates are made for these alone, and in serve mode
// not for names of Amazon, for which no authority would sign.
func (s *Server) Answers(ctx context.Context, host string) bool {
	switch {
	case address.Hostname(host) == address.Hostname(s.addresses.Public().Host):
		return true
	case s.dev != nil:
		return s.dev.Names.Serves(host) || s.hasName(ctx, host)
	}
	return !address.IsAmazon(host) && s.hasName(ctx, host)
}

// hasName reports whether a host name is the domain of a pool, or a name of Amazon
// Cognito that leads here. If the store cannot be read, it is none.
func (s *Server) hasName(ctx context.Context, host string) bool {
	if s.addresses.Amazon(host) {
		return true
	}
	name, ok := s.addresses.Domain(host)
	if !ok {
		return false
	}
	found := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		d, p, err := tx.Domain(name.Domain)
		found = err == nil && d != nil && name.Is(d, p)
		return err
	})
	return err == nil && found
}

// tiers is whether features beyond the tier of a pool are refused.
func (s *Server) tiers() userpool.TierGating {
	return userpool.TierGating(s.Config.TierGating != nil && *s.Config.TierGating)
}

// newDev makes the endpoints of dev mode.
func (s *Server) newDev(rand entropy.Source) *dev.Face {
	c := s.Config
	return dev.New(dev.Config{
		Names:     dev.NewNames(c.PublicURL, c.AllowHosts, !config.Local(c.Listen)),
		HasName:   s.hasName,
		Authority: s.authority,
		Clock:     s.driven,
		Started:   s.clock.Now(),
		Mailbox:   s.mailbox,
		Deliver:   s.worker.Drain,
		Runner:    s.runner,
		Recorder:  s.recorder,
		Keys:      s.devKeys,
		Reset:     s.Reset,
		PublicURL: c.PublicURL,
		ClientID:  Demonstration(c.Region).PagesClientID,
		Verifier:  hex.EncodeToString(rand.Bytes(32)),
		Log:       s.log,
	})
}

// SignInPage returns the URL of the sign-in page of the demonstration pool. Dev
// mode only.
func (s *Server) SignInPage() string { return s.dev.SignInPage() }

// Messages returns the messages delivered to an address, or all if it is empty,
// newest first. Dev mode only.
func (s *Server) Messages(ctx context.Context, to string) ([]userpool.Message, error) {
	return s.dev.Messages(ctx, to)
}

// helpers returns links to the dev mode pages for developers.
func (s *Server) helpers() []view.Link {
	if s.dev == nil {
		return nil
	}
	links := []view.Link{
		{Address: "/_dev/", Text: "Messages"}, {Address: "/_dev/triggers", Text: "Calls of Lambda triggers"},
	}
	if s.Config.Seed {
		links = append(links, view.Link{Address: s.SignInPage(), Text: "Sign in to the demonstration pool"})
	}
	return links
}

// face serves a request to the OAuth endpoints or the pages. It returns false if
// the path is not one of theirs.
func (s *Server) face(w http.ResponseWriter, r *http.Request) bool {
	_, pattern := s.faces.Handler(r)
	if pattern == "" {
		return false
	}
	started, observed := s.clock.Now(), &observedWriter{ResponseWriter: w, status: http.StatusOK}
	s.faces.ServeHTTP(observed, r)
	s.metrics.observeVisit(endpointOf(pattern), observed.status, s.clock.Now().Sub(started))
	return true
}

// endpointOf returns the path in a pattern of a mux, without the method.
func endpointOf(pattern string) string {
	return strings.TrimSuffix(pattern[strings.IndexByte(pattern, '/'):], "{$}")
}

// observedWriter keeps the status of a response.
type observedWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *observedWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the writer for http.ResponseController.
func (w *observedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// unknown serves requests that no pattern matches: a page for browsers, the gate's
// JSON for other clients.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.notFound(w, r)
		return
	}
	s.gate.ServeHTTP(w, r)
}

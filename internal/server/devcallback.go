package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// callbackPath is where a sign-in at the demonstration pool leads when no
// application has begun it: a page that shows the code and redeems it.
const callbackPath = "/_dev/callback"

// SignInPage is the address at which the pages client begins a sign-in of its
// own, with PKCE. The verifier lives as long as the process.
func (s *Server) SignInPage() string {
	sum := sha256.Sum256([]byte(s.verifier))
	return s.Config.PublicURL + "/oauth2/authorize?client_id=" + Demonstration(s.Config.Region).PagesClientID +
		"&response_type=code&redirect_uri=" + url.QueryEscape(s.callback()) +
		"&code_challenge_method=S256&code_challenge=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Server) callback() string { return s.Config.PublicURL + callbackPath }

// seedCallback registers the callback at the pages client, in place of the one
// of an earlier start at another address. It goes past the rule that plain http
// is for localhost alone: a dev server has other names too.
func (s *Server) seedCallback(ctx context.Context, d Demo) error {
	err := s.store.Configure(ctx, d.PoolID, func(tx *store.Tx) error {
		c, err := tx.Client(d.PoolID, d.PagesClientID)
		if err != nil || slices.Contains(c.CallbackURLs, s.callback()) {
			return err
		}
		changed := *c
		changed.CallbackURLs = append(slices.DeleteFunc(slices.Clone(c.CallbackURLs), func(uri string) bool {
			return strings.HasSuffix(uri, callbackPath)
		}), s.callback())
		return tx.UpdateClient(&changed)
	})
	if errors.Is(err, fault.ResourceNotFound) {
		return nil // deleted by its user
	}
	return err
}

// codeForm is what an authorization code looks like. Nothing else gets into a
// command that somebody pastes into a shell.
var codeForm = regexp.MustCompile(`^[0-9A-Za-z-]+$`)

// devCallback shows the code that a sign-in has brought, or the error, and how
// to redeem it.
func (s *Server) devCallback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	shown := struct{ Code, Verifier, ClientID, Callback, Endpoint, SignIn, Error string }{
		Code: q.Get("code"), Verifier: s.verifier, ClientID: Demonstration(s.Config.Region).PagesClientID,
		Callback: s.callback(), Endpoint: s.Config.PublicURL, SignIn: s.SignInPage(), Error: q.Get("error"),
	}
	if !codeForm.MatchString(shown.Code) {
		shown.Code = ""
	}
	s.devShow(w, "callback.html", shown)
}

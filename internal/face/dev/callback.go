package dev

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
)

// CallbackPath is where a sign-in at the demonstration pool leads when no
// application has begun it: a page that shows the code and redeems it.
const CallbackPath = "/_dev/callback"

// SignInPage is the address at which the pages client begins a sign-in of its
// own, with PKCE. The verifier lives as long as the process.
func (f *Face) SignInPage() string {
	sum := sha256.Sum256([]byte(f.Verifier))
	return f.PublicURL + "/oauth2/authorize?client_id=" + f.ClientID +
		"&response_type=code&redirect_uri=" + url.QueryEscape(f.callbackURL()) +
		"&code_challenge_method=S256&code_challenge=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (f *Face) callbackURL() string { return f.PublicURL + CallbackPath }

// codeForm is what an authorization code looks like. Nothing else gets into a
// command that somebody pastes into a shell.
var codeForm = regexp.MustCompile(`^[0-9A-Za-z-]+$`)

// callback shows the code that a sign-in has brought, or the error, and how
// to redeem it.
func (f *Face) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	shown := struct{ Code, Verifier, ClientID, Callback, Endpoint, SignIn, Error string }{
		Code: q.Get("code"), Verifier: f.Verifier, ClientID: f.ClientID,
		Callback: f.callbackURL(), Endpoint: f.PublicURL, SignIn: f.SignInPage(), Error: q.Get("error"),
	}
	if !codeForm.MatchString(shown.Code) {
		shown.Code = ""
	}
	show(w, "callback.html", shown)
}

package dev

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
)

// CallbackPath is the redirect URI of sign-ins at the demonstration pool that
// no application has started: a page that shows the code and how to redeem it.
const CallbackPath = "/_dev/callback"

// SignInPage returns the address at which the pages client starts a sign-in of
// its own, with PKCE. The verifier is valid as long as the process runs.
func (f *Face) SignInPage() string {
	sum := sha256.Sum256([]byte(f.Verifier))
	return f.PublicURL + "/oauth2/authorize?client_id=" + f.ClientID +
		"&response_type=code&redirect_uri=" + url.QueryEscape(f.callbackURL()) +
		"&code_challenge_method=S256&code_challenge=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (f *Face) callbackURL() string { return f.PublicURL + CallbackPath }

// codeForm is the form of an authorization code. Nothing else is put into a
// command that is pasted into a shell.
var codeForm = regexp.MustCompile(`^[0-9A-Za-z-]+$`)

// callback shows the code of a sign-in and how to redeem it, or the error.
func (f *Face) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	data := struct{ Code, Verifier, ClientID, Callback, Endpoint, SignIn, Error string }{
		Code: q.Get("code"), Verifier: f.Verifier, ClientID: f.ClientID,
		Callback: f.callbackURL(), Endpoint: f.PublicURL, SignIn: f.SignInPage(), Error: q.Get("error"),
	}
	if !codeForm.MatchString(data.Code) {
		data.Code = ""
	}
	show(w, "callback.html", data)
}

package hosted

import "net/http"

// NotFound serves addresses that have no page. The root describes this server
// and, in dev mode, links to the helpers.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.OAuth.SetSecurityHeaders(w, r)
	if r.URL.Path != "/" {
		p.show(w, http.StatusNotFound, page{Title: "Page not found", Intro: "There is no page at this address."})
		return
	}
	home := page{
		Title: "Sign-in server", Intro: "Applications send you here to sign in. Please start from the application.",
	}
	if p.OAuth.Dev {
		home.Title = "Lifeguard"
		home.Intro = "This server speaks the API, OAuth 2.0 and OpenID Connect of Amazon Cognito user pools. " +
			"It runs for development."
		home.Links = p.Helpers
	}
	p.show(w, http.StatusOK, home)
}

// noIcon answers requests for the icon without a page.
func noIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "max-age=86400")
	w.WriteHeader(http.StatusNoContent)
}

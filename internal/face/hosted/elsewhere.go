package hosted

import (
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
)

// NotFound serves addresses that have no page. The root describes this server
// and, in dev mode, links to the helpers.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.OAuth.SetSecurityHeaders(w, r)
	l := p.language(r)
	if r.URL.Path != "/" {
		p.show(w, r, nil, http.StatusNotFound, view.Page{
			Title: l.Text("home.missingTitle"), Lead: plain(l.Text("home.missing")),
		})
		return
	}
	home := view.Page{Title: l.Text("home.title"), Lead: plain(l.Text("home.lead"))}
	if p.OAuth.Dev {
		home.Title = "Lifeguard"
		home.Lead = "This server speaks the API, OAuth 2.0 and OpenID Connect of Amazon Cognito user pools. " +
			"It runs for development."
		for _, link := range p.Helpers {
			home.Parts = append(home.Parts, &view.Links{Links: []view.Link{{Address: link.Address, Text: link.Text}}})
		}
	}
	p.show(w, r, nil, http.StatusOK, home)
}

// noIcon answers requests for the icon without a page.
func noIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "max-age=86400")
	w.WriteHeader(http.StatusNoContent)
}

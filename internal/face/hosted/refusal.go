package hosted

import (
	"cmp"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
)

// explained are the codes that the error page has a text for, with the key "error."
// and the code.
var explained = map[string]bool{
	"redirect_mismatch": true, "unauthorized_client": true, "invalid_client": true, "invalid_request": true,
	"invalid_request_uri": true, "expired_token": true, "access_denied": true, "server_error": true,
}

// refusal shows the error page.
func (p *Pages) refusal(w http.ResponseWriter, r *http.Request, refused *oauth.Refusal) {
	l := p.language(r)
	if refused.Status() == http.StatusTooManyRequests {
		p.show(w, r, nil, refused.Status(), view.Page{
			Title: l.Text("error.busyTitle"), Icon: "clock", Lead: plain(l.Text("error.busy")),
		})
		return
	}
	data := view.Page{
		Title: l.Text("error.title"), Icon: "alert", Tone: "bad", Lead: plain(l.Text("error.lead")),
	}
	if explained[refused.Code] {
		data.Lead += plain(" " + l.Text("error."+refused.Code))
	}
	data.Parts = append(data.Parts,
		&view.Text{Class: "after note", HTML: plain(l.Text("error.report"))},
		&view.Facts{Facts: []view.Fact{
			{Name: l.Text("error.error"), Value: cmp.Or(refused.Description, refused.Code)},
			{Name: l.Text("error.request"), Value: w.Header().Get("X-Amz-Cognito-Request-Id")},
			{Name: l.Text("error.time"), Value: p.Clock.Now().UTC().Format("2006-01-02 15:04:05 UTC")},
		}})
	if refused.Detail != "" {
		data.Parts = append(data.Parts,
			&view.Text{Class: "after note", HTML: plain(l.Text("error.developers", "detail", refused.Detail))})
	}
	p.show(w, r, nil, refused.Status(), data)
}

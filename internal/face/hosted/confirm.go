package hosted

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// confirmUser serves the link in the message of a sign-up. As at Amazon
// Cognito, a GET confirms the user; HEAD, which some mail programs send, does
// nothing. Source: guide page
// cognito-user-pool-settings-message-customizations. See docs/divergences
// MS-10.
func (p *Pages) confirmUser(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	q := oauth.Query(r)
	if err := oauth.CheckText(q); err != nil {
		p.OAuth.Refuse(w, r, nil, err)
		return
	}
	req := account.ConfirmRequest{Code: q.Get("confirmation_code"), Request: account.Request{
		ClientID: q.Get("client_id"), Username: q.Get("user_name"), Trusted: true,
	}}
	if req.Code == "" || req.ClientID == "" || req.Username == "" {
		p.linkSpent(w, r, nil)
		return
	}
	// At the domain of a pool the links of other pools are not valid.
	pool, client, err := p.OAuth.Lookup(r.Context(), r.Host, req.ClientID)
	if err == nil {
		_, err = retryConflicts(func() (*userpool.User, error) { return p.Account.ConfirmSignUp(r.Context(), req) })
	}
	at, l := &oauth.Request{Pool: pool, Client: client}, p.language(r)
	if err == nil {
		p.show(w, r, at, http.StatusOK, view.Page{
			Title: l.Text("confirm.doneTitle"), Icon: "check", Tone: "good", Lead: plain(l.Text("confirm.done")),
			Parts: again(l, signInAt(client)),
		})
		return
	}
	shown, ok := problem(l, err)
	switch f := fault.Of(err); {
	case errors.Is(err, fault.ResourceNotFound):
		p.linkSpent(w, r, at)
	case !ok:
		p.OAuth.Refuse(w, r, nil, err)
	case f.Kind == fault.CodeMismatch, f.Kind == fault.ExpiredCode,
		f.Kind == fault.NotAuthorized, f.Kind == fault.UserNotFound:
		p.linkSpent(w, r, at)
	default:
		p.show(w, r, at, http.StatusBadRequest, view.Page{
			Title: l.Text("confirm.failedTitle"), Icon: "alert", Tone: "bad", Lead: plain(shown.Text),
		})
	}
}

// linkSpent shows the page of a link that confirms nothing.
func (p *Pages) linkSpent(w http.ResponseWriter, r *http.Request, at *oauth.Request) {
	l := p.language(r)
	p.show(w, r, at, http.StatusBadRequest, view.Page{
		Title: l.Text("confirm.spentTitle"), Icon: "clock", Lead: plain(l.Text("confirm.spent")),
	})
}

// signInAt returns the sign-in page of a client with a default redirect URI, or
// "".
func signInAt(c *userpool.Client) string {
	if c.DefaultRedirectURI == nil || !c.AllowsOAuth(userpool.FlowCode) {
		return ""
	}
	q := oauth.Request{
		Query: url.Values{"client_id": {c.ID}, "response_type": {"code"}, "redirect_uri": {*c.DefaultRedirectURI}},
	}
	return q.Address("/login")
}

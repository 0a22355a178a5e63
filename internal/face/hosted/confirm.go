package hosted

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The texts of the page that a confirmation link leads to. Source of the first:
// tests of the service's users, which look for it.
const (
	confirmed = "Your registration has been confirmed!"
	linkSpent = "This link has been used already, or is no longer valid. If you have confirmed your registration " +
		"before, you can sign in."
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
		p.show(w, http.StatusBadRequest, page{Title: "Nothing to confirm", Intro: linkSpent})
		return
	}
	// At the domain of a pool the links of other pools are not valid.
	_, client, err := p.OAuth.Lookup(r.Context(), r.Host, req.ClientID)
	if err == nil {
		_, err = retryConflicts(func() (*userpool.User, error) { return p.Account.ConfirmSignUp(r.Context(), req) })
	}
	if err == nil {
		p.show(w, http.StatusOK, page{Title: "Confirmed", Intro: confirmed, Again: signInAt(client)})
		return
	}
	text, ok := message(err)
	switch f := fault.Of(err); {
	case errors.Is(err, fault.ResourceNotFound):
		p.show(w, http.StatusBadRequest, page{Title: "Nothing to confirm", Intro: linkSpent})
	case !ok:
		p.OAuth.Refuse(w, r, nil, err)
	case f.Kind == fault.CodeMismatch, f.Kind == fault.ExpiredCode,
		f.Kind == fault.NotAuthorized, f.Kind == fault.UserNotFound:
		p.show(w, http.StatusBadRequest, page{Title: "Nothing to confirm", Intro: linkSpent})
	default:
		p.show(w, http.StatusBadRequest, page{Title: "Not confirmed", Intro: text})
	}
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

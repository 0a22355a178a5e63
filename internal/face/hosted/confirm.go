package hosted

import (
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
)

// The sentences of the page that a confirmation link leads to. Source of the
// first: tests of the service's users that look for it.
const (
	confirmed = "Your registration has been confirmed!"
	linkSpent = "This link has been used already, or is no longer valid."
)

// confirmUser is where the link of a sign-up's message leads. As at Amazon
// Cognito, opening it is all that it takes; HEAD, by which some mail programs
// look at links, does nothing. Source: guide page
// cognito-user-pool-settings-message-customizations.
func (p *Pages) confirmUser(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	q := r.URL.Query()
	ask := account.ConfirmRequest{Code: q.Get("confirmation_code"), Request: account.Request{
		ClientID: q.Get("client_id"), Username: q.Get("user_name"), Trusted: true,
	}}
	if ask.Code == "" || ask.ClientID == "" || ask.Username == "" {
		p.show(w, http.StatusBadRequest, page{Title: "Error", Intro: pageError, Message: linkSpent})
		return
	}
	_, err := p.Account.ConfirmSignUp(r.Context(), ask)
	if err == nil {
		p.show(w, http.StatusOK, page{Title: "Confirmed", Intro: confirmed})
		return
	}
	text, ok := message(err)
	switch f := fault.Of(err); {
	case !ok:
		p.show(w, http.StatusBadRequest, page{Title: "Error", Intro: pageError, Message: somethingBad})
	case f.Kind == fault.CodeMismatch, f.Kind == fault.ExpiredCode, f.Kind == fault.NotAuthorized, f.Kind == fault.UserNotFound:
		p.show(w, http.StatusBadRequest, page{Title: "Not confirmed", Message: linkSpent})
	default:
		p.show(w, http.StatusBadRequest, page{Title: "Not confirmed", Message: text})
	}
}

package hosted

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
)

// The texts of the pages around a sign-out.
const (
	confirmLogout = "An application has asked to sign you out of this server. If you do not want that, close this page."
	loggedOut     = "Your session on this device has ended. If you share it with others, close the browser as well."
	logoutOver    = "This page has expired. Please sign out again in the application."
)

// logout serves the sign-out. A GET ends the session, or shows a page that asks
// the user first. A POST of that page ends the session. A browser sends no
// cookies with a POST of an application's page, since they are SameSite=Lax:
// such a POST leads to a GET with the verified request.
func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	parameters := oauth.Query(r)
	if !isGet(r) {
		if !p.readForm(w, r, "") {
			return
		}
		parameters = r.PostForm
	}
	l, err := p.OAuth.ParseLogout(r, parameters)
	switch {
	case errors.Is(err, oauth.ErrLogoutExpired):
		p.show(w, http.StatusBadRequest, page{Title: "Not signed out", Message: logoutOver})
	case err != nil:
		p.OAuth.Refuse(w, r, nil, err)
	case !isGet(r) && p.ownForm(r):
		p.endSession(w, r, l)
	case isGet(r):
		p.endOrAsk(w, r, l)
	default:
		sealed, err := p.OAuth.SealLogout(l)
		if err != nil {
			p.OAuth.Refuse(w, r, nil, err)
			return
		}
		http.Redirect(w, r, oauth.LogoutPath+"?"+url.Values{stepField: {sealed}}.Encode(), http.StatusSeeOther)
	}
}

// endOrAsk ends the session, or shows the page that asks whether to.
func (p *Pages) endOrAsk(w http.ResponseWriter, r *http.Request, l *oauth.Logout) {
	ask, err := p.OAuth.MustConfirm(r, l)
	if err == nil && !ask {
		p.endSession(w, r, l)
		return
	}
	var sealed string
	if err == nil {
		sealed, err = p.OAuth.SealLogout(l)
	}
	if err != nil {
		p.OAuth.Refuse(w, r, nil, err)
		return
	}
	p.show(w, http.StatusOK, page{Title: "Sign out", Intro: confirmLogout, Form: &form{
		Name: "cognitoSignOutForm", Action: oauth.LogoutPath, CSRF: p.browser(w, r), Step: sealed, Submit: "Sign out",
	}})
}

// endSession ends the session and goes where the request leads.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, l *oauth.Logout) {
	if err := p.OAuth.EndSession(w, r, l); err != nil {
		p.OAuth.Refuse(w, r, nil, err)
		return
	}
	if !l.Redirect(w) {
		p.show(w, http.StatusOK, page{Title: "You are signed out", Intro: loggedOut})
	}
}

package hosted

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
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
		text := p.language(r).Text
		p.show(w, r, nil, http.StatusBadRequest, view.Page{
			Title: text("signOut.overTitle"), Icon: "clock", Lead: plain(text("signOut.over")),
		})
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
	text := p.language(r).Text
	p.show(w, r, nil, http.StatusOK, view.Page{
		Title: text("signOut.title"), Icon: "out", Lead: plain(text("signOut.ask")),
		Parts: []view.Part{p.own(w, r, &view.Form{
			Name: "cognitoSignOutForm", Action: oauth.LogoutPath,
			Parts: []view.Part{&view.Button{Kind: "primary", Text: text("signOut.submit")}},
		}, sealed)},
	})
}

// endSession ends the session and goes where the request leads.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, l *oauth.Logout) {
	if err := p.OAuth.EndSession(w, r, l); err != nil {
		p.OAuth.Refuse(w, r, nil, err)
		return
	}
	if !l.Redirect(w) {
		text := p.language(r).Text
		p.show(w, r, nil, http.StatusOK, view.Page{
			Title: text("signOut.doneTitle"), Icon: "out", Tone: "good", Lead: plain(text("signOut.done")),
		})
	}
}

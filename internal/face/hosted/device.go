package hosted

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// device serves the page where a user enters the code that a device shows, and the
// page that asks whether to connect the device. A GET changes nothing and verifies
// no code, also with the code in its address.
func (p *Pages) device(w http.ResponseWriter, r *http.Request) {
	query := oauth.Query(r)
	if oauth.Carried(query) {
		p.confirmDevice(w, r)
		return
	}
	if err := oauth.CheckText(query); err != nil {
		p.OAuth.Refuse(w, r, nil, err)
		return
	}
	if isGet(r) {
		p.showDevice(w, r, query.Get(oauth.UserCodeField), "")
		return
	}
	if !p.readForm(w, r, "") {
		return
	}
	typed := r.PostForm.Get(oauth.UserCodeField)
	if !p.ownForm(r) {
		p.showDevice(w, r, "", "device.over")
		return
	}
	q, err := p.OAuth.FindDevice(r, p.browser(w, r), typed)
	switch {
	case errors.Is(err, oauth.ErrWrongUserCode):
		p.showDevice(w, r, typed, "device.wrong")
	case errors.Is(err, fault.AttemptLimit):
		p.showDevice(w, r, typed, "device.many")
	case err != nil:
		p.OAuth.Refuse(w, r, nil, err)
	default:
		http.Redirect(w, r, q.Address(oauth.DevicePath), http.StatusSeeOther)
	}
}

// showDevice shows the form for the code, with the text of a problem. A code that was
// not typed here is to be compared with the device (RFC 8628 section 3.3.1).
func (p *Pages) showDevice(w http.ResponseWriter, r *http.Request, code, problem string) {
	l, lead := p.language(r), "device.ask"
	if _, ok := userpool.ParseUserCode(code); ok && isGet(r) {
		lead = "device.check"
	}
	if len(code) > 64 {
		code = ""
	}
	data := view.Page{Title: l.Text("device.title"), Lead: plain(l.Text(lead)), Parts: []view.Part{
		p.own(w, r, &view.Form{Name: "deviceForm", Action: oauth.DevicePath, Parts: []view.Part{
			&view.Input{
				Name: oauth.UserCodeField, Label: l.Text("page.code"), Autocomplete: "off", Value: code, Capitals: true,
			},
			&view.Button{Kind: "primary", Text: l.Text("page.continue")},
		}}, ""),
		caution(l),
	}}
	if problem != "" {
		data.Problems = []view.Problem{{Text: l.Text(problem), Fields: []string{oauth.UserCodeField}}}
	}
	again := &oauth.Request{Query: url.Values{oauth.UserCodeField: {code}}}
	p.show(w, r, again, http.StatusOK, data)
}

// caution warns of a request that somebody else has started. Source: RFC 8628
// section 5.4.
func caution(l *locale.Language) *view.Text {
	return &view.Text{Class: "after note caution", HTML: plain(l.Text("device.caution"))}
}

// confirmDevice asks the user whether to connect a device, and leads to the
// sign-in. A session of the browser suffices.
func (p *Pages) confirmDevice(w http.ResponseWriter, r *http.Request) {
	q, ok := p.request(w, r)
	if !ok {
		return
	}
	session, err := p.OAuth.Session(r, q)
	switch {
	case err != nil:
		p.OAuth.Refuse(w, r, q, err)
	case isGet(r):
		p.showConfirmDevice(w, r, q, session)
	case r.PostForm.Has("refuse"):
		p.OAuth.DenyDevice(w, r, q)
	case session == nil:
		http.Redirect(w, r, q.Address("/login"), http.StatusSeeOther)
	default:
		p.OAuth.Grant(w, r, q, session)
	}
}

func (p *Pages) showConfirmDevice(w http.ResponseWriter, r *http.Request, q *oauth.Request, s *oauth.SignIn) {
	builtIn, custom, err := p.OAuth.Access(r.Context(), q)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	l := p.language(r)
	facts := &view.Facts{Facts: []view.Fact{
		{Name: l.Text("signIn.application"), Value: q.Client.Name},
		{Name: l.Text("page.code"), Value: q.Device().UserCode},
	}}
	connect := "device.signIn"
	if s != nil {
		connect = "device.connect"
		account := cmp.Or(s.User.Attributes["email"], s.User.Username)
		facts.Facts = append(facts.Facts, view.Fact{Name: l.Text("device.account"), Value: account})
	}
	p.show(w, r, q, http.StatusOK, view.Page{
		Title: l.Text("device.confirmTitle"), Lead: plain(l.Text("device.confirmLead")),
		Parts: []view.Part{
			facts,
			&view.Text{Class: "after", HTML: plain(l.Text("device.access"))},
			&view.List{Items: append(accessTexts(l, builtIn, q.Strict()), custom...)},
			caution(l),
			p.own(w, r, &view.Form{Name: "deviceConfirmForm", Action: q.Address(oauth.DevicePath), Parts: []view.Part{
				&view.Button{Kind: "primary", Text: l.Text(connect)},
				&view.Button{Name: "refuse", Value: "1", Text: l.Text("device.refuse")},
			}}, ""),
		},
	})
}

// accessTexts are the built-in scopes in words. openid alone allows every readable
// attribute, except in strict pools; see userpool.ScopesRead.
func accessTexts(l *locale.Language, scopes []string, strict bool) (texts []string) {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	if has(userpool.ScopeOpenID) {
		texts = append(texts, l.Text("scope.openid"))
	}
	all := !strict && has(userpool.ScopeOpenID) && !has(userpool.ScopeEmail) && !has(userpool.ScopePhone) &&
		!has(userpool.ScopeProfile)
	for _, scope := range []struct{ name, key string }{
		{userpool.ScopeEmail, "scope.email"}, {userpool.ScopePhone, "scope.phone"},
		{userpool.ScopeProfile, "scope.profile"}, {userpool.ScopeAddress, "scope.address"},
	} {
		if all || has(scope.name) {
			texts = append(texts, l.Text(scope.key))
		}
	}
	if has(userpool.ScopeAdmin) {
		texts = append(texts, l.Text("scope.admin"))
	}
	return texts
}

// deviceDone serves a page without a form. key is that of its text, with "Title" that
// of its title.
func (p *Pages) deviceDone(key, icon, tone string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l := p.language(r)
		p.show(w, r, nil, http.StatusOK, view.Page{
			Title: l.Text(key + "Title"), Icon: icon, Tone: tone, Lead: plain(l.Text(key)),
		})
	}
}

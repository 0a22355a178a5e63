package hosted

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The texts of the pages of the device grant. Source of the warning: RFC 8628
// section 5.4.
const (
	askUserCode   = "Enter the code that your device shows."
	checkUserCode = "Make sure that your device shows this code."
	wrongUserCode = "This code is not valid. Check the code on your device, or get a new one there."
	manyUserCodes = "There were too many wrong codes. Please try again in an hour."
	deviceCaution = "Continue only if you have started this yourself, on a device in front of you. " +
		"If someone has sent you this link or a code, close this page: they could use your account."
	deviceFormOver = "This page has expired. Please enter the code again."
)

var (
	deviceConnected = page{
		Title: "Your device is connected", Intro: "You can close this page and go back to your device.",
	}
	deviceRefused = page{
		Title: "Your device is not connected", Intro: "It has no access to your account. You can close this page.",
	}
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
		p.showDevice(w, r, "", deviceFormOver)
		return
	}
	q, err := p.OAuth.FindDevice(r, p.browser(w, r), typed)
	switch {
	case errors.Is(err, oauth.ErrWrongUserCode):
		p.showDevice(w, r, typed, wrongUserCode)
	case errors.Is(err, fault.AttemptLimit):
		p.showDevice(w, r, typed, manyUserCodes)
	case err != nil:
		p.OAuth.Refuse(w, r, nil, err)
	default:
		http.Redirect(w, r, q.Address(oauth.DevicePath), http.StatusSeeOther)
	}
}

// showDevice shows the form for the code. A code that was not typed here is to be
// compared with the device (RFC 8628 section 3.3.1).
func (p *Pages) showDevice(w http.ResponseWriter, r *http.Request, code, message string) {
	intro := askUserCode
	if _, ok := userpool.ParseUserCode(code); ok && isGet(r) {
		intro = checkUserCode
	}
	if len(code) > 64 {
		code = ""
	}
	f := &form{
		Name: "deviceForm", Action: oauth.DevicePath, CSRF: p.browser(w, r), Submit: "Continue",
		Fields: []field{{
			Name: oauth.UserCodeField, Label: "Code", Type: "text", Autocomplete: "off", Value: code, Code: true,
		}},
	}
	f.prepare(nil)
	f.Fields[0].Next = code == "" || message != ""
	p.show(w, http.StatusOK, page{
		Title: "Connect a device", Intro: intro, Message: message, Caution: deviceCaution, Form: f,
	})
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
	data := page{
		Title: "Connect this device?", Intro: "The device asks for access to your account.",
		Facts:  []fact{{"Application", q.Client.Name}, {"Code", q.Device().UserCode}},
		Access: append(accessTexts(builtIn, q.Strict()), custom...), Caution: deviceCaution,
		Form: &form{
			Name: "deviceConfirmForm", Action: q.Address(oauth.DevicePath), CSRF: p.browser(w, r),
			Submit: "Sign in to connect", Refuse: "Do not connect",
		},
	}
	if s != nil {
		data.Form.Submit = "Connect"
		data.Facts = append(data.Facts, fact{"Account", cmp.Or(s.User.Attributes["email"], s.User.Username)})
	}
	p.show(w, http.StatusOK, data)
}

// accessTexts are the built-in scopes in words. openid alone allows every readable
// attribute, except in strict pools; see userpool.ScopesRead.
func accessTexts(scopes []string, strict bool) (texts []string) {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	if has(userpool.ScopeOpenID) {
		texts = append(texts, "Your identity")
	}
	all := !strict && has(userpool.ScopeOpenID) && !has(userpool.ScopeEmail) && !has(userpool.ScopePhone) &&
		!has(userpool.ScopeProfile)
	for _, scope := range []struct{ name, text string }{
		{userpool.ScopeEmail, "Your e-mail address"}, {userpool.ScopePhone, "Your phone number"},
		{userpool.ScopeProfile, "Your profile, such as your name"},
		{userpool.ScopeAddress, "Your postal address"},
	} {
		if all || has(scope.name) {
			texts = append(texts, scope.text)
		}
	}
	if has(userpool.ScopeAdmin) {
		texts = append(texts, "Your account: change your profile, password and ways to sign in")
	}
	return texts
}

// deviceDone serves a page without a form.
func (p *Pages) deviceDone(data page) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { p.show(w, http.StatusOK, data) }
}

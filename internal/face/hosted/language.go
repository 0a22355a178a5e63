package hosted

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

const (
	// langName is the name of a parameter and of the cookie that keeps its value. Both
	// names are Amazon Cognito's. Source: guide page cognito-user-pools-managed-login.
	langName = "lang"
	// localesName is the parameter of OpenID Connect Core section 3.1.2.1.
	localesName = "ui_locales"
	// langMaxAge is a year in seconds.
	langMaxAge = 365 * 24 * 60 * 60
)

type languageKey struct{}

// language returns the language of a request that translate has returned; of others
// that of the cookie.
func (p *Pages) language(r *http.Request) *locale.Language {
	if l, ok := r.Context().Value(languageKey{}).(*locale.Language); ok {
		return l
	}
	return p.keptLanguage(r)
}

// languageOf returns the language for a tag, or nil. In development mode there is one
// for tests of layouts.
func (p *Pages) languageOf(tag string) *locale.Language {
	if p.OAuth.Dev && tag == locale.Pseudo.Tag {
		return locale.Pseudo
	}
	return locale.Of(tag)
}

// translate returns the request with the language that the parameters name, which a
// cookie keeps from then on; without one, with the language of the cookie. See
// docs/divergences OA-150.
func (p *Pages) translate(w http.ResponseWriter, r *http.Request, parameters url.Values) *http.Request {
	l := p.namedLanguage(parameters)
	if l == nil {
		l = p.keptLanguage(r)
	} else if c, err := r.Cookie(langName); err != nil || c.Value != l.Tag {
		http.SetCookie(w, &http.Cookie{
			Name: langName, Value: l.Tag, Path: "/", MaxAge: langMaxAge, HttpOnly: true,
			Secure: p.Addresses.Secure(r), SameSite: http.SameSiteLaxMode,
		})
	}
	return r.WithContext(context.WithValue(r.Context(), languageKey{}, l))
}

// namedLanguage returns the language that parameters name, or nil.
func (p *Pages) namedLanguage(parameters url.Values) *locale.Language {
	if l := p.languageOf(parameters.Get(langName)); l != nil {
		return l
	}
	for tag := range strings.FieldsSeq(parameters.Get(localesName)) {
		if l := p.languageOf(tag); l != nil {
			return l
		}
	}
	return nil
}

// keptLanguage returns the language of the cookie, or English.
func (p *Pages) keptLanguage(r *http.Request) *locale.Language {
	if c, err := r.Cookie(langName); err == nil {
		if l := p.languageOf(c.Value); l != nil {
			return l
		}
	}
	return locale.English
}

// languages returns the form that shows a page in another language: a page with a step
// by posting the step again, others by requesting them again. Pages without an
// authorization request have none, except that for the code of a device, and so have
// those of a request with more than maxFields parameters, which the form would repeat.
func languages(l *locale.Language, r *http.Request, q *oauth.Request, data view.Page) *view.Languages {
	choice := &view.Languages{Label: l.Text("page.language"), Button: langName}
	const maxFields = 64
	switch step := stepForm(data.Parts); {
	case step != nil:
		choice.Form = view.Form{Action: step.Action, Hidden: step.Hidden}
	case q == nil || q.Query == nil:
		return nil
	default:
		fields := q.Fields()
		if len(fields) > maxFields {
			return nil
		}
		choice.Get, choice.Action = true, r.URL.Path
		for _, field := range fields {
			choice.Hidden = append(choice.Hidden, view.Hidden(field))
		}
	}
	for _, each := range locale.Languages {
		choice.Choices = append(choice.Choices, view.Language{Tag: each.Tag, Name: each.Name, Current: each == l})
	}
	return choice
}

// stepForm returns the form of a sealed step that answer accepts, or nil.
func stepForm(parts []view.Part) *view.Form {
	for _, part := range parts {
		f, ok := part.(*view.Form)
		if ok && slices.ContainsFunc(f.Hidden, func(h view.Hidden) bool { return h.Name == stepField }) &&
			slices.ContainsFunc(steps, func(s *step) bool { return strings.HasPrefix(f.Action, s.path+"?") }) {
			return f
		}
	}
	return nil
}

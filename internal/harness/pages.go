package harness

import (
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formToken  = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)
)

// Browser has the cookies of a browser by name. A copy has its session. It can go on
// at a server that has been started again on another port.
type Browser map[string]string

// Page is a response to a browser, which has not followed its redirect.
type Page struct {
	Status   int
	Location *url.URL // nil if it is no redirect
	text     []byte
}

// Code returns the authorization code of a redirect to a client. The error is a
// *Refusal if there is none.
func (p Page) Code() (string, error) {
	if p.Location == nil || p.Location.Query().Get("code") == "" {
		return "", p.Refusal()
	}
	return p.Location.Query().Get("code"), nil
}

// Refusal returns the error for a page that is not the expected one.
func (p Page) Refusal() error {
	refusal := &Refusal{Type: "unexpected_page", Message: http.StatusText(p.Status)}
	if p.Location != nil {
		refusal.Message = p.Location.String()
		if named := p.Location.Query().Get("error"); named != "" {
			refusal.Type = named
		}
	}
	if p.Status >= http.StatusInternalServerError {
		refusal.Type = "server_error"
	}
	return refusal
}

// leadsOn reports whether a page is a redirect to another one that is no error.
func (p Page) leadsOn() bool {
	return p.Location != nil && p.Location.Host == "" && !p.Location.Query().Has("error")
}

// maxRedirects is how many redirects lead from one form to the next at most.
const maxRedirects = 5

// Fill opens an address of the server and submits forms one after the other: each
// on the page that the one before has led to. It returns the response to the last
// one. The error is a *Refusal if a page has no form.
func (s *Server) Fill(b Browser, address string, forms ...url.Values) (Page, error) {
	p, err := s.visit(b, http.MethodGet, address, nil)
	for _, form := range forms {
		for n := 0; err == nil && p.leadsOn() && n < maxRedirects; n++ {
			p, err = s.visit(b, http.MethodGet, p.Location.String(), nil)
		}
		if err != nil {
			return p, err
		}
		action, token := formAction.FindSubmatch(p.text), formToken.FindSubmatch(p.text)
		if action == nil || token == nil {
			return p, p.Refusal()
		}
		values := url.Values{"_csrf": {html.UnescapeString(string(token[1]))}}
		maps.Copy(values, form)
		p, err = s.visit(b, http.MethodPost, html.UnescapeString(string(action[1])), values)
	}
	return p, err
}

func (s *Server) visit(b Browser, method, address string, form url.Values) (p Page, err error) {
	r, err := http.NewRequest(method, s.URL+address, strings.NewReader(form.Encode()))
	if err != nil {
		return p, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
	}
	for name, value := range b {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return p, err
	}
	defer answer.Body.Close()
	if p.text, err = io.ReadAll(answer.Body); err != nil {
		return p, err
	}
	for _, c := range answer.Cookies() {
		if b[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b, c.Name)
		}
	}
	p.Status = answer.StatusCode
	if to := answer.Header.Get("Location"); to != "" {
		p.Location, err = url.Parse(to)
	}
	return p, err
}

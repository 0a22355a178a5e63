package hostedtest

import (
	"context"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
)

// Browser keeps cookies. It does not follow redirects by itself.
type Browser struct {
	World *World
	Host  string
	// Remote, if set, is the address and port of the browser.
	Remote  string
	Cookies map[string]string
	// Header is sent with every request.
	Header http.Header
	// Context, if set, derives the context of every request.
	Context func(context.Context) context.Context
}

// Browser returns a new browser without cookies.
func (w *World) Browser() *Browser {
	return &Browser{World: w, Host: "id.example.com", Cookies: map[string]string{}, Header: http.Header{}}
}

// Page is a response.
type Page struct {
	Status   int
	Header   http.Header
	Body     string
	Location *url.URL
}

// Query returns the query of the redirect.
func (p Page) Query() url.Values {
	if p.Location == nil {
		return url.Values{}
	}
	return p.Location.Query()
}

// Get requests an address.
func (b *Browser) Get(address string) Page { return b.send(http.MethodGet, address, nil) }

// Post sends a form.
func (b *Browser) Post(address string, form url.Values) Page {
	return b.send(http.MethodPost, address, form)
}

func (b *Browser) send(method, address string, form url.Values) Page {
	b.World.T.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if b.Context != nil {
		r = r.WithContext(b.Context(r.Context()))
	}
	r.Host = b.Host
	if b.Remote != "" {
		r.RemoteAddr = b.Remote
	}
	maps.Copy(r.Header, b.Header)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorded := httptest.NewRecorder()
	b.World.Mux.ServeHTTP(recorded, r)
	result := recorded.Result()
	for _, c := range result.Cookies() {
		if b.Cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		}
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/" {
			b.World.T.Errorf("the cookie %s is %s", c.Name, c.Raw)
		}
	}
	p := Page{Status: result.StatusCode, Header: result.Header, Body: recorded.Body.String()}
	if l := result.Header.Get("Location"); l != "" {
		var err error
		if p.Location, err = url.Parse(l); err != nil {
			b.World.T.Errorf("Location %q: %v", l, err)
		}
	}
	return p
}

var (
	formTag  = regexp.MustCompile(`<form name="\w+" action="([^"]*)"`)
	langsTag = regexp.MustCompile(`<form class="langs"[^>]* action="([^"]*)" method="(get|post)"`)
	inputTag = regexp.MustCompile(`<input[^>]* name="([^"]*)"[^>]*>|<input type="hidden" name="([^"]*)"[^>]*>`)
	valueOf  = regexp.MustCompile(` value="([^"]*)"`)
)

// Form returns the action and the values of the form of a page.
func (p Page) Form() (action string, form url.Values) {
	tag, form := p.form(formTag)
	if tag == nil {
		return "", form
	}
	return html.UnescapeString(tag[1]), form
}

// form returns the submatches of the tag of a form and the values of its fields.
func (p Page) form(pattern *regexp.Regexp) (tag []string, form url.Values) {
	form = url.Values{}
	if tag = pattern.FindStringSubmatch(p.Body); tag == nil {
		return nil, form
	}
	text, _, _ := strings.Cut(p.Body[strings.Index(p.Body, tag[0]):], "</form>")
	for _, input := range inputTag.FindAllStringSubmatch(text, -1) {
		if strings.Contains(input[0], ` type="checkbox"`) {
			continue // not ticked
		}
		value := ""
		if v := valueOf.FindStringSubmatch(input[0]); v != nil {
			value = html.UnescapeString(v[1])
		}
		form.Set(html.UnescapeString(input[1]+input[2]), value)
	}
	return tag, form
}

// Translate presses the button of a language below a page.
func (b *Browser) Translate(p Page, tag string) Page {
	b.World.T.Helper()
	found, form := p.form(langsTag)
	if found == nil || !strings.Contains(p.Body, `name="lang" value="`+tag+`"`) {
		b.World.T.Fatalf("there is no button for %s in %d %s", tag, p.Status, p.Body)
	}
	form.Set("lang", tag)
	if action := html.UnescapeString(found[1]); found[2] == "post" {
		return b.Post(action, form)
	} else {
		return b.Get(action + "?" + form.Encode())
	}
}

// Fill posts the form of a page with values set.
func (b *Browser) Fill(p Page, values ...string) Page {
	b.World.T.Helper()
	action, form := p.Form()
	if action == "" {
		b.World.T.Fatalf("there is no form in %d %s %s", p.Status, p.Header.Get("Location"), p.Body)
	}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return b.Post(action, form)
}

// AuthorizeURL is an authorization request of a client for a code; values
// replace parameters, an empty value removes one.
func AuthorizeURL(clientID string, values ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {Callback}, "state": {"st"}}
	for i := 0; i+1 < len(values); i += 2 {
		if q.Set(values[i], values[i+1]); values[i+1] == "" {
			q.Del(values[i])
		}
	}
	return "/oauth2/authorize?" + q.Encode()
}

// Follow follows a redirect.
func (b *Browser) Follow(p Page) Page {
	b.World.T.Helper()
	if p.Location == nil {
		b.World.T.Fatalf("no redirect: %d %s", p.Status, p.Body)
	}
	return b.Get(p.Location.String())
}

// SignIn sends an authorization request and signs in as ann.
func (b *Browser) SignIn(authorize string) Page {
	b.World.T.Helper()
	return b.Fill(b.Follow(b.Get(authorize)), "username", "ann", "password", Password)
}

// Code signs in to a client and returns the code.
func (b *Browser) Code(clientID string, values ...string) string {
	b.World.T.Helper()
	p := b.SignIn(AuthorizeURL(clientID, values...))
	code := p.Query().Get("code")
	if code == "" {
		b.World.T.Fatalf("no code: %d %s %s", p.Status, p.Header.Get("Location"), p.Body)
	}
	return code
}

package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formToken  = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)
)

// Authorize signs a user in on the pages, in a new browser, and returns the
// authorization code. The error is a *Refusal if the server returned one.
func (s *Server) Authorize(request url.Values, username, password string) (code string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser := &http.Client{
		Transport: s.http.Transport, Timeout: s.http.Timeout, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	page, err := browser.Get(s.URL + "/login?" + request.Encode())
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(page.Body)
	if err := errors.Join(err, page.Body.Close()); err != nil {
		return "", err
	}
	action, token := formAction.FindSubmatch(text), formToken.FindSubmatch(text)
	if action == nil || token == nil {
		return "", noCode(page)
	}
	answer, err := browser.PostForm(s.URL+html.UnescapeString(string(action[1])), url.Values{
		"_csrf": {html.UnescapeString(string(token[1]))}, "username": {username}, "password": {password},
	})
	if err != nil {
		return "", err
	}
	if err := answer.Body.Close(); err != nil {
		return "", err
	}
	if to, err := answer.Location(); err == nil && to.Query().Get("code") != "" {
		return to.Query().Get("code"), nil
	}
	return "", noCode(answer)
}

// noCode returns the error for a response without a code.
func noCode(answer *http.Response) error {
	to, _ := url.Parse(answer.Header.Get("Location"))
	kind := "no_code"
	if answer.StatusCode >= http.StatusInternalServerError || to != nil && to.Query().Get("error") == "server_error" {
		kind = "server_error"
	}
	return &Refusal{kind, fmt.Sprintf("status %d, location %v", answer.StatusCode, to)}
}

// Redeem sends a form to the token endpoint. The error is a *Refusal if the
// server returned one.
func (s *Server) Redeem(form url.Values) error {
	r, err := http.NewRequest(http.MethodPost, s.URL+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, text, err := s.send(r)
	if err != nil || status == http.StatusOK {
		return err
	}
	var refusal struct{ Error string }
	if err := json.Unmarshal(text, &refusal); err != nil {
		return fmt.Errorf("status %d: %s", status, text)
	}
	return &Refusal{Type: refusal.Error}
}

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
)

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formToken  = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)
)

// Authorize signs a user in on the pages, in a browser of its own, and returns
// the authorization code. A *Refusal is an answer.
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
		return "", &Refusal{"NoForm", fmt.Sprintf("status %d: %s", page.StatusCode, text)}
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
	to, err := answer.Location()
	if err != nil || to.Query().Get("code") == "" {
		return "", &Refusal{"NoCode", fmt.Sprintf("status %d, location %v", answer.StatusCode, to)}
	}
	return to.Query().Get("code"), nil
}

// Redeem sends a form to the token endpoint. A *Refusal is an answer.
func (s *Server) Redeem(form url.Values) error {
	answer, err := s.http.PostForm(s.URL+"/oauth2/token", form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode == http.StatusOK {
		return err
	}
	var no struct{ Error string }
	if err := json.Unmarshal(text, &no); err != nil || answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	return &Refusal{Type: no.Error}
}

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

// visitors sign the first user in on the pages, and redeem codes.
type visitors struct {
	handler  http.Handler
	clientID string
	// csrf is the value of the cookie and of the field, form the address of the
	// sign-in form.
	csrf, form string
	// session is the cookie of a session.
	session *http.Cookie
}

// action is the address in a form.
var action = regexp.MustCompile(`action="([^"]*)"`)

// benchVisitors is shared by the benchmarks of a run.
var benchVisitors = sync.OnceValues(func() (*visitors, error) {
	w, err := benchWorld()
	if err != nil {
		return nil, err
	}
	var client struct{ UserPoolClient struct{ ClientId string } }
	if err := w.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "pages", "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []string{"code"}, "AllowedOAuthScopes": []string{"openid", "email"},
		"SupportedIdentityProviders": []string{"COGNITO"}, "CallbackURLs": []string{callback},
	}, &client); err != nil {
		return nil, err
	}
	v := &visitors{
		handler: w.caller.(inProcess).handler, clientID: client.UserPoolClient.ClientId, csrf: strings.Repeat("c", 36),
	}
	page := v.send(v.get("/login"))
	form := action.FindStringSubmatch(page.Body.String())
	if form == nil {
		return nil, fmt.Errorf("no form: %d %s", page.Code, page.Body)
	}
	v.form = html.UnescapeString(form[1])
	signedIn := v.send(v.signIn())
	for _, c := range signedIn.Result().Cookies() {
		if strings.HasPrefix(c.Name, "cognito-") {
			v.session = c
		}
	}
	if v.session == nil {
		return nil, fmt.Errorf("no session: %d %v", signedIn.Code, signedIn.Header())
	}
	return v, nil
})

func (v *visitors) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	return w
}

// get is an authorization request at an address, with the session if there is one.
func (v *visitors) get(path string) *http.Request {
	q := url.Values{
		"client_id": {v.clientID}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid email"},
		"state": {"state"}, "nonce": {"nonce"},
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path+"?"+q.Encode(), nil)
	if v.session != nil {
		r.AddCookie(v.session)
	}
	return r
}

func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// signIn sends the form of the sign-in page.
func (v *visitors) signIn() *http.Request {
	r := post(v.form, url.Values{"_csrf": {v.csrf}, "username": {"user000001"}, "password": {password}})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "XSRF-TOKEN", Value: v.csrf})
	return r
}

// codeIn returns the code in a response.
func codeIn(w *httptest.ResponseRecorder) (string, error) {
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		return "", fmt.Errorf("no code: %d %v", w.Code, w.Header())
	}
	return to.Query().Get("code"), nil
}

func (v *visitors) authorize() (string, error) { return codeIn(v.send(v.get("/oauth2/authorize"))) }

func (v *visitors) login() error {
	_, err := codeIn(v.send(v.signIn()))
	return err
}

func (v *visitors) redeem(code string) error {
	w := v.send(post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {v.clientID}, "code": {code}, "redirect_uri": {callback},
	}))
	if w.Code != http.StatusOK {
		return errors.New(w.Body.String())
	}
	return nil
}

func visiting(b *testing.B) (*world, *visitors) {
	w, err := benchWorld()
	if err != nil {
		b.Fatal(err)
	}
	v, err := benchVisitors()
	if err != nil {
		b.Fatal(err)
	}
	return w, v
}

// Authorize with a session: a code. The floor is one update and the reads of
// client, session and user.
func BenchmarkAuthorize(b *testing.B) {
	p := measured()
	w, v := visiting(b)
	report(b, run(b, w, func(*world) error {
		_, err := v.authorize()
		return err
	}), 3*p.read+p.write+p.request)
}

// styledVisitors visit a client with a style, without a session. They are shared by the
// benchmarks of a run.
var styledVisitors = sync.OnceValues(func() (*visitors, error) {
	w, err := benchWorld()
	if err != nil {
		return nil, err
	}
	var client struct{ UserPoolClient struct{ ClientId string } }
	if err := w.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "styled", "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []string{"code"}, "AllowedOAuthScopes": []string{"openid", "email"},
		"SupportedIdentityProviders": []string{"COGNITO"}, "CallbackURLs": []string{callback},
	}, &client); err != nil {
		return nil, err
	}
	v := &visitors{handler: w.caller.(inProcess).handler, clientID: client.UserPoolClient.ClientId}
	return v, w.Call("CreateManagedLoginBranding", map[string]any{
		"UserPoolId": w.poolID, "ClientId": v.clientID,
		"Settings": json.RawMessage(`{"components":{"pageBackground":{"lightMode":{"color":"123456ff"}}}}`),
	}, &struct{}{})
})

// The first page of a client with a style. The floor is a request and the reads of
// client and session.
func BenchmarkLoginPage(b *testing.B) {
	p := measured()
	w, _ := visiting(b)
	v, err := styledVisitors()
	if err != nil {
		b.Fatal(err)
	}
	report(b, run(b, w, func(*world) error {
		if page := v.send(v.get("/login")); !strings.Contains(page.Body.String(), "/assets/branding/") {
			return fmt.Errorf("%d %s", page.Code, page.Body)
		}
		return nil
	}), 2*p.read+p.request)
}

// Sign-in on the page, which ends in a code. The floor is the verification of the
// password, one update and the reads of client and user.
func BenchmarkLogin(b *testing.B) {
	p := measured()
	w, v := visiting(b)
	report(b, run(b, w, func(*world) error { return v.login() }), p.fixedBase+2*p.read+p.write+p.request)
}

// Redemption of a code for tokens. It also reports the ratio to its two signatures
// alone, made in turns with the redemptions, so that other load on the machine
// slows both.
func BenchmarkCode(b *testing.B) {
	p := measured()
	key, err := jose.GenerateSigningKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	claims := bytes.Repeat([]byte("x"), 600)
	_, v := visiting(b)
	const turn = 160
	var redeeming, signing time.Duration
	for done := 0; done < b.N; done += turn {
		codes := make(chan string, turn)
		for range turn {
			code, err := v.authorize()
			if err != nil {
				b.Fatal(err)
			}
			codes <- code
		}
		redeeming += concurrently(b, turn, func() error { return v.redeem(<-codes) })
		signing += concurrently(b, turn, func() error {
			_, err := key.Sign(claims)
			_, again := key.Sign(claims)
			return errors.Join(err, again)
		})
	}
	turns := float64((b.N + turn - 1) / turn * turn)
	report(b, float64(redeeming)/1e6/turns, 2*p.rsaSign+2*p.read+p.write+p.request)
	b.ReportMetric(float64(redeeming)/float64(signing), "×signatures")
	b.ReportMetric(0, "ns/op") // it would include the signatures and the codes
}

// concurrently calls fn n times, sixteen at once, and returns the CPU time. Callers
// share commits, as in production.
func concurrently(b *testing.B, n int, fn func() error) time.Duration {
	b.Helper()
	before := cpu()
	var all sync.WaitGroup
	const callers = 16
	for range callers {
		all.Go(func() {
			for range n / callers {
				if err := fn(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return cpu() - before
}

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// The writes on the pages and at the endpoints of OAuth.
const (
	logIn         = "POST /login"
	logOut        = "GET /logout"
	redeem        = "POST /oauth2/token with a code"
	refresh       = "POST /oauth2/token with a refresh token"
	revokeFamily  = "POST /oauth2/revoke"
	push          = "POST /oauth2/par"
	answerPushed  = "POST /login for a pushed request"
	startDevice   = "POST /oauth2/device_authorization"
	approveDevice = "POST /login for a device"
	denyDevice    = "POST /device"
	redeemDevice  = "POST /oauth2/token with a device code"
	register      = "POST /oauth2/register"
	extend        = "PUT /pools/{pool}/extensions"
)

const (
	tokenPath      = "/oauth2/token"
	introspectPath = "/oauth2/introspect"
	authorizePath  = "/oauth2/authorize?"
	// callback is the redirect URI of authorization codes.
	callback = "https://" + relyingParty + "/callback"
)

// request returns the authorization request of the client of the pages.
func (l *ledger) request(members ...url.Values) url.Values {
	return with(append(members, url.Values{
		"client_id": l.web["client_id"], "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {callback},
	})...)
}

func (s *subject) credentials() url.Values {
	return url.Values{"username": {s.name}, "password": {password}}
}

// logIn signs in on the pages and returns the code of the request at an address.
func (s *subject) logIn(server *harness.Server, b harness.Browser, address string) (string, error) {
	p, err := server.Fill(b, address, s.credentials())
	if err != nil {
		return "", err
	}
	return p.Code()
}

// beginOnPages signs a user up and signs in on the pages. It returns the browser and
// an authorization code.
func (s *subject) beginOnPages(server *harness.Server) (b harness.Browser, code string, ok bool) {
	s.scope, b = s.ledger.pages, harness.Browser{}
	ok = s.begin(server) && s.record(logIn, nil, func() (err error) {
		code, err = s.logIn(server, b, authorizePath+s.ledger.request().Encode())
		return err
	})
	return b, code, ok
}

// tokenSet is a response of the token endpoint.
type tokenSet struct {
	ID      string `json:"id_token"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// tokens requests tokens of the subject. The ID token must have the claim of the
// function's first call: its response is stored with a code.
func (s *subject) tokens(server *harness.Server, form url.Values) (t tokenSet, err error) {
	if err := server.Form(tokenPath, with(form, s.ledger.web), &t); err != nil {
		return t, err
	}
	claims := in{}
	if parts := strings.Split(t.ID, "."); len(parts) == 3 {
		text, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err := errors.Join(err, json.Unmarshal(text, &claims)); err != nil {
			return t, err
		}
	}
	if claims[claim] != "1" {
		return t, &harness.Refusal{Type: "other_claim", Message: fmt.Sprint("the function's claim is ", claims[claim])}
	}
	return t, nil
}

// active returns which tokens are active.
func (s *subject) active(server *harness.Server, tokens []string) (string, error) {
	active := make([]bool, len(tokens))
	for i, t := range tokens {
		var response struct{ Active bool }
		form := with(s.ledger.web, url.Values{"token": {t}})
		if err := server.Form(introspectPath, form, &response); err != nil {
			return "", err
		}
		active[i] = response.Active
	}
	return fmt.Sprint(active), nil
}

// codeGrant is the redemption of a code. The property "code" is valid before it, and
// which of its tokens are active after it.
type codeGrant struct {
	form   url.Values
	tokens []string
}

// none is the property of a code that is redeemed and whose tokens are not known.
const none = "[]"

// read redeems the code. A second redemption revokes the tokens of the first, so it
// looks at them before. The request of a device may have been denied, or wait.
func (g *codeGrant) read(s *subject) func(*harness.Server) (string, error) {
	return func(server *harness.Server) (string, error) {
		active, err := s.active(server, g.tokens)
		for err == nil {
			_, err = s.tokens(server, g.form)
			var refusal *harness.Refusal
			switch {
			case err == nil:
				return valid, nil
			case !errors.As(err, &refusal):
			case refusal.Type == "authorization_pending" || refusal.Type == "access_denied":
				return refusal.Type, nil
			case refusal.Type == "invalid_grant":
				g.tokens = nil
				return active, nil
			case refusal.Type == "slow_down": // the device has polled right before the kill
				time.Sleep(time.Second)
				err = nil
			}
		}
		return "", err
	}
}

// redeem redeems a valid code, and for most subjects refreshes its tokens and revokes
// them.
func (g *codeGrant) redeem(s *subject, server *harness.Server, operation string) {
	s.consumes["code"] = none
	if !s.continues() {
		return
	}
	var t tokenSet
	use := func(operation, after string, form url.Values) bool {
		return s.record(operation, facts{"code": after}, func() (err error) {
			t, err = s.tokens(server, form)
			return err
		})
	}
	if !use(operation, none, g.form) {
		return
	}
	g.tokens, s.known["code"] = []string{t.Access, t.Refresh}, "[true true]"
	consumed := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh}}
	if !s.continues() || !use(refresh, "[true false]", consumed) {
		return
	}
	g.tokens, s.known["code"] = append(g.tokens, t.Access, t.Refresh), "[true false true true]"
	if s.continues() {
		s.record(revokeFamily, facts{"code": "[false false false false]"}, func() error {
			return server.Form("/oauth2/revoke", with(s.ledger.web, url.Values{"token": {t.Refresh}}), nil)
		})
	}
}

// authorize redeems an authorization code.
func authorize(s *subject, server *harness.Server) {
	_, code, ok := s.beginOnPages(server)
	if !ok {
		return
	}
	g := &codeGrant{form: url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback},
	}}
	s.known["code"], s.read["code"] = valid, g.read(s)
	g.redeem(s, server, redeem)
}

// connectDevice approves or denies the request of a device. A request that is not
// approved expires, so it is compared once.
func connectDevice(s *subject, server *harness.Server) {
	s.scope = s.ledger.pages
	if !s.begin(server) {
		return
	}
	var codes struct {
		Device string `json:"device_code"`
		User   string `json:"user_code"`
	}
	if !s.record(startDevice, nil, func() error {
		return server.Form("/oauth2/device_authorization", with(s.ledger.web, url.Values{"scope": {"openid"}}), &codes)
	}) {
		return
	}
	g := &codeGrant{form: url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {codes.Device},
	}}
	s.known["code"], s.read["code"], s.consumes["code"] = "authorization_pending", g.read(s), absent
	decide := func(operation, after, page string, forms ...url.Values) bool {
		return s.record(operation, facts{"code": after}, func() error {
			enter := url.Values{"user_code": {codes.User}}
			p, err := server.Fill(harness.Browser{}, "/device", append([]url.Values{enter}, forms...)...)
			return leadsTo(page, p, err)
		})
	}
	if !s.continues() {
		decide(denyDevice, "access_denied", "/device/refused", url.Values{"refuse": {"1"}})
	} else if decide(approveDevice, valid, "/device/connected", url.Values{}, s.credentials()) {
		g.redeem(s, server, redeemDevice)
	}
}

// leadsTo returns the error of a response that should lead to an address.
func leadsTo(address string, p harness.Page, err error) error {
	if err == nil && (p.Location == nil || p.Location.String() != address) {
		err = p.Refusal()
	}
	return err
}

// pageSession ends the session of a browser: on the pages, or as an administrator. The
// cookies that are compared are a copy from before.
func pageSession(s *subject, server *harness.Server) {
	b, _, ok := s.beginOnPages(server)
	if !ok {
		return
	}
	cookies := maps.Clone(b)
	s.known["session"] = valid
	s.read["session"] = func(server *harness.Server) (string, error) {
		silent := s.ledger.request(url.Values{"prompt": {"none"}})
		p, err := server.Fill(cookies, authorizePath+silent.Encode())
		if err == nil {
			_, err = p.Code()
		}
		if err != nil {
			return absentAs(invalid, err, "login_required")
		}
		return valid, nil
	}
	ended := facts{"session": invalid}
	switch {
	case !s.continues():
	case s.continues():
		out := url.Values{"client_id": s.ledger.web["client_id"], "logout_uri": {callback}}
		s.record(logOut, ended, func() error {
			p, err := server.Fill(b, "/logout?"+out.Encode())
			return leadsTo(callback, p, err)
		})
	default:
		var list struct{ Sessions []struct{ SessionId string } }
		if err := server.Call("AdminListUserSessions", s.user(), &list); err == nil && len(list.Sessions) == 1 {
			id := in{"SessionId": list.Sessions[0].SessionId}
			s.write(server, "AdminRevokeUserSession", s.user(id), nil, ended)
		}
	}
}

// pushRequest pushes an authorization request, which can be answered once. The address
// that the pages lead to is valid for longer than that of the response.
func pushRequest(s *subject, server *harness.Server) {
	s.scope = s.ledger.pages
	if !s.begin(server) {
		return
	}
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if !s.record(push, nil, func() error {
		return server.Form("/oauth2/par", s.ledger.request(s.ledger.web), &pushed)
	}) {
		return
	}
	named := url.Values{"client_id": s.ledger.web["client_id"], "request_uri": {pushed.URI}}
	p, err := server.Fill(harness.Browser{}, authorizePath+named.Encode())
	if err != nil || p.Location == nil {
		return
	}
	answer := func(server *harness.Server) error {
		_, err := s.logIn(server, harness.Browser{}, p.Location.String())
		return err
	}
	s.known["request"], s.consumes["request"] = valid, invalid
	s.read["request"] = func(server *harness.Server) (string, error) {
		if err := answer(server); err != nil {
			return absentAs(invalid, err, "invalid_request_uri")
		}
		return valid, nil
	}
	if s.continues() {
		s.record(answerPushed, facts{"request": invalid}, func() error { return answer(server) })
	}
}

// registerClient registers a client with a secret, which an administrator deletes.
func registerClient(s *subject, server *harness.Server) {
	s.scope = s.ledger.pages
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	metadata := in{
		"client_name": s.name, "redirect_uris": []string{callback}, "token_endpoint_auth_method": "client_secret_post",
	}
	if !s.record(register, nil, func() error {
		return server.Send("POST", "/oauth2/register?user_pool_id="+s.poolID, s.ledger.registration, metadata, &made)
	}) {
		return
	}
	id := in{"ClientId": made.ID}
	s.known["client"], s.known["client secret"] = s.name, valid
	s.readAt("client", "DescribeUserPoolClient", id, "UserPoolClient", "ClientName")
	s.read["client secret"] = func(server *harness.Server) (string, error) {
		credentials := url.Values{"client_id": {made.ID}, "client_secret": {made.Secret}, "token": {"none"}}
		if err := server.Form(introspectPath, credentials, nil); err != nil {
			return absentAs(absent, err, "invalid_client")
		}
		return valid, nil
	}
	if s.continues() {
		s.write(server, "DeleteUserPoolClient", s.inPool(id), nil, facts{"client": absent, "client secret": absent})
	}
}

// switchedOn is the document of a pool's extensions; all others are off.
func switchedOn(on ...string) map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{"strict_oidc", "device_grant", "pushed_requests", "client_id_metadata_documents"} {
		all[name] = slices.Contains(on, name)
	}
	return all
}

func (s scope) extensionsPath() string { return "/pools/" + s.poolID + "/extensions" }

// extensions changes the extensions of a pool twice and deletes the pool.
func extensions(s *subject, server *harness.Server) {
	if _, ok := s.ownPool(server); !ok {
		return
	}
	s.known["extensions"] = fmt.Sprint(switchedOn())
	s.read["extensions"] = func(server *harness.Server) (string, error) {
		var found map[string]bool
		if err := server.Send("GET", s.extensionsPath(), "", nil, &found); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException")
		}
		return fmt.Sprint(found), nil
	}
	put := func(document map[string]bool) bool {
		return s.record(extend, facts{"extensions": fmt.Sprint(document)}, func() error {
			return server.Send("PUT", s.extensionsPath(), "", document, nil)
		})
	}
	_ = put(switchedOn("strict_oidc", "device_grant")) &&
		put(switchedOn("pushed_requests", "client_id_metadata_documents")) &&
		s.continues() &&
		s.write(server, "DeleteUserPool", s.inPool(), nil, facts{"extensions": absent})
}

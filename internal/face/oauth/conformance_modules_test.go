package oauth_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
)

// basicModules are the modules of the Basic plan.
var basicModules = map[string]module{
	"oidcc-server":                serverModule,
	"oidcc-response-type-missing": responseTypeMissing,
	"oidcc-idtoken-signature":     idTokenSignature,
	"oidcc-idtoken-unsigned":      idTokenUnsigned,
	"oidcc-userinfo-get":          userInfoGet,
	"oidcc-userinfo-post-header":  userInfoPostHeader,
	"oidcc-userinfo-post-body":    userInfoPostBody,
	"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": withoutNonce,
	"oidcc-scope-profile":             scoped("openid profile"),
	"oidcc-scope-email":               scoped("openid email"),
	"oidcc-scope-address":             scoped("openid address"),
	"oidcc-scope-phone":               scoped("openid phone"),
	"oidcc-scope-all":                 scoped("openid email phone address profile"),
	"oidcc-alternate-happy-flow":      alternateFlow,
	"oidcc-display-page":              with("display", "page"),
	"oidcc-display-popup":             with("display", "popup"),
	"oidcc-prompt-login":              promptLogin,
	"oidcc-prompt-none-not-logged-in": promptNoneNotLoggedIn,
	"oidcc-prompt-none-logged-in":     sameSignIn(nil, []string{"prompt", "none"}, false),
	"oidcc-max-age-1":                 maxAge1,
	"oidcc-max-age-10000":             sameSignIn([]string{"max_age", "15000"}, []string{"max_age", "10000"}, false),
	"oidcc-ensure-request-with-unknown-parameter-succeeds": with("extra", "foobar"),
	"oidcc-id-token-hint":                           sameSignIn(nil, []string{"prompt", "none"}, true),
	"oidcc-login-hint":                              loginHint,
	"oidcc-ui-locales":                              with("ui_locales", "se"),
	"oidcc-claims-locales":                          with("claims_locales", "se"),
	"oidcc-ensure-request-with-acr-values-succeeds": acrValues,
	"oidcc-codereuse":                               codeReuse,
	"oidcc-codereuse-30seconds":                     codeReuseAfter30Seconds,
	"oidcc-ensure-registered-redirect-uri":          registeredRedirectURI,
	"oidcc-ensure-post-request-succeeds":            postRequest,
	"oidcc-server-client-secret-post":               clientSecretPost,
	"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":    requestURI,
	"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": requestObject,
	"oidcc-claims-essential":                        claimsEssential,
	"oidcc-ensure-request-object-with-redirect-uri": requestObjectWithRedirectURI,
	"oidcc-refresh-token":                           refreshToken,
	"oidcc-ensure-request-with-valid-pkce-succeeds": validPKCE,
}

// configModules are the modules of the Config plan.
var configModules = map[string]module{"oidcc-discovery-endpoint-verification": discoveryVerification}

// flow plays a whole code flow. It returns the page that asked for the sign-in, the
// response of the token endpoint and the claims of the ID token.
func (r *rp) flow(values ...string) (login string, response, id members) {
	c := r.authorize(r.request(values...))
	response = r.redeem(r.granted(c))
	id = r.idToken(response["id_token"])
	r.fail("EnsureHttpStatusCodeIs200", r.bearer(response).Get("/oauth2/userInfo").Status == 200, "userInfo")
	return c.login, response, id
}

// with is a module whose request has a parameter that must not disturb.
func with(values ...string) module {
	return func(r *rp) { r.flow(values...) }
}

func serverModule(r *rp) {
	code := r.granted(r.authorize(r.request()))
	r.fail("EnsureMinimumAuthorizationCodeLength", 8*len(code) >= 128, code)
	r.fail("EnsureMinimumAuthorizationCodeEntropy", entropy(code) > 96, code)
	response := r.redeem(code)
	id := r.idToken(response["id_token"])
	r.hashed(id, response)
	r.warn("EnsureIdTokenDoesNotContainName", id["name"] == nil, id)
	allowed := append([]string{"sub"}, protocolClaims...)
	r.warn("EnsureIdTokenDoesNotContainNonRequestedClaims", onlyClaims(id, allowed), id)
	r.fail("EnsureHttpStatusCodeIs200", r.bearer(response).Get("/oauth2/userInfo").Status == 200, "userInfo")
}

func onlyClaims(claims members, allowed []string) bool {
	for name := range claims {
		if !slices.Contains(allowed, name) {
			return false
		}
	}
	return true
}

// An error page would pass, too; the redirect is what clients get here.
func responseTypeMissing(r *rp) {
	code := r.refused(r.authorize(r.request("response_type", "")))
	r.fail("CheckErrorFromAuthorizationEndpointErrorInvalidRequestOrUnsupportedResponseType",
		code == "invalid_request" || code == "unsupported_response_type", code)
}

func idTokenSignature(r *rp) {
	_, response, _ := r.flow()
	header := object(r.w.T, decode(r.w.T, strings.Split(response["id_token"].(string), ".")[0]))
	r.fail("EnsureIdTokenContainsKid", header["kid"] != nil, header)
	r.fail("EnsureIdTokenSignatureIsRS256", header["alg"] == "RS256", header)
}

func idTokenUnsigned(r *rp) {
	if !r.lists("id_token_signing_alg_values_supported", "none") {
		r.skip()
	}
	r.flow()
}

// lists reports whether a member of the discovery document contains all values.
func (r *rp) lists(member string, values ...string) bool {
	list, _ := r.server[member].([]any)
	for _, value := range values {
		if !slices.Contains(list, any(value)) {
			return false
		}
	}
	return true
}

func userInfoGet(r *rp) {
	_, response, id := r.flow()
	r.userInfo(response, id)
}

func userInfoPostHeader(r *rp) {
	_, response, id := r.flow()
	r.described(r.bearer(response).Post("/oauth2/userInfo", nil), id)
}

func userInfoPostBody(r *rp) {
	_, response, id := r.flow()
	form := url.Values{"access_token": {response["access_token"].(string)}}
	p := r.w.Browser().Post("/oauth2/userInfo", form)
	r.warn("UserInfoEndpointWithAccessTokenInBodyNotSupported", p.Status == 200, p)
	if p.Status == 200 {
		r.described(p, id)
	}
}

func withoutNonce(r *rp) {
	q := r.request("nonce", "")
	r.nonce = ""
	response := r.redeem(r.granted(r.authorize(q)))
	r.idToken(response["id_token"])
}

// scoped requests scopes, all of whose claims the user has.
func scoped(scope string) module {
	return func(r *rp) {
		scopes := strings.Fields(scope)
		if !r.lists("scopes_supported", scopes...) {
			r.skip()
		}
		_, response, id := r.flow("scope", scope)
		r.returned(r.userInfo(response, id), scopes)
	}
}

func (r *rp) returned(info members, scopes []string) {
	var missing []string
	for _, scope := range scopes {
		for _, name := range scopeClaims[scope] {
			if info[name] == nil {
				missing = append(missing, name)
			}
		}
	}
	r.warn("VerifyScopesReturnedInUserInfoClaims", missing == nil, missing)
}

func alternateFlow(r *rp) {
	q := r.request("scope", "email openid")
	var query []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(q))) {
		query = append(query, name+"="+url.QueryEscape(q.Get(name)))
	}
	response := r.redeem(r.granted(r.answer(r.b.Get("/oauth2/authorize?" + strings.Join(query, "&")))))
	id := r.idToken(response["id_token"])
	r.returned(r.userInfo(response, id), []string{"openid", "email"})
}

// A human compares a screenshot of the second sign-in page; here the page must
// have asked for name and password.
func promptLogin(r *rp) {
	_, _, first := r.flow()
	r.w.Clock.Advance(time.Second)
	login, _, second := r.flow("prompt", "login")
	r.asked(login)
	r.later(first, second)
}

func (r *rp) asked(login string) {
	r.fail("ExpectSecondLoginPage", passwordInput.MatchString(login), login)
}

var passwordInput = regexp.MustCompile(`<input[^>]* type="password"`)

func (r *rp) later(first, second members) {
	before, _ := first["auth_time"].(float64)
	after, ok := second["auth_time"].(float64)
	r.fail("CheckSecondIdTokenAuthTimeIsLaterIfPresent", !ok || after > before, second)
}

func promptNoneNotLoggedIn(r *rp) {
	state := (rand.Text() + rand.Text() + rand.Text() + rand.Text() + rand.Text())[:124] + "-._~"
	q := r.request("prompt", "none", "state", state)
	r.state = state
	code := r.refused(r.authorize(q))
	needsUser := []string{"interaction_required", "login_required", "account_selection_required", "consent_required"}
	r.fail("CheckErrorFromAuthorizationEndpointIsOneThatRequiredAUserInterface", slices.Contains(needsUser, code), code)
}

// sameSignIn signs in once and then sends a second request, which must be granted
// without a page; with hint it has the ID token of the first.
func sameSignIn(first, second []string, hint bool) module {
	return func(r *rp) {
		_, response, before := r.flow(first...)
		r.w.Clock.Advance(time.Second)
		values := slices.Clone(second)
		if hint {
			values = append(values, "id_token_hint", response["id_token"].(string))
		}
		login, _, after := r.flow(values...)
		r.fail("no page for the second request", login == "", login)
		if slices.Contains(first, "max_age") {
			r.fail("CheckIdTokenAuthTimeClaimPresentDueToMaxAge",
				before["auth_time"] != nil && after["auth_time"] != nil, after)
		}
		r.fail("CheckIdTokenAuthTimeClaimsSameIfPresent", before["auth_time"] == after["auth_time"], after)
		r.fail("CheckIdTokenSubConsistentForSecondAuthorization", before["sub"] == after["sub"], after)
	}
}

func maxAge1(r *rp) {
	_, _, first := r.flow()
	r.w.Clock.Advance(2 * time.Second)
	login, _, second := r.flow("max_age", "1")
	r.asked(login)
	r.fail("CheckIdTokenAuthTimeClaimPresentDueToMaxAge", second["auth_time"] != nil, second)
	r.later(first, second)
	at, _ := second["auth_time"].(float64)
	r.fail("CheckIdTokenAuthTimeIsRecentIfPresent", r.w.Clock.Now().Unix()-int64(at) <= 301, second)
}

func loginHint(r *rp) {
	hint := "buffy@id.example.com"
	login, _, _ := r.flow("login_hint", hint)
	r.fail("login_hint is in the form", strings.Contains(login, hint), login)
}

func acrValues(r *rp) {
	values := "1 2"
	if list, ok := r.server["acr_values_supported"].([]any); ok {
		var names []string
		for _, name := range list {
			names = append(names, name.(string))
		}
		values = strings.Join(names, " ")
	}
	_, _, id := r.flow("acr_values", values)
	acr, _ := id["acr"].(string)
	r.warn("ValidateIdTokenACRClaimAgainstAcrValuesRequest", slices.Contains(strings.Fields(values), acr), id)
}

func codeReuse(r *rp) {
	code := r.granted(r.authorize(r.request()))
	r.redeem(code)
	p := r.send(r.redemption(code))
	r.warn("ServerAllowedReusingAuthorizationCode", p.Status != 200, p)
	if p.Status != 200 {
		r.notRedeemed(p)
	}
}

func codeReuseAfter30Seconds(r *rp) {
	code := r.granted(r.authorize(r.request()))
	response := r.redeem(code)
	r.fail("CallProtectedResource", r.bearer(response).Get("/oauth2/userInfo").Status == 200, "before the reuse")
	r.w.Clock.Advance(30 * time.Second)
	r.notRedeemed(r.send(r.redemption(code)))
	status := r.bearer(response).Get("/oauth2/userInfo").Status
	r.warn("EnsureHttpStatusCodeIs4xx", status >= 400 && status < 500, status)
}

// A human compares a screenshot of the error page; here it must name the mismatch.
func registeredRedirectURI(r *rp) {
	c := r.authorize(r.request("redirect_uri", hostedtest.Callback+"/"+rand.Text()))
	r.errorPage("ExpectRedirectUriErrorPage", c)
}

func (r *rp) errorPage(condition string, c callback) {
	r.fail(condition, c.response == nil && c.page.Status == 400 &&
		strings.Contains(c.page.Body, "redirect_mismatch"), c.page)
}

// The browser posts the request from the client's site, so that cookies are not
// sent.
func postRequest(r *rp) {
	q := r.request()
	p := r.b.Post("/oauth2/authorize", q)
	r.warn("ExpectRedirectUriHasBeenCalled", p.Status < 400, p)
	response := r.redeem(r.granted(r.answer(p)))
	r.idToken(response["id_token"])
}

func clientSecretPost(r *rp) {
	r.secretPost = true
	r.fail("EnsureServerConfigurationSupportsClientSecretPost",
		r.lists("token_endpoint_auth_methods_supported", "client_secret_post"), r.server)
	r.flow()
}

// inObject returns the request that carries all parameters in an unsigned request
// object, and outside those that OAuth requires.
func (r *rp) inObject(values ...string) (outside url.Values, object string) {
	q := r.request(values...)
	payload := members{}
	for name := range q {
		payload[name] = q.Get(name)
	}
	text, err := json.Marshal(payload)
	if err != nil {
		r.w.T.Fatal(err)
	}
	outside = url.Values{}
	for _, name := range []string{"response_type", "client_id", "scope", "redirect_uri"} {
		outside.Set(name, q.Get(name))
	}
	object = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(text) + "."
	return outside, object
}

func requestObject(r *rp) {
	q, object := r.inObject()
	q.Set("request", object)
	r.objectAnswered(r.authorize(q), "request_not_supported", "request_parameter_supported", false)
}

// The address of the object is never fetched: it leads nowhere.
func requestURI(r *rp) {
	q, _ := r.inObject()
	q.Set("request_uri", "https://app.example.com/request.jwt#x")
	r.objectAnswered(r.authorize(q), "request_uri_not_supported", "request_uri_parameter_supported", true)
}

// objectAnswered checks the answer to a request object: it must be processed or
// refused by the error that says so, which the suite counts as skipped.
func (r *rp) objectAnswered(c callback, refusal, member string, byDefault bool) {
	r.arrived(c)
	if c.response.Get("error") == refusal {
		r.skip()
	}
	supported, stated := r.server[member].(bool)
	r.warn("CheckDiscEndpoint "+member, stated && supported || !stated && byDefault, r.server)
	response := r.redeem(r.granted(c))
	r.idToken(response["id_token"])
}

func requestObjectWithRedirectURI(r *rp) {
	q, object := r.inObject()
	q.Set("request", object)
	q.Set("redirect_uri", hostedtest.Callback+"_invalid")
	r.errorPage("ExpectRedirectUriErrorPage", r.authorize(q))
}

func claimsEssential(r *rp) {
	_, response, id := r.flow("claims", `{"userinfo":{"name":{"essential":true}}}`)
	info := r.userInfo(response, id)
	r.returned(info, []string{"openid"})
	r.warn("EnsureUserInfoContainsName", info["name"] != nil, info)
	r.warn("EnsureIdTokenDoesNotContainName", id["name"] == nil, id)
}

func refreshToken(r *rp) {
	r.refreshed()
	r.client = "second"
	token := r.refreshed()
	r.client = "suite"
	r.notRedeemed(r.send(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {"openid"}}))
}

var refreshTokenText = regexp.MustCompile(`^[\x20-\x7E]+$`)

// refreshed signs in, refreshes, and returns the latest refresh token.
func (r *rp) refreshed() string {
	_, first, before := r.flow()
	token, _ := first["refresh_token"].(string)
	if token == "" {
		r.skip()
	}
	r.warn("EnsureServerConfigurationSupportsRefreshToken", r.lists("grant_types_supported", "refresh_token"), r.server)
	r.fail("EnsureRefreshTokenContainsAllowedCharactersOnly", refreshTokenText.MatchString(token), token)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	if r.client == "suite" {
		form.Set("scope", "openid")
	}
	r.w.Clock.Advance(time.Second)
	second := r.tokens(r.send(form))
	r.fail("EnsureMinimumAccessTokenEntropy", entropy(second["access_token"].(string)) > 96, second)
	after := claims(r.w.T, second["id_token"])
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "azp"} {
		r.fail("CompareIdTokenClaims", before[name] == after[name], name)
	}
	r.fail("CompareIdTokenClaims", before["iat"] != after["iat"], "iat")
	r.fail("EnsureHttpStatusCodeIs200", r.bearer(second).Get("/oauth2/userInfo").Status == 200, "userInfo")
	if next, ok := second["refresh_token"].(string); ok {
		return next
	}
	return token
}

func validPKCE(r *rp) {
	c := r.authorize(r.request("code_challenge", challenge, "code_challenge_method", "S256"))
	r.idToken(r.redeem(r.granted(c), "code_verifier", verifier)["id_token"])
}

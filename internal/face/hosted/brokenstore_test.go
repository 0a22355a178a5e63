package hosted_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// A verifier and its challenge: RFC 7636 appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

	goodbye     = "https://app.example.com/bye"
	newPassword = "An0ther-Passw0rd"
)

type (
	browser = hostedtest.Browser
	answer  = hostedtest.Page
	send    = func(*browser) answer
	// prepare prepares a browser and returns the request to send.
	prepare = func(*fragile, *browser) send
)

// fragile is a world in whose store the nth statement of a request and those
// after it fail.
type fragile struct {
	*hostedtest.World
	t      *testing.T
	config store.Config
	app    totp.Secret
	// once is whether only one statement fails.
	once bool
}

func newFragile(t *testing.T) *fragile {
	t.Helper()
	clk := clock.Frozen(storetest.Start)
	x := &fragile{t: t, config: storetest.Config(t)}
	x.config.Dir, x.config.Clock = storetest.Dir(t), clk
	x.World = hostedtest.New(t, x.open(nil), clk)
	t.Cleanup(func() { x.close(x.DB) })
	offer(x.World, "OPTIONAL", true)
	domain, err := userpool.NewDomain(x.Pool.ID, "ours", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	x.Update(func(tx *store.Tx) error {
		changed := *x.Pool
		changed.AutoVerifiedAttributes = []string{"email"}
		changed.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
		x.Pool = &changed
		if err := tx.InsertDomain(domain); err != nil {
			return err
		}
		return tx.UpdatePool(x.Pool)
	})
	x.Extend(x.Pool, func(e *userpool.PoolExtensions) { e.PushedRequests, e.DeviceGrant = true, true })
	x.Client(x.Pool, "rotating", func(c *userpool.Client) {
		c.ExplicitAuthFlows, c.RefreshTokenRotation = []string{"ALLOW_USER_AUTH"},
			&userpool.RefreshTokenRotation{Feature: "ENABLED"}
	})
	x.User(x.Pool, "bob", userpool.Confirmed)
	x.app = enrol(t, x.World, "bob")
	x.Change("bob", func(u *userpool.User) { u.EnableFactor(userpool.EmailMFA); u.Factors.Preferred = "" })
	return x
}

// open opens the store behind a breaker, if given.
func (x *fragile) open(breaker *storetest.Breaker) *store.DB {
	x.t.Helper()
	c := x.config
	if breaker != nil {
		c.Wrap = breaker.Wrap
	}
	db, err := store.Open(context.Background(), c)
	if err != nil {
		x.t.Fatal(err)
	}
	return db
}

func (x *fragile) close(db *store.DB) {
	if err := db.Close(); err != nil {
		x.t.Errorf("close: %v", err)
	}
}

// breakAt sends a request to a node with empty caches, while the nth statement
// of the store and every later one fail. It reports whether there was an nth
// statement.
func (x *fragile) breakAt(nth int, prepared prepare, success func(answer) bool) bool {
	x.t.Helper()
	x.Clock.Advance(time.Hour) // past the limits of codes and messages
	x.mail()
	b := x.browser()
	send := prepared(x, b)
	session := b.Cookies["cognito"]

	breaker := &storetest.Breaker{Once: x.once}
	db := x.open(breaker)
	defer x.close(db)
	cold := *b
	cold.World, cold.Cookies, cold.Context = x.Node(db), maps.Clone(b.Cookies), breaker.Request
	breaker.Request(context.Background()) // the node's own statements do not count
	breaker.Break(nth)
	p := send(&cold)
	switch failed := breaker.Mend(); {
	case !failed && !success(p):
		x.t.Fatalf("the request failed without a fault in the store: %d %v %s", p.Status, p.Location, p.Body)
	case !failed:
		return false
	case success(p):
		return true
	}
	atClient := p.Location != nil && p.Location.Host == "app.example.com" && p.Query().Get("error") == "server_error"
	if p.Status < http.StatusInternalServerError && !atClient {
		x.t.Errorf("statement %d fails: %d %v %v %s", nth, p.Status, p.Header, p.Location, p.Body)
	}
	if got := cold.Cookies["cognito"]; session != "" && got != session {
		x.t.Errorf("statement %d fails: the session's cookie is %q", nth, got)
	}
	if breaker.Commits() > 0 {
		return true
	}
	if again := send(b); !success(again) {
		x.t.Errorf("statement %d failed and nothing was written, but the same request returned %d %v %s",
			nth, again.Status, again.Location, again.Body)
	}
	return true
}

func (x *fragile) browser() *browser {
	b := x.Browser()
	b.Host = "ours.auth.us-east-1.id.example.com"
	return b
}

// mail removes every message and returns the code of the last.
func (x *fragile) mail() (code string) {
	x.t.Helper()
	messages, err := x.DB.Outbox().Claim(x.t.Context(), nil, 100, 1000*time.Hour)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, m := range messages {
		code = m.Item.Code
	}
	return code
}

// member redeems a code of a client and returns a member of the response.
func (x *fragile) member(client, name string) string {
	x.t.Helper()
	b := x.browser()
	p := b.Post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {client}, "code": {b.Code(client)},
		"redirect_uri": {hostedtest.Callback}, "client_secret": secretOf(client),
	})
	_, rest, ok := strings.Cut(p.Body, `"`+name+`":"`)
	if !ok {
		x.t.Fatalf("no %s in %s", name, p.Body)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// name returns a username that is not taken.
func (x *fragile) name() string { return "user-" + strings.ToLower(entropy.System().UUID()) }

func secretOf(client string) []string {
	if client == "confidential" {
		return []string{hostedtest.Secret}
	}
	return nil
}

func introspect(client, member string) prepare {
	return post("/oauth2/introspect", func(x *fragile, _ *browser) url.Values {
		return url.Values{
			"client_id": {"confidential"}, "client_secret": {hostedtest.Secret}, "token": {x.member(client, member)},
		}
	})
}

func get(address string) prepare {
	return func(*fragile, *browser) send { return func(b *browser) answer { return b.Get(address) } }
}

// withSession signs in first.
func withSession(request prepare) prepare {
	return func(x *fragile, b *browser) send {
		b.Code("public")
		return request(x, b)
	}
}

// fill posts the form of the page that open returns, with the values that it
// returns.
func fill(open func(*fragile, *browser) (answer, []string)) prepare {
	return func(x *fragile, b *browser) send {
		p, values := open(x, b)
		return func(b *browser) answer { return b.Fill(p, values...) }
	}
}

// inStrict turns on strict OpenID Connect first.
func inStrict(request prepare) prepare {
	return func(x *fragile, b *browser) send {
		x.Extend(x.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
		return request(x, b)
	}
}

func pushedRequest() url.Values {
	return url.Values{"client_id": {"public"}, "response_type": {"code"}, "redirect_uri": {hostedtest.Callback}}
}

// deviceCode starts a device and returns a member of the response.
func deviceCode(b *browser, name string) string {
	body := b.Post("/oauth2/device_authorization", url.Values{"client_id": {"public"}}).Body
	_, rest, _ := strings.Cut(body, `"`+name+`":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

func post(address string, form func(*fragile, *browser) url.Values) prepare {
	return func(x *fragile, b *browser) send {
		values := form(x, b)
		return func(b *browser) answer { return b.Post(address, values) }
	}
}

func refresh(client string) prepare {
	return post("/oauth2/token", func(x *fragile, _ *browser) url.Values {
		return url.Values{
			"grant_type": {"refresh_token"}, "client_id": {client},
			"refresh_token": {x.member(client, "refresh_token")},
		}
	})
}

func revoke(member string) prepare {
	return post("/oauth2/revoke", func(x *fragile, _ *browser) url.Values {
		return url.Values{"client_id": {"public"}, "token": {x.member("public", member)}}
	})
}

func hasCode(p answer) bool {
	return p.Location != nil && p.Location.Host == "app.example.com" && p.Query().Get("code") != ""
}

func hasTokens(p answer) bool {
	return p.Status == http.StatusOK && strings.Contains(p.Body, "access_token")
}

func leadsTo(prefix string) func(answer) bool {
	return func(p answer) bool { return p.Location != nil && strings.HasPrefix(p.Location.String(), prefix) }
}

func shows(text string) func(answer) bool {
	return func(p answer) bool { return strings.Contains(p.Body, text) }
}

func isEmpty(p answer) bool { return p.Status == http.StatusOK && p.Body == "" }

// at is an authorization request at another address.
func at(path string, values ...string) string {
	return strings.Replace(hostedtest.AuthorizeURL("public", values...), "/oauth2/authorize", path, 1)
}

// verifyPassword sends the password of bob, who has a second factor.
func verifyPassword(b *browser) answer {
	return b.Fill(form(b), "username", "bob", "password", hostedtest.Password)
}

// requests are requests of browsers and clients, each with a check that it
// succeeded.
var requests = map[string]struct {
	request prepare
	success func(answer) bool
}{
	"authorize without a session": {get(at("/oauth2/authorize")), leadsTo("/login")},
	"authorize": {
		withSession(get(at("/oauth2/authorize", "scope", "openid "+hostedtest.Scope))), hasCode,
	},
	"authorize silently": {withSession(get(at("/oauth2/authorize", "prompt", "none"))), hasCode},
	"authorize by POST": {withSession(post("/oauth2/authorize", func(*fragile, *browser) url.Values {
		q, _ := url.Parse(at("/oauth2/authorize"))
		return q.Query()
	})), hasCode},
	"authorize for tokens": {withSession(get(at("/oauth2/authorize", "response_type", "token"))), func(p answer) bool {
		return p.Location != nil && strings.Contains(p.Location.Fragment, "access_token")
	}},
	"sign-in page": {get(at("/login")), shows("cognitoSignInForm")},
	"password": {fill(func(_ *fragile, b *browser) (answer, []string) {
		return form(b), []string{"username", "ann", "password", hostedtest.Password}
	}), hasCode},
	"password before a second factor": {fill(func(_ *fragile, b *browser) (answer, []string) {
		return form(b), []string{"username", "bob", "password", hostedtest.Password}
	}), shows("Choose your second step")},
	"choice of a factor": {fill(func(x *fragile, b *browser) (answer, []string) {
		return verifyPassword(b), []string{"answer", "EMAIL_OTP"}
	}), shows("We sent a code")},
	"code by e-mail": {fill(func(x *fragile, b *browser) (answer, []string) {
		p := b.Fill(verifyPassword(b), "answer", "EMAIL_OTP")
		return p, []string{"code", x.mail()}
	}), hasCode},
	"code of an app": {fill(func(x *fragile, b *browser) (answer, []string) {
		p := b.Fill(verifyPassword(b), "answer", "SOFTWARE_TOKEN_MFA")
		return p, []string{"code", x.app.Code(x.Clock.Now())}
	}), hasCode},
	"new password": {fill(func(x *fragile, b *browser) (answer, []string) {
		u := x.User(x.Pool, x.name(), userpool.ForceChangePassword)
		p := b.Fill(form(b), "username", u.Username, "password", hostedtest.Password)
		return p, []string{"new_password", newPassword, "confirm_password", newPassword}
	}), hasCode},
	"code": {post("/oauth2/token", func(x *fragile, b *browser) url.Values {
		return url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"confidential"}, "client_secret": {hostedtest.Secret},
			"redirect_uri": {hostedtest.Callback}, "code_verifier": {verifier},
			"code": {b.Code("confidential", "code_challenge", challenge, "code_challenge_method", "S256")},
		}
	}), hasTokens},
	"refresh":               {refresh("public"), hasTokens},
	"refresh with rotation": {refresh("rotating"), hasTokens},
	"client credentials": {post("/oauth2/token", func(*fragile, *browser) url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_secret": {hostedtest.Secret},
		}
	}), hasTokens},
	"userInfo": {post("/oauth2/userInfo", func(x *fragile, _ *browser) url.Values {
		return url.Values{"access_token": {x.member("public", "access_token")}}
	}), shows(`"sub"`)},
	"userInfo with an ID token, strict": {inStrict(post("/oauth2/userInfo", func(x *fragile, _ *browser) url.Values {
		return url.Values{"access_token": {x.member("public", "id_token")}}
	})), shows("invalid_token")},
	"authorize with a hint, strict": {inStrict(withSession(func(x *fragile, _ *browser) send {
		address := at("/oauth2/authorize", "prompt", "none", "id_token_hint", x.member("public", "id_token"))
		return func(b *browser) answer { return b.Get(address) }
	})), hasCode},
	"wrong secret, strict": {inStrict(post("/oauth2/token", func(*fragile, *browser) url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_secret": {"wrong"},
		}
	})), shows("invalid_client")},
	"push": {post("/oauth2/par", func(*fragile, *browser) url.Values { return pushedRequest() }), shows("request_uri")},
	"authorize a pushed request": {withSession(func(x *fragile, b *browser) send {
		_, uri, _ := strings.Cut(b.Post("/oauth2/par", pushedRequest()).Body, `"request_uri":"`)
		uri, _, _ = strings.Cut(uri, `"`)
		q := url.Values{"client_id": {"public"}, "request_uri": {uri}}
		return func(b *browser) answer { return b.Get("/oauth2/authorize?" + q.Encode()) }
	}), hasCode},
	"device": {post("/oauth2/device_authorization", func(*fragile, *browser) url.Values {
		return url.Values{"client_id": {"public"}}
	}), shows("device_code")},
	"user code": {fill(func(x *fragile, b *browser) (answer, []string) {
		return b.Get("/device"), []string{"user_code", deviceCode(b, "user_code")}
	}), leadsTo("/device?")},
	"poll of a device": {post("/oauth2/token", func(x *fragile, b *browser) url.Values {
		return url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"public"},
			"device_code": {deviceCode(b, "device_code")},
		}
	}), shows("authorization_pending")},
	"revoke":                 {revoke("refresh_token"), isEmpty},
	"revoke an access token": {revoke("access_token"), shows("unsupported_token_type")},
	"introspect":             {introspect("public", "access_token"), shows(`"active":true`)},
	"introspect a refresh token": {
		introspect("confidential", "refresh_token"), shows(`"active":true`),
	},
	"logout":             {withSession(get("/logout?client_id=public&logout_uri=" + goodbye)), leadsTo(goodbye)},
	"logout and sign in": {withSession(get(at("/logout"))), leadsTo("/login")},
	"logout by a hint": {withSession(func(x *fragile, _ *browser) send {
		q := url.Values{"id_token_hint": {x.member("public", "id_token")}, "post_logout_redirect_uri": {goodbye}}
		return func(b *browser) answer { return b.Get("/logout?" + q.Encode()) }
	}), leadsTo(goodbye)},
	"logout by POST": {withSession(post("/logout", func(x *fragile, _ *browser) url.Values {
		return url.Values{"id_token_hint": {x.member("public", "id_token")}}
	})), leadsTo("/logout?step=")},
	"page that asks for logout": {withSession(get("/logout")), shows("cognitoSignOutForm")},
	"logout that was confirmed": {withSession(fill(func(_ *fragile, b *browser) (answer, []string) {
		return b.Get("/logout"), nil
	})), shows("You are signed out")},
	"confirmation": {func(x *fragile, _ *browser) send {
		address := link(x.t, x.World, x.name())
		return func(b *browser) answer { return b.Get(address) }
	}, shows("Your registration has been confirmed!")},
}

// An error of the store is an internal error, whichever statement of a request
// fails: it is not reported as an invalid token, code or password, and does not
// sign out the user. What can be used once is still valid if nothing was
// written.
func TestStoreFailuresAreInternalErrors(t *testing.T) {
	var failures int
	for name, c := range requests {
		t.Run(name, func(t *testing.T) {
			x := newFragile(t)
			for _, x.once = range []bool{false, true} {
				nth := 1
				for x.breakAt(nth, c.request, c.success) {
					nth++
				}
				failures += nth - 1
			}
		})
	}
	if failures < 400 {
		t.Errorf("only %d statements failed", failures)
	}
}

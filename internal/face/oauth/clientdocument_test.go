package oauth_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// documents is the web server of a client, and the pool that accepts its metadata.
type documents struct {
	*hostedtest.World
	server *httptest.Server
	hits   atomic.Int32
	// id is the address of the document, body returns what the server sends.
	id   string
	body func(id string) string
	// redirects makes the server redirect to another address of its own.
	redirects bool
	// release releases the slot of a request while it waits.
	release func(context.Context) (back func())
}

const documentEnd = `"token_endpoint_auth_method":"none","redirect_uris":["https://app.example.com/cb"]}`

func newDocuments(t *testing.T, w *hostedtest.World) *documents {
	t.Helper()
	d := &documents{World: w}
	d.body = func(id string) string { return `{"client_id":"` + id + `",` + documentEnd }
	d.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.hits.Add(1)
		if d.redirects && r.URL.Path != "/end" {
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(d.body(d.id)))
	}))
	t.Cleanup(d.server.Close)
	u, err := url.Parse(d.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	d.id = "https://example.com:" + u.Port() + "/client.json"
	d.reach("127.0.0.0/8")
	d.extend(true)
	return d
}

// reach lets the server fetch documents from a network, with an empty cache.
func (d *documents) reach(network string) {
	roots := x509.NewCertPool()
	roots.AddCert(d.server.Certificate())
	d.OAuth.Documents = appclient.NewDocuments(fetch.New(fetch.Config{
		Allow: []netip.Prefix{netip.MustParsePrefix(network)}, Roots: roots, NoRedirects: true, Timeout: time.Minute,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	}), d.Clock, d.release)
}

func (d *documents) extend(on bool) {
	d.T.Helper()
	err := d.DB.Configure(d.T.Context(), d.Pool.ID, func(tx *store.Tx) error {
		return tx.PutPoolExtensions(&userpool.PoolExtensions{
			Resource: userpool.Resource{PoolID: d.Pool.ID}, ClientIDMetadata: on,
		})
	})
	if err != nil {
		d.T.Fatal(err)
	}
}

const named = "&user_pool_id=us-east-1_Ours"

// authorize opens the sign-in page.
func (d *documents) authorize(values ...string) hostedtest.Page {
	d.T.Helper()
	values = append([]string{
		"scope", "openid", "code_challenge", challenge, "code_challenge_method", "S256",
	}, values...)
	return d.Browser().Get(hostedtest.AuthorizeURL(d.id, values...) + named)
}

func (d *documents) token(form url.Values) members {
	d.T.Helper()
	form.Set("client_id", d.id)
	return object(d.T, d.Browser().Post("/oauth2/token?x=y"+named, form).Body)
}

// A client whose id is the URL of its metadata signs users in, without a row. The
// document is read when the user is asked.
func TestClientIDMetadata(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		d := newDocuments(t, w)
		b := w.Browser()
		p := b.SignIn(hostedtest.AuthorizeURL(d.id, "scope", "openid", "code_challenge", challenge,
			"code_challenge_method", "S256") + named)
		if d.hits.Load() != 1 {
			t.Errorf("the document was read %d times", d.hits.Load())
		}
		d.server.Close()
		tokens := d.token(url.Values{
			"grant_type": {"authorization_code"}, "code": {p.Query().Get("code")},
			"redirect_uri": {hostedtest.Callback}, "code_verifier": {verifier},
		})
		if claims(t, tokens["access_token"])["client_id"] != d.id || claims(t, tokens["id_token"])["aud"] != d.id {
			t.Fatalf("tokens: %v", tokens)
		}
		refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
		again := d.token(refresh)
		b.Header.Set("Authorization", "Bearer "+again["access_token"].(string))
		if info := object(t, b.Get("/oauth2/userInfo").Body); info["username"] != "ann" {
			t.Errorf("userInfo: %v", info)
		}
		metadata := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
		if metadata["client_id_metadata_document_supported"] != true ||
			!strings.HasSuffix(metadata["token_endpoint"].(string), "?user_pool_id=us-east-1_Ours") {
			t.Errorf("discovery: %v", metadata)
		}
		// Turning the setting off ends these clients at once.
		d.extend(false)
		if m := d.token(refresh); m["error"] != "invalid_client" {
			t.Errorf("off: %v", m)
		}
		if info := object(t, b.Get("/oauth2/userInfo").Body); info["error"] != "invalid_token" {
			t.Errorf("userInfo: %v", info)
		}
	})
}

func TestClientIDMetadataAttacks(t *testing.T) {
	d := newDocuments(t, world(t))
	good, id := d.body, d.id
	doc := func(text string) func(string) string {
		return func(id string) string { return strings.ReplaceAll(text, "ID", id) }
	}
	refused := func(what string, p hostedtest.Page, hits int32) {
		t.Helper()
		if p.Location != nil && strings.Contains(p.Location.Path, "login") || d.hits.Swap(0) != hits {
			t.Errorf("%s: %d %v %s", what, p.Status, p.Location, p.Body)
		}
	}
	const whole = `{"client_id":"ID",` + documentEnd
	for what, body := range map[string]func(string) string{
		"another client_id":    doc(`{"client_id":"https://example.com/other",` + documentEnd),
		"a prefix of the id":   doc(`{"client_id":"ID/x",` + documentEnd),
		"no client_id":         doc("{" + documentEnd),
		"a secret":             doc(`{"client_id":"ID","client_secret":"x",` + documentEnd),
		"a confidential one":   doc(`{"client_id":"ID","redirect_uris":["https://app.example.com/cb"]}`),
		"no redirect URI":      doc(`{"client_id":"ID","token_endpoint_auth_method":"none"}`),
		"another redirect URI": doc(strings.ReplaceAll(whole, "/cb", "/cb2")),
		"not JSON":             doc("<html>"),
		"too large":            doc(`{"client_id":"ID",` + strings.Repeat(" ", 70_000) + documentEnd),
		"a script":             doc(strings.ReplaceAll(whole, hostedtest.Callback, "javascript:1")),
	} {
		d.reach("127.0.0.0/8")
		d.body = body
		refused(what, d.authorize(), 1)
	}
	d.body = good
	d.reach("127.0.0.0/8")
	d.redirects = true
	refused("a redirect", d.authorize(), 1)
	d.redirects = false
	d.reach("10.0.0.0/8")
	refused("an address that is not public", d.authorize(), 0)
	d.reach("127.0.0.0/8")
	for _, bad := range []string{
		strings.Replace(id, "https", "http", 1), strings.TrimSuffix(id, "/client.json"), id + "#x",
		strings.Replace(id, "https://", "https://u:p@", 1), strings.Replace(id, "/client", "/../client", 1),
		id + "?" + strings.Repeat("a", 1024),
	} {
		d.id = bad
		refused(bad, d.authorize(), 0)
	}
	d.id = id
	refused("no pool", d.Browser().Get(hostedtest.AuthorizeURL(id, "scope", "openid")), 0)
	d.extend(false)
	refused("off", d.authorize(), 0)
	d.extend(true)
	// A failure is cached for a short time only, so that nobody makes the server fetch
	// at every request.
	d.body = doc("<html>")
	d.reach("127.0.0.0/8")
	refused("a failure", d.authorize(), 1)
	refused("the same failure", d.authorize(), 0)
	d.body = good
	d.Clock.Advance(time.Minute)
	// The control.
	if p := d.authorize(); p.Location == nil || p.Location.Path != "/login" || d.hits.Load() != 1 {
		t.Errorf("the control: %d %s %s", p.Status, p.Location, p.Body)
	}
}

// Apps on the user's device listen at any port of the loopback interface, on the
// path that they have registered. They need PKCE.
func TestClientIDMetadataOfApps(t *testing.T) {
	d := newDocuments(t, world(t))
	d.body = func(id string) string {
		return `{"client_id":"` + id + `","token_endpoint_auth_method":"none",` +
			`"redirect_uris":["http://127.0.0.1/cb","http://localhost:3000/cb?x=1","https://app.example.com/cb"]}`
	}
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:49152/cb": true, "http://localhost:1/cb?x=1": true,
		"http://localhost:3000/cb?x=1": true, "http://127.0.0.1:49152/cb2": false, "http://127.0.0.1:49152": false,
		"http://localhost:49152/cb":  false,
		"https://app.example.com/cb": true, "https://app.example.com:8443/cb": false,
		"http://127.0.0.1:80@evil.example/cb": false, "http://127.0.0.1:1.evil.example/cb": false,
		"http://127.0.0.1:999999/cb": false, "http://127.0.0.2:49152/cb": false,
	} {
		p := d.authorize("redirect_uri", uri)
		if got := p.Location != nil && p.Location.Path == "/login"; got != want {
			t.Errorf("%s: %d %v", uri, p.Status, p.Location)
		}
	}
	plain := d.authorize("code_challenge", "", "code_challenge_method", "")
	if plain.Query().Get("error") != "invalid_request" {
		t.Errorf("without PKCE: %d %v", plain.Status, plain.Location)
	}
	w := d.World
	w.Client(w.Pool, "native", func(c *userpool.Client) { c.CallbackURLs = []string{"http://127.0.0.1/cb"} })
	p := w.Browser().Get(hostedtest.AuthorizeURL("native", "redirect_uri", "http://127.0.0.1:49152/cb"))
	if p.Location != nil && p.Location.Path == "/login" {
		t.Error("the port of another client's redirect URI is ignored")
	}
}

// Such a client can push its request, which needs PKCE too. The document is read when
// the request is pushed, and when the user is asked.
func TestClientIDMetadataPushesRequests(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		d := newDocuments(t, w)
		pkce := []string{"scope", "openid", "code_challenge", challenge, "code_challenge_method", "S256"}
		push := func(clientID string, values ...string) hostedtest.Page {
			request := mustParse(t, hostedtest.AuthorizeURL(clientID, values...))
			return w.Browser().Post("/oauth2/par?x=y"+named, request.Query())
		}
		if p := push(d.id, pkce...); p.Status != 400 || object(t, p.Body)["error"] != "invalid_request" {
			t.Errorf("off: %d %s", p.Status, p.Body)
		}
		w.Extend(w.Pool, pushedRequests)
		for name, c := range map[string]struct {
			clientID, want string
			status         int
			values         []string
		}{
			"no PKCE":      {d.id, "invalid_request", 400, []string{"scope", "openid"}},
			"redirect URI": {d.id, "invalid_request", 400, append([]string{"redirect_uri", evil}, pkce...)},
			"a scope":      {d.id, "invalid_scope", 400, append(pkce[2:], "scope", userpool.ScopeAdmin)},
			"a document":   {d.id + "2", "invalid_client", 401, pkce},
		} {
			if p := push(c.clientID, c.values...); p.Status != c.status || object(t, p.Body)["error"] != c.want {
				t.Errorf("%s: %d %s, want %s", name, p.Status, p.Body, c.want)
			}
		}
		p := push(d.id, pkce...)
		uri := object(t, p.Body)["request_uri"]
		if p.Status != 201 || uri == nil {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		b := w.Browser()
		requireNoPushed(t, "another client", b.Get(pushedAt(d.id+"2", uri)+named))
		requireNoPushed(t, "no pool", b.Get(pushedAt(d.id, uri)))
		page := b.Follow(b.Get(pushedAt(d.id, uri) + named))
		if action, _ := page.Form(); len(mustParse(t, action).Query()) != 3 {
			t.Errorf("the address of the page: %s", action)
		}
		done := b.Fill(page, "username", "ann", "password", hostedtest.Password)
		set := d.token(url.Values{
			"grant_type": {"authorization_code"}, "code": {done.Query().Get("code")},
			"redirect_uri": {hostedtest.Callback}, "code_verifier": {verifier},
		})
		if claims(t, set["access_token"])["client_id"] != d.id {
			t.Errorf("tokens: %v", set)
		}
		metadata := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
		if at, _ := metadata["pushed_authorization_request_endpoint"].(string); !strings.HasSuffix(at, "?"+named[1:]) {
			t.Errorf("discovery: %v", metadata)
		}
	})
}

// A device cannot use such a client: its name is not verified, and the user does not
// return to it. The control is a client of the pool.
func TestClientIDMetadataOfDevices(t *testing.T) {
	d := newDocuments(t, world(t))
	d.Extend(d.Pool, withDevices)
	start := func(clientID string) hostedtest.Page {
		return d.Browser().Post("/oauth2/device_authorization?x=y"+named, url.Values{"client_id": {clientID}})
	}
	if p := start(d.id); p.Status != 400 || object(t, p.Body)["error"] != "unauthorized_client" ||
		object(t, p.Body)["error_description"] == nil || d.hits.Load() != 0 {
		t.Errorf("%d %s, the document was read %d times", p.Status, p.Body, d.hits.Load())
	}
	if p := start("public"); p.Status != 200 {
		t.Errorf("control: %d %s", p.Status, p.Body)
	}
}

// While a document is read, the request holds no slot of the admission limit: the
// server of a client decides how long that takes.
func TestClientIDMetadataHoldsNoSlot(t *testing.T) {
	d := newDocuments(t, world(t))
	var held atomic.Int32
	enter := func() (leave func()) {
		held.Add(1)
		return func() { held.Add(-1) }
	}
	d.OAuth.Enter = func(ctx context.Context) (context.Context, func(), error) { return ctx, enter(), nil }
	d.release = func(context.Context) func() {
		held.Add(-1)
		return func() { enter() }
	}
	good := d.body
	d.body = func(id string) string {
		if n := held.Load(); n != 0 {
			t.Errorf("%d slots are held", n)
		}
		return good(id)
	}
	d.reach("127.0.0.0/8")
	request := mustParse(t, hostedtest.AuthorizeURL(d.id, "scope", "openid", "code_challenge", challenge,
		"code_challenge_method", "S256"))
	p := d.Browser().Post("/oauth2/authorize?x=y"+named, request.Query())
	if p.Location == nil || p.Location.Path != "/login" || d.hits.Load() != 1 || held.Load() != 0 {
		t.Errorf("%d %v, read %d times, %d slots", p.Status, p.Location, d.hits.Load(), held.Load())
	}
}

package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func withDevices(e *userpool.PoolExtensions) { e.DeviceGrant = true }

// device is a device without a browser: a client with codes.
type device struct {
	*hostedtest.World
	clientID, code, userCode string
}

// startDevice requests codes.
func startDevice(w *hostedtest.World, clientID string, values ...string) *device {
	w.T.Helper()
	form := url.Values{"client_id": {clientID}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	p := w.Browser().Post("/oauth2/device_authorization", form)
	got := object(w.T, p.Body)
	code, _ := got["device_code"].(string)
	userCode, _ := got["user_code"].(string)
	if p.Status != 200 || code == "" || userCode == "" {
		w.T.Fatalf("%d %s", p.Status, p.Body)
	}
	return &device{w, clientID, code, userCode}
}

// poll polls on any node and returns the response.
func (d *device) poll(node *hostedtest.World, values ...string) hostedtest.Page {
	form := url.Values{"grant_type": {deviceGrant}, "client_id": {d.clientID}, "device_code": {d.code}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return node.Browser().Post("/oauth2/token", form)
}

// require polls after the interval and requires an error.
func (d *device) require(want string, values ...string) {
	d.T.Helper()
	d.Clock.Advance(userpool.DeviceInterval)
	if p := d.poll(d.World, values...); p.Status != 400 || object(d.T, p.Body)["error"] != want {
		d.T.Errorf("poll: %d %s, want %s", p.Status, p.Body, want)
	}
}

// tokens polls after the interval and requires tokens.
func (d *device) tokens() members {
	d.T.Helper()
	d.Clock.Advance(userpool.DeviceInterval)
	p := d.poll(d.World)
	if p.Status != 200 {
		d.T.Fatalf("poll: %d %s", p.Status, p.Body)
	}
	return object(d.T, p.Body)
}

// enter types a user code and returns the page that asks whether to connect.
func enter(b *hostedtest.Browser, userCode string) hostedtest.Page {
	p := b.Fill(b.Get("/device"), "user_code", userCode)
	if p.Location == nil {
		return p
	}
	return b.Follow(p)
}

// confirm posts the page that asks, with its first button.
func confirm(b *hostedtest.Browser, asked hostedtest.Page) hostedtest.Page {
	action, form := asked.Form()
	form.Del("refuse")
	return b.Post(action, form)
}

func (d *device) signIn(b *hostedtest.Browser) hostedtest.Page {
	d.T.Helper()
	return b.Fill(b.Follow(confirm(b, enter(b, d.userCode))), "username", "ann", "password", hostedtest.Password)
}

func requireAt(t *testing.T, p hostedtest.Page, path string) {
	t.Helper()
	if p.Location == nil || p.Location.Path != path {
		t.Fatalf("%d %v %s, want %s", p.Status, p.Location, p.Body, path)
	}
}

func TestDeviceGrant(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, withDevices)
		w.Client(w.Pool, "tv", func(c *userpool.Client) { c.Name = "TV <app>" })
		p := w.Browser().Post("/oauth2/device_authorization", url.Values{"client_id": {"public"}})
		got := object(t, p.Body)
		shown, _ := got["user_code"].(string)
		if p.Status != 200 || len(got) != 6 || got["expires_in"] != 600.0 || got["interval"] != 5.0 ||
			got["verification_uri"] != hostedtest.PublicURL+"/device" || len(shown) != 9 ||
			got["verification_uri_complete"] != hostedtest.PublicURL+"/device?user_code="+shown ||
			len(got["device_code"].(string)) != 43 {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		d := startDevice(w, "tv", "scope", "openid email "+hostedtest.Scope, "resource", "https://tv.example.com/")
		d.require("authorization_pending")
		b := w.Browser()
		asked := enter(b, strings.ToLower(strings.ReplaceAll(d.userCode, "-", " ")))
		for _, text := range []string{
			"<dd>TV &lt;app&gt;</dd>", d.userCode, "Your identity", "Your e-mail address", "read",
			"close this page", "Sign in to connect", "Do not connect",
		} {
			if !strings.Contains(asked.Body, text) {
				t.Errorf("the page lacks %q: %s", text, asked.Body)
			}
		}
		if strings.Contains(asked.Body, "phone number") {
			t.Error("the page names what was not requested")
		}
		done := b.Fill(b.Follow(confirm(b, asked)), "username", "ann", "password", hostedtest.Password)
		requireAt(t, done, "/device/connected")
		if p := b.Follow(done); p.Status != 200 || !strings.Contains(p.Body, "Your device is connected") {
			t.Errorf("%d %s", p.Status, p.Body)
		}
		set := d.tokens()
		access, id := claims(t, set["access_token"]), claims(t, set["id_token"])
		if access["scope"] != "openid email "+hostedtest.Scope || access["aud"] != "https://tv.example.com/" ||
			id["email"] != "ann@example.com" || id["acr"] != nil || id["auth_time"] == nil {
			t.Errorf("access token %v, ID token %v", access, id)
		}
		refreshed := w.Browser().Post("/oauth2/token", refreshForm("tv", set["refresh_token"].(string)))
		if refreshed.Status != 200 {
			t.Errorf("refresh: %d %s", refreshed.Status, refreshed.Body)
		}
		d.require("invalid_grant") // consumed
		// The session of the browser is enough for the next device, after the question.
		next := startDevice(w, "public")
		asked = enter(b, next.userCode)
		if !strings.Contains(asked.Body, "ann@example.com") {
			t.Errorf("the page does not name the account: %s", asked.Body)
		}
		next.require("authorization_pending")
		requireAt(t, confirm(b, asked), "/device/connected")
		next.tokens()
	})
}

func TestDeviceGrantErrors(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		start := func(values ...string) hostedtest.Page {
			form := url.Values{}
			for i := 0; i+1 < len(values); i += 2 {
				form.Set(values[i], values[i+1])
			}
			return w.Browser().Post("/oauth2/device_authorization", form)
		}
		off := &device{w, "public", "x", ""}
		off.require("unsupported_grant_type")
		if p := start("client_id", "public"); p.Status != 400 {
			t.Errorf("off: %d %s", p.Status, p.Body)
		}
		w.Extend(w.Pool, withDevices)
		w.Client(w.Pool, "implicit", func(c *userpool.Client) { c.AllowedOAuthFlows = []string{userpool.FlowImplicit} })
		for name, c := range map[string]struct {
			p      hostedtest.Page
			status int
			error  any
		}{
			"control":       {start("client_id", "public"), 200, nil},
			"with a secret": {start("client_id", "confidential", "client_secret", hostedtest.Secret), 200, nil},
			"no secret":     {start("client_id", "confidential"), 401, "invalid_client"},
			"no client":     {start(), 400, "invalid_request"},
			"no code flow":  {start("client_id", "implicit"), 400, "unauthorized_client"},
			"scope":         {start("client_id", "public", "scope", "nosuch"), 400, "invalid_scope"},
			"resource":      {start("client_id", "public", "resource", "http://x.example.com"), 400, "invalid_target"},
			"another pool":  {start("client_id", "foreign"), 400, "invalid_request"},
		} {
			if c.p.Status != c.status || object(t, c.p.Body)["error"] != c.error {
				t.Errorf("%s: %d %s", name, c.p.Status, c.p.Body)
			}
		}
		d := startDevice(w, "public")
		d.require("authorization_pending")
		if p := d.poll(w); object(t, p.Body)["error"] != "slow_down" {
			t.Errorf("at once: %s", p.Body)
		}
		d.require("invalid_request", "device_code", "")
		d.require("invalid_grant", "device_code", "nosuch")
		d.require("authorization_pending")
		b := w.Browser()
		requireAt(t, b.Fill(enter(b, d.userCode), "refuse", "1"), "/device/refused")
		d.require("access_denied")
		late := startDevice(w, "public")
		asked := enter(b, late.userCode)
		w.Clock.Advance(userpool.DeviceRequestLifetime)
		if p := confirm(b, asked); p.Status != 400 || !strings.Contains(p.Body, "has expired") {
			t.Errorf("too late: %d %v %s", p.Status, p.Location, p.Body)
		}
		late.require("expired_token")
	})
}

// PreTokenGeneration runs when the user connects the device. If it refuses, the user
// sees why, and the device is refused. The control is the same function when it
// does not refuse.
func TestDeviceGrantRunsPreTokenGeneration(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, withDevices)
		refuse := false
		sources := withPreTokenGeneration(t, w, &refuse)
		d := startDevice(w, "public", "scope", "openid")
		requireAt(t, d.signIn(w.Browser()), "/device/connected")
		if set := d.tokens(); claims(t, set["id_token"])["tenant"] != "7" ||
			!slices.Equal(*sources, []string{"TokenGeneration_HostedAuth"}) {
			t.Errorf("control: %v after calls %v", set, *sources)
		}
		refuse = true
		d = startDevice(w, "public", "scope", "openid")
		if p := d.signIn(w.Browser()); p.Status != 400 || !strings.Contains(p.Body, "Not in the group &amp; &lt;more") {
			t.Errorf("refused: %d %v %s", p.Status, p.Location, p.Body)
		}
		d.require("access_denied")
	})
}

// A device is connected only after every step of the sign-in. An account that is
// disabled meanwhile gives no tokens.
func TestDeviceGrantNeedsEveryStep(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, withDevices)
		w.User(w.Pool, "new", userpool.ForceChangePassword)
		d, b := startDevice(w, "public"), w.Browser()
		login := b.Follow(confirm(b, enter(b, d.userCode)))
		next := b.Fill(login, "username", "new", "password", hostedtest.Password)
		d.require("authorization_pending")
		const password = "An0ther-pa55word!"
		requireAt(t, b.Fill(next, "new_password", password, "confirm_password", password), "/device/connected")
		w.Change("new", func(u *userpool.User) { u.Enabled = false })
		d.require("invalid_grant")
	})
}

// Attacks on the grant. Each control is the same step, done as intended.
func TestDeviceGrantAttacks(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, withDevices)
		w.Client(w.Pool, "rival")
		d := startDevice(w, "public")
		b := w.Browser()
		sealed, _ := enter(b, d.userCode).Form()
		signIn := strings.Replace(sealed, "/device?", "/login?", 1)
		if p := b.Get(signIn); p.Status != 200 || !strings.Contains(p.Body, "Sign in") {
			t.Fatalf("control: %d %s", p.Status, p.Body)
		}
		// The address leads nowhere in the browser of a victim, signed in or not.
		victim := w.Browser()
		victim.Code("public")
		for _, path := range []string{signIn, sealed, strings.Replace(sealed, "/device?", "/oauth2/authorize?", 1)} {
			for _, other := range []*hostedtest.Browser{w.Browser(), victim} {
				if p := other.Get(path); p.Status != 400 || !strings.Contains(p.Body, "has expired") {
					t.Errorf("%s in another browser: %d %v", path, p.Status, p.Location)
				}
			}
		}
		// Another site can neither enter a code nor confirm a device.
		for name, form := range map[string]url.Values{
			"code":    {"user_code": {d.userCode}},
			"planted": {"user_code": {d.userCode}, "_csrf": {"planted-value-12345"}},
		} {
			if p := victim.Post("/device", form); p.Location != nil {
				t.Errorf("%s from another site: %v", name, p.Location)
			}
		}
		asked := enter(victim, startDevice(w, "public").userCode)
		action, _ := asked.Form()
		if p := victim.Post(action, url.Values{}); p.Status != 403 {
			t.Errorf("confirmation from another site: %d %v", p.Status, p.Location)
		}
		// A GET decides nothing.
		victim.Get(action)
		victim.Get("/device?user_code=" + d.userCode)
		d.require("authorization_pending")
		// The code of another client or of another grant is invalid.
		d.require("invalid_grant", "client_id", "rival")
		requireAt(t, d.signIn(b), "/device/connected")
		d.require("invalid_grant", "client_id", "rival")
		if p := redeem(w, d.code, "redirect_uri", ""); p.Status != 400 {
			t.Errorf("as an authorization code: %d %s", p.Status, p.Body)
		}
		d.require("invalid_grant", "device_code", w.Browser().Code("public"))
		d.tokens()
		// The sign-in is of the user's request only: a sign-out revokes it.
		last := startDevice(w, "public")
		requireAt(t, last.signIn(w.Browser()), "/device/connected")
		w.Clock.Advance(time.Second)
		w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
		last.require("invalid_grant")
	})
}

// Wrong user codes are counted by the browser and by its network; they do not stop
// users elsewhere, and right codes are not counted.
func TestUserCodeGuesses(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, withDevices)
		d := startDevice(w, "public")
		guess := func(b *hostedtest.Browser) hostedtest.Page { return enter(b, "BBBB-BBBB") }
		b := w.Browser()
		for range 12 {
			if p := enter(b, d.userCode); !strings.Contains(p.Body, "Connect this device?") {
				t.Fatalf("control: %d %s", p.Status, p.Body)
			}
		}
		if p := enter(b, "BBB"); !strings.Contains(p.Body, "not valid") {
			t.Errorf("a short code: %s", p.Body)
		}
		for range 10 {
			if p := guess(b); !strings.Contains(p.Body, "not valid") {
				t.Fatalf("a wrong code: %s", p.Body)
			}
		}
		for _, p := range []hostedtest.Page{guess(b), enter(b, d.userCode)} {
			if !strings.Contains(p.Body, "too many wrong codes") {
				t.Errorf("over the limit: %s", p.Body)
			}
		}
		if p := enter(w.Browser(), d.userCode); !strings.Contains(p.Body, "Connect this device?") {
			t.Errorf("another browser at the address: %s", p.Body)
		}
		for range 90 { // a browser without cookies
			guess(w.Browser())
		}
		if p := enter(w.Browser(), d.userCode); !strings.Contains(p.Body, "too many wrong codes") {
			t.Errorf("over the limit of the address: %s", p.Body)
		}
		w.Clock.Advance(userpool.DeviceRequestLifetime)
		elsewhere := w.Browser()
		elsewhere.Remote = "[2001:db8::1]:1234"
		if p := enter(elsewhere, startDevice(w, "public").userCode); !strings.Contains(p.Body, "Connect this device?") {
			t.Errorf("at another address: %s", p.Body)
		}
		w.Clock.Advance(time.Hour)
		if p := enter(b, startDevice(w, "public").userCode); !strings.Contains(p.Body, "Connect this device?") {
			t.Errorf("an hour later: %s", p.Body)
		}
	})
}

// At the domain of a pool the codes of another pool are wrong.
func TestUserCodesOfAnotherPool(t *testing.T) {
	w := world(t)
	w.Extend(w.Other, withDevices)
	domain, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(domain) })
	d := startDevice(w, "foreign")
	b := w.Browser()
	if b.Host = "ours.auth.us-east-1.id.example.com"; !strings.Contains(enter(b, d.userCode).Body, "not valid") {
		t.Error("a code of another pool is valid at the domain of a pool")
	}
	form := url.Values{"client_id": {"public"}}
	w.Extend(w.Pool, withDevices)
	own := b.Post("/oauth2/device_authorization", form)
	if object(t, own.Body)["verification_uri"] != "https://"+b.Host+"/device" {
		t.Errorf("the page is not at the domain: %s", own.Body)
	}
	if b.Host = "id.example.com"; !strings.Contains(enter(b, d.userCode).Body, "Connect this device?") {
		t.Error("control: the code is not valid at the address of every pool")
	}
}

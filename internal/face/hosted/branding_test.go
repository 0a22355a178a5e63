package hosted_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// brandClient gives a client a style with a color and a logo, or changes its color.
func brandClient(w *hostedtest.World, clientID, color string) {
	w.T.Helper()
	settings := `{"components":{"form":{"logo":{"enabled":true}},
		"pageBackground":{"lightMode":{"color":"` + color + `"}}}}`
	err := w.DB.Configure(w.T.Context(), w.Pool.ID, func(tx *store.Tx) error {
		if b, err := tx.BrandingOfClient(w.Pool.ID, clientID); err == nil {
			b.Settings = settings
			return tx.UpdateBranding(b)
		}
		return tx.InsertBranding(&brand.ManagedLogin{
			Resource: userpool.Resource{PoolID: w.Pool.ID, ID: "style-of-" + clientID}, ClientID: clientID,
			Settings: settings, Assets: []brand.Asset{
				{Category: "FORM_LOGO", ColorMode: "DYNAMIC", Extension: "SVG", Bytes: []byte("<svg/>")},
			},
		})
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// domain gives the pool a prefix domain with a version of the pages.
func domain(w *hostedtest.World, version int32) (host string) {
	w.T.Helper()
	d, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{ManagedLoginVersion: &version})
	if err != nil {
		w.T.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
	return "ours.auth.us-east-1.id.example.com"
}

var brandingFile = regexp.MustCompile(`(?:href|src)="(/assets/branding/[^"]*)"`)

// filesOf returns the addresses of the style sheet and the logo of a page.
func filesOf(t *testing.T, p hostedtest.Page) (style, logo string) {
	t.Helper()
	found := brandingFile.FindAllStringSubmatch(p.Body, -1)
	if len(found) != 2 || !strings.HasSuffix(found[0][1], ".css") || !strings.HasSuffix(found[1][1], ".svg") {
		t.Fatalf("%v in %s", found, p.Body)
	}
	return found[0][1], found[1][1]
}

// The pages of a client have its style: a style sheet and images at addresses with
// their hash, which browsers keep. A change shows at once, at every node.
func TestBrandedPages(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, a, clk)
		browser := w.Browser()
		if p := form(browser); strings.Contains(p.Body, "/assets/branding/") {
			t.Errorf("without a style: %s", p.Body)
		}
		brandClient(w, "public", "123456ff")
		style, logo := filesOf(t, form(browser))
		sheet := browser.Get(style)
		if sheet.Status != 200 || sheet.Header.Get("Content-Type") != "text/css; charset=utf-8" ||
			sheet.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			sheet.Body != ":root{--page:light-dark(#123456,#0c0f13)}\n" {
			t.Errorf("style sheet: %d %v %s", sheet.Status, sheet.Header, sheet.Body)
		}
		image := browser.Get(logo)
		policy := image.Header.Get("Content-Security-Policy")
		if image.Body != "<svg/>" || image.Header.Get("Content-Type") != "image/svg+xml" ||
			image.Header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") {
			t.Errorf("logo: %d %v", image.Status, image.Header)
		}
		// Another node serves the address although it has seen nothing of the style.
		node := w.Node(b)
		if p := node.Browser().Get(style); p.Status != 200 || p.Body != sheet.Body {
			t.Errorf("at another node: %d %s", p.Status, p.Body)
		}
		brandClient(w, "public", "654321ff")
		changed, same := filesOf(t, form(browser))
		if changed == style || same != logo {
			t.Errorf("after a change: %s %s", changed, same)
		}
		if p := node.Browser().Get(changed); p.Status != 200 || !strings.Contains(p.Body, "#654321") {
			t.Errorf("the change at another node: %d %s", p.Status, p.Body)
		}
		for _, address := range []string{
			style, strings.Replace(changed, "/public/", "/confidential/", 1), "/assets/branding/nobody/a.css",
			"/assets/branding/public/..%2f..%2flogin", "/assets/branding/public/",
		} {
			p := browser.Get(address)
			if p.Status != 404 || strings.Contains(p.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %v", address, p.Status, p.Header)
			}
		}
		// Deleting the style brings our look back.
		err := w.DB.Configure(t.Context(), w.Pool.ID, func(tx *store.Tx) error {
			return tx.DeleteBranding(w.Pool.ID, "style-of-public")
		})
		if err != nil || strings.Contains(form(browser).Body, "/assets/branding/") {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

// At the domain of a pool, the files of another pool's clients do not exist.
func TestBrandingOfAnotherPool(t *testing.T) {
	w := world(t)
	brandClient(w, "public", "123456ff")
	style, _ := filesOf(t, form(w.Browser()))
	theirs, err := userpool.NewDomain(w.Other.ID, "theirs", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(theirs) })
	for host, status := range map[string]int{
		"theirs.auth.us-east-1.id.example.com": 404, domain(w, 2): 200, "id.example.com": 200,
	} {
		b := w.Browser()
		b.Host = host
		if p := b.Get(style); p.Status != status {
			t.Errorf("at %s: %d", host, p.Status)
		}
	}
}

// At a domain with managed login, the pages of a client without a style are
// unavailable; no step of them can be used. Other clients and addresses have pages.
func TestUnavailablePages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		w.Client(w.Pool, "registered", func(c *userpool.Client) { c.Registered = true })
		open := form(w.Browser()) // the pool has no domain yet
		if open.Status != 200 || !strings.Contains(open.Body, "cognitoSignInForm") {
			t.Fatalf("without a domain: %d", open.Status)
		}
		host := domain(w, userpool.ManagedLoginVersion)
		page := func(host, client string) hostedtest.Page {
			b := w.Browser()
			b.Host = host
			return b.Follow(b.Get(hostedtest.AuthorizeURL(client)))
		}
		for _, at := range []string{host, "id.example.com"} {
			if p := page(at, "public"); p.Status != 403 || !strings.Contains(p.Body, "Login pages unavailable") ||
				strings.Contains(p.Body, "password") || strings.Contains(p.Body, "aws cognito-idp") {
				t.Errorf("at %s: %d %s", at, p.Status, p.Body)
			}
			if p := page(at, "registered"); p.Status != 200 {
				t.Errorf("a client that has registered itself, at %s: %d", at, p.Status)
			}
		}
		b := w.Browser()
		_, fields := open.Form()
		fields.Set("username", "ann")
		fields.Set("password", hostedtest.Password)
		b.Cookies["XSRF-TOKEN"] = fields.Get("_csrf")
		for _, path := range []string{"/login", "/mfa", "/changePassword"} {
			address := strings.Replace(hostedtest.AuthorizeURL("public"), "/oauth2/authorize", path, 1)
			if p := b.Post(address, fields); p.Status != 403 || !strings.Contains(p.Body, "Login pages unavailable") {
				t.Errorf("POST %s: %d %v", path, p.Status, p.Location)
			}
		}
		w.OAuth.Dev = true
		command := "aws cognito-idp create-managed-login-branding --user-pool-id " + w.Pool.ID + " --client-id public "
		if p := page(host, "public"); !strings.Contains(p.Body, command) {
			t.Errorf("in dev: %s", p.Body)
		}
		brandClient(w, "public", "123456ff")
		if p := page(host, "public"); p.Status != 200 {
			t.Errorf("with a style: %d", p.Status)
		}
		signedIn(t, "with a style", w.Browser().SignIn(hostedtest.AuthorizeURL("public")))
	})
}

// With the classic version no client needs a style.
func TestClassicNeedsNoStyle(t *testing.T) {
	w := world(t)
	b := w.Browser()
	b.Host = domain(w, userpool.ClassicHostedUI)
	if p := form(b); p.Status != 200 || !strings.Contains(p.Body, "cognitoSignInForm") {
		t.Errorf("%d %s", p.Status, p.Body)
	}
}

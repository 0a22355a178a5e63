package address_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func addresses(t *testing.T, c address.Config) *address.Addresses {
	t.Helper()
	a, err := address.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// to is a request to a host, by TLS if encrypted.
func to(host string, encrypted bool) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if r.Host = host; encrypted {
		r.TLS = &tls.ConnectionState{}
	}
	return r
}

// What a request claims has no influence on the scheme of production, and cookies
// are Secure there.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		config    address.Config
		host      string
		encrypted bool
		want      string
		secure    bool
		hsts      bool
	}{
		{address.Config{PublicURL: "https://id.example.com/"}, "id.example.com", false,
			"https://id.example.com", true, true},
		{address.Config{PublicURL: "https://id.example.com"}, "auth.example.org", false,
			"https://auth.example.org", true, true},
		{address.Config{PublicURL: "https://id.example.com"}, "10.0.0.1:9229", true,
			"https://10.0.0.1:9229", true, true},
		{address.Config{PublicURL: "http://127.0.0.1:9229"}, "127.0.0.1:9229", false,
			"http://127.0.0.1:9229", false, false},
		{address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true}, "localhost:9229", false,
			"http://localhost:9229", false, false},
		{address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true}, "localhost:9230", true,
			"https://localhost:9230", false, false},
		{address.Config{PublicURL: "https://localhost:9230", Dev: true}, "localhost:9230", true,
			"https://localhost:9230", true, false},
		{address.Config{PublicURL: "https://localhost:9230", Dev: true}, "localhost:9229", false,
			"http://localhost:9229", false, false},
		{address.Config{PublicURL: "https://app.test", Dev: true}, "APP.test", false, "https://APP.test", true, false},
	} {
		a, r := addresses(t, c.config), to(c.host, c.encrypted)
		r.Header.Set("X-Forwarded-Proto", "http")
		if got := a.Of(r).String(); got != c.want || a.Secure(r) != c.secure || a.HSTS(r) != c.hsts {
			t.Errorf("%+v, %s: %s, Secure %v, HSTS %v", c.config, c.host, got, a.Secure(r), a.HSTS(r))
		}
	}
	for _, u := range []string{"", "id.example.com", "https://", "%"} {
		if _, err := address.New(address.Config{PublicURL: u}); err == nil {
			t.Errorf("public URL %q accepted", u)
		}
	}
}

var (
	pool    = &userpool.Pool{ID: "us-east-1_A", Region: "us-east-1"}
	prefix  = &userpool.Domain{Resource: userpool.Resource{ID: userpool.PrefixDomain}, Name: "team"}
	custom  = &userpool.Domain{Resource: userpool.Resource{ID: userpool.CustomDomain}, Name: "login.example.org"}
	domains = []*userpool.Domain{prefix, custom}
)

// A host name is that of a domain only in its full form, with the pool's region.
func TestDomain(t *testing.T) {
	serve := addresses(t, address.Config{PublicURL: "https://id.example.com"})
	dev := addresses(t, address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true})
	for host, want := range map[string]struct {
		serve, dev *userpool.Domain
	}{
		"team.auth.us-east-1.id.example.com":                 {prefix, nil},
		"TEAM.auth.us-east-1.id.example.com.":                {prefix, nil},
		"team.auth.us-east-1.id.example.com:443":             {prefix, nil},
		"team.auth.us-east-1.amazoncognito.com":              {prefix, prefix},
		"team.auth.us-east-1.localhost:9229":                 {nil, prefix},
		"team.auth.eu-west-1.amazoncognito.com":              {nil, nil},
		"team.us-east-1.id.example.com":                      {nil, nil},
		"team.id.example.com":                                {nil, nil},
		"team":                                               {nil, nil},
		"login.example.org":                                  {custom, custom},
		"login.example.org:9230":                             {custom, custom},
		"login.example.org.":                                 {custom, custom},
		"login.example.org.evil.example":                     {nil, nil},
		"x.login.example.org":                                {nil, nil},
		"login.example.org.auth.us-east-1.amazoncognito.com": {nil, nil},
		"id.example.com":                                     {nil, nil},
		"127.0.0.1":                                          {nil, nil},
		"[::1]:9229":                                         {nil, nil},
		"localhost":                                          {nil, nil},
		"":                                                   {nil, nil},
		"team.auth.us-east-1.":                               {nil, nil},
	} {
		if inServe, inDev := found(serve, host), found(dev, host); inServe != want.serve || inDev != want.dev {
			t.Errorf("%s: in serve %+v, in dev %+v", host, inServe, inDev)
		}
	}
}

// found returns the domain of the pool that a host is, or nil.
func found(a *address.Addresses, host string) *userpool.Domain {
	name, ok := a.Domain(host)
	for _, d := range domains {
		if ok && name.Is(d, pool) {
			return d
		}
	}
	return nil
}

// The addresses of a pool are those of its custom domain, as at Amazon Cognito,
// and where a client has come to a domain of the pool, those of this domain. A
// host name that is none has no influence.
func TestHomeFor(t *testing.T) {
	serve := address.Config{PublicURL: "https://id.example.com"}
	dev := address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true}
	amazon := dev
	amazon.AmazonHosts = true
	for _, c := range []struct {
		config       address.Config
		host         string
		domains      []*userpool.Domain
		home, issuer string
	}{
		{serve, "id.example.com", nil, "https://id.example.com", ""},
		{serve, "id.example.com", []*userpool.Domain{prefix}, "https://id.example.com", ""},
		{serve, "id.example.com", domains, "https://login.example.org", ""},
		{serve, "evil.example", domains, "https://login.example.org", ""},
		{serve, "evil.example", nil, "https://id.example.com", ""},
		{serve, "login.example.org", nil, "https://id.example.com", ""},
		{serve, "team.auth.us-east-1.id.example.com", domains, "https://team.auth.us-east-1.id.example.com", ""},
		{serve, "cognito-idp.us-east-1.amazonaws.com", []*userpool.Domain{prefix}, "https://id.example.com", ""},
		{dev, "127.0.0.1:9229", domains, "http://127.0.0.1:9229", ""},
		{dev, "login.example.org:9230", domains, "https://login.example.org:9230", ""},
		{dev, "team.auth.us-east-1.localhost:9230", domains, "https://team.auth.us-east-1.localhost:9230", ""},
		{dev, "cognito-idp.us-east-1.amazonaws.com", []*userpool.Domain{prefix}, "http://127.0.0.1:9229", ""},
		{amazon, "cognito-idp.us-east-1.amazonaws.com", []*userpool.Domain{prefix},
			"https://team.auth.us-east-1.amazoncognito.com", "https://cognito-idp.us-east-1.amazonaws.com"},
		{amazon, "issuer-cognito-idp.us-east-1.amazonaws.com:9230", domains,
			"https://login.example.org:9230", "https://issuer-cognito-idp.us-east-1.amazonaws.com:9230"},
		{amazon, "cognito-idp.us-east-1.amazonaws.com", nil,
			"https://cognito-idp.us-east-1.amazonaws.com", "https://cognito-idp.us-east-1.amazonaws.com"},
		{amazon, "cognito-idp.us-east-1.amazonaws.com.evil.example", nil, "http://127.0.0.1:9229", ""},
	} {
		a, r := addresses(t, c.config), to(c.host, true)
		issuer := c.issuer
		if issuer == "" {
			issuer = c.config.PublicURL
		}
		if home, at := a.HomeFor(r, pool, c.domains), a.IssuerFor(r); home != c.home || at != issuer {
			t.Errorf("%s at %s: %s, issuer %s, want %s, %s", c.host, c.config.PublicURL, home, at, c.home, issuer)
		}
	}
}

func TestHostOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://id.example.com": "team.auth.us-east-1.id.example.com",
		"http://localhost:9229":  "team.auth.us-east-1.localhost",
		"http://127.0.0.1:9229":  "",
		"http://[::1]:9229":      "",
	} {
		if got := addresses(t, address.Config{PublicURL: url}).HostOf(prefix, pool); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	dev := addresses(t, address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true})
	if got := dev.HostOf(prefix, pool); got != "team.auth.us-east-1.localhost" {
		t.Errorf("dev: %q", got)
	}
	if got := dev.HostOf(custom, pool); got != "login.example.org" {
		t.Errorf("custom: %q", got)
	}
}

func TestAmazon(t *testing.T) {
	on := addresses(t, address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true, AmazonHosts: true})
	off := addresses(t, address.Config{PublicURL: "http://127.0.0.1:9229", Dev: true})
	for host, want := range map[string]bool{
		"cognito-idp.us-east-1.amazonaws.com": true, "cognito-idp.us-gov-west-1.amazonaws.com:443": true,
		"issuer-cognito-idp.eu-west-1.amazonaws.com": true, "team.auth.us-east-1.amazoncognito.com": true,
		"sts.us-east-1.amazonaws.com": false, "amazonaws.com": false, "cognito-idp.amazonaws.com": false,
		"cognito-idp.us-east-1.amazonaws.com.evil.example": false, "a.b.auth.us-east-1.amazoncognito.com": false,
		"xcognito-idp.us-east-1.amazonaws.com": false, "console.aws.amazon.com": false,
	} {
		if on.Amazon(host) != want || off.Amazon(host) {
			t.Errorf("%s: %v, without the setting %v", host, on.Amazon(host), off.Amazon(host))
		}
	}
}

// Headers of proxies count from trusted peers alone (attack case R9).
func TestForwarded(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	const url = "https://id.example.com"
	trusting := addresses(t, address.Config{PublicURL: url, TrustedProxies: proxies})
	alone := addresses(t, address.Config{PublicURL: url})
	for name, c := range map[string]struct {
		a                        *address.Addresses
		peer, forwardedFor, host string
		wantAddr, wantHost       string
	}{
		"trusted":      {trusting, "10.1.2.3:1", "203.0.113.9", "a.example", "203.0.113.9:0", "a.example"},
		"another peer": {trusting, "203.0.113.1:1", "203.0.113.9", "a.example", "203.0.113.1:1", "sent.example"},
		"no proxies":   {alone, "10.1.2.3:1", "203.0.113.9", "a.example", "10.1.2.3:1", "sent.example"},
		"no headers":   {trusting, "10.1.2.3:1", "", "", "10.1.2.3:1", "sent.example"},
		"a chain": {
			trusting, "10.1.2.3:1", "1.1.1.1, 203.0.113.9, 127.0.0.1", "", "203.0.113.9:0", "sent.example",
		},
		"client's own":     {trusting, "10.1.2.3:1", "", "evil.example, a.example:443", "10.1.2.3:1", "a.example:443"},
		"mapped address":   {trusting, "[::ffff:10.1.2.3]:1", "", "a.example", "[::ffff:10.1.2.3]:1", "a.example"},
		"an address":       {trusting, "10.1.2.3:1", "", "[::1]:80", "10.1.2.3:1", "[::1]:80"},
		"not a host":       {trusting, "10.1.2.3:1", "<b>", "a.example/path", "10.1.2.3:1", "sent.example"},
		"with credentials": {trusting, "10.1.2.3:1", "", "a@b.example", "10.1.2.3:1", "sent.example"},
	} {
		r := to("sent.example", false)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.forwardedFor)
		r.Header.Set("X-Forwarded-Host", c.host)
		c.a.Forwarded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.RemoteAddr != c.wantAddr || r.Host != c.wantHost {
				t.Errorf("%s: %s, %s", name, r.RemoteAddr, r.Host)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

package fetch

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// servePlain is a server with http on loopback, and the port of its address.
func servePlain(t *testing.T, h http.HandlerFunc) (port string, hits *atomic.Int32) {
	t.Helper()
	hits = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port(), hits
}

func document(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("document")) }

func allowsPlain(t *testing.T, c *Client, link string) bool {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return c.AllowsPlain(t.Context(), u)
}

// http is allowed where every address of the host is, for validation and for the
// request alike.
func TestPlainOnlyWhereAllowed(t *testing.T) {
	port, hits := servePlain(t, document)
	named := "http://idp.example.com:" + port + "/"
	for _, c := range []struct {
		allow, addresses string
		want             bool
	}{
		{"127.0.0.0/8", "127.0.0.1", true},
		{"127.0.0.0/8 ::1/128", "127.0.0.1 127.0.0.2", true},
		{"127.0.0.0/8", "::ffff:127.0.0.1", true},
		{"", "127.0.0.1", false},
		{"10.0.0.0/8", "127.0.0.1", false},
		{"127.0.0.0/8", "93.184.216.34", false},
		{"127.0.0.0/8", "127.0.0.1 93.184.216.34", false},
		{"127.0.0.0/8", "127.0.0.1 169.254.169.254", false},
		{"127.0.0.0/8 10.0.0.0/8", "169.254.169.254", false},
		{"127.0.0.0/8", "fd00:ec2::254", false},
		{"127.0.0.0/8", "64:ff9b::a9fe:a9fe", false},
	} {
		lookup, _ := resolver(t, c.addresses)
		client := New(Config{Allow: prefixes(strings.Fields(c.allow)...), Lookup: lookup, Timeout: time.Minute})
		before := hits.Load()
		body, err := client.Get(t.Context(), named)
		if got := allowsPlain(t, client, named); got != c.want {
			t.Errorf("%s at %s is allowed: %v", c.addresses, c.allow, got)
		}
		if c.want != (err == nil && string(body) == "document") || c.want != (hits.Load() > before) {
			t.Errorf("%s at %s: %q, %v after %d requests", c.addresses, c.allow, body, err, hits.Load()-before)
		}
		if !c.want {
			refused(t, client, named, "not an https URL")
		}
	}
	literal := New(Config{Allow: loopback})
	for host, want := range map[string]bool{
		"127.0.0.1": true, "[::ffff:127.0.0.1]": true, "10.0.0.1": false, "[fe80::1%25eth0]": false, "[::1]": false,
	} {
		if got := allowsPlain(t, literal, "http://"+host+":"+port+"/"); got != want {
			t.Errorf("%s is allowed: %v", host, got)
		}
	}
	nowhere, _ := resolver(t, "")
	if allowsPlain(t, New(Config{Allow: loopback, Lookup: nowhere}), named) {
		t.Error("a name without an address is allowed")
	}
}

// A name that was allowed when it was validated may lead elsewhere when it is
// called: the client decides when it connects.
func TestPlainRebinding(t *testing.T) {
	port, hits := servePlain(t, document)
	named := "http://idp.example.com:" + port + "/"
	for _, later := range []string{"169.254.169.254", "93.184.216.34", "127.0.0.2"} {
		lookup, _ := resolver(t, "127.0.0.1", "127.0.0.1", later)
		c := New(Config{Allow: prefixes("127.0.0.1/32"), Lookup: lookup, Timeout: time.Minute})
		if !allowsPlain(t, c, named) {
			t.Fatal("the first address is refused")
		}
		if body, err := c.Get(t.Context(), named); err != nil || string(body) != "document" {
			t.Fatalf("the first address: %q, %v", body, err)
		}
		before := hits.Load()
		refused(t, c, named, "not an https URL")
		if hits.Load() != before {
			t.Errorf("%s was reached", later)
		}
	}
}

// A redirect does not lead from https to http, nor to an address that is not
// allowed.
func TestPlainRedirects(t *testing.T) {
	var to string
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			document(w, r)
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	}
	port, hits := servePlain(t, redirect)
	o := serve(t, redirect)
	lookup, _ := resolver(t, "127.0.0.1")
	c := New(Config{Allow: loopback, Lookup: lookup, Roots: o.roots, Timeout: time.Minute})
	plain, secure := "http://example.com:"+port, "https://example.com:"+o.port
	for _, to = range []string{plain + "/end", secure + "/end"} {
		if body, err := c.Get(t.Context(), plain+"/start"); err != nil || string(body) != "document" {
			t.Errorf("from http to %s: %q, %v", to, body, err)
		}
	}
	before := hits.Load()
	to = plain + "/end"
	refused(t, c, secure+"/start", "not an https URL")
	if hits.Load() != before {
		t.Error("a redirect from https reached a server with http")
	}
	for target, want := range map[string]string{
		"http://169.254.169.254/latest/meta-data/": "not an https URL", "http://10.0.0.1/": "not an https URL",
		"https://10.0.0.1/": "not public", "http://93.184.216.34/": "not an https URL",
		"file:///etc/passwd": "not an https URL", "http://a:b@127.0.0.1:" + port + "/end": "not a URL",
		"/start": "too often",
	} {
		to = target
		refused(t, c, plain+"/start", want)
	}
}

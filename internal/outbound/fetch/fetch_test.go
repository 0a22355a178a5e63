package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "93.184.216.34", "192.0.1.1", "100.128.0.1", "172.32.0.1",
		"2606:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1", "64:ff9b::101:101",
	} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1",
		"64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0",
		"fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::1", "3fff::1",
		"100::1", "fec0::1", "4000::1",
	} {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s is accepted as public", text)
		}
	}
}

// origin is a TLS server on loopback and the configuration for a client to
// reach it as example.com, the name in its certificate.
type origin struct {
	*httptest.Server
	port  string
	roots *x509.CertPool
	hits  atomic.Int32
}

func serve(t *testing.T, h http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{roots: x509.NewCertPool()}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.hits.Add(1)
		h(w, r)
	}))
	o.StartTLS()
	t.Cleanup(o.Close)
	o.roots.AddCert(o.Certificate())
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.port = u.Port()
	return o
}

var loopback = prefixes("127.0.0.0/8")

// resolver returns the next list of addresses at each look-up, and then always
// the last one.
func resolver(
	t *testing.T, answers ...string,
) (lookup func(context.Context, string) ([]netip.Addr, error), lookups *atomic.Int32) {
	t.Helper()
	lookups = new(atomic.Int32)
	return func(context.Context, string) ([]netip.Addr, error) {
		n := min(int(lookups.Add(1)), len(answers))
		var addrs []netip.Addr
		for _, text := range strings.Fields(answers[n-1]) {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		return addrs, nil
	}, lookups
}

func refused(t *testing.T, c *Client, link, want string) {
	t.Helper()
	body, err := c.Get(t.Context(), link)
	var fetchErr *Error
	if !errors.As(err, &fetchErr) || !strings.Contains(fetchErr.Reason, want) || body != nil {
		t.Errorf("%s: %q, %v; want %q", link, body, err, want)
	}
}

func TestGet(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("document")) })
	lookup, lookups := resolver(t, "127.0.0.1")
	c := New(Config{Allow: loopback, Lookup: lookup, Roots: o.roots, Timeout: time.Minute})
	body, err := c.Get(t.Context(), "https://example.com:"+o.port+"/metadata")
	if err != nil || string(body) != "document" || lookups.Load() != 1 {
		t.Errorf("got %q, %v after %d look-ups", body, err, lookups.Load())
	}
	// Without the setting the server is not reached, by name or by address.
	hits := o.hits.Load()
	strict := New(Config{Lookup: lookup, Roots: o.roots})
	for _, host := range []string{"example.com", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"} {
		refused(t, strict, "https://"+host+":"+o.port+"/", "not public")
	}
	if o.hits.Load() != hits {
		t.Error("a private address was reached")
	}
	// An unknown authority is refused.
	untrusting := New(Config{Allow: loopback, Lookup: lookup, Roots: x509.NewCertPool()})
	refused(t, untrusting, "https://example.com:"+o.port+"/", "cannot be reached")
}

func TestURLs(t *testing.T) {
	c := New(Config{Lookup: func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
	}})
	for link, want := range map[string]string{
		"http://example.com/": "not an https URL", "file:///etc/passwd": "not an https URL",
		"gopher://example.com/": "not an https URL", "": "not an https URL", "https://": "not a URL",
		"https://user:secret@example.com/": "not a URL", "https://example.com:8443/": "port is neither",
		"https://%zz/": "not a URL", "https://2130706433:8443/": "port is neither",
	} {
		refused(t, c, link, want)
	}
}

// A name that also resolves to a private address is refused. A name is resolved
// once, so that the checked address is dialed.
func TestRebinding(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("inside")) })
	for _, answer := range []string{
		"93.184.216.34 127.0.0.1", "127.0.0.1 93.184.216.34", "::ffff:127.0.0.1", "169.254.169.254", "10.1.2.3",
	} {
		lookup, lookups := resolver(t, answer)
		refused(t, New(Config{Lookup: lookup, Roots: o.roots}), "https://example.com/", "not public")
		if lookups.Load() != 1 {
			t.Errorf("%s: %d look-ups", answer, lookups.Load())
		}
	}
	// One address is allowed, and the next look-up returns another.
	lookup, lookups := resolver(t, "127.0.0.1", "127.0.0.2")
	one := New(Config{Allow: prefixes("127.0.0.1/32"), Lookup: lookup, Roots: o.roots})
	if body, err := one.Get(t.Context(), "https://example.com:"+o.port+"/"); err != nil || string(body) != "inside" ||
		lookups.Load() != 1 {
		t.Errorf("%q, %v after %d look-ups", body, err, lookups.Load())
	}
	refused(t, one, "https://example.com:"+o.port+"/", "not public")
}

func TestRedirects(t *testing.T) {
	var to string
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			_, _ = w.Write([]byte("end"))
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	lookup, _ := resolver(t, "127.0.0.1")
	c := New(Config{Allow: loopback, Lookup: lookup, Roots: o.roots, Timeout: time.Minute})
	start := "https://example.com:" + o.port + "/start"
	for target, want := range map[string]string{
		"http://example.com/end": "not an https URL", "file:///etc/passwd": "not an https URL",
		"https://10.0.0.1/": "not public", "https://169.254.169.254/latest/meta-data/": "not public",
		"https://[::ffff:10.0.0.1]/": "not public", "/start": "too often",
	} {
		to = target
		refused(t, c, start, want)
	}
	to = "/end"
	if body, err := c.Get(t.Context(), start); err != nil || string(body) != "end" {
		t.Errorf("a redirect to the same place: %q, %v", body, err)
	}
}

func TestBounds(t *testing.T) {
	hang := make(chan struct{})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 8*maxBytes)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/just":
			_, _ = w.Write(make([]byte, maxBytes))
		case "/long":
			_, _ = w.Write(make([]byte, maxBytes+1))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("internal secret"))
		default:
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-hang
		}
	})
	t.Cleanup(func() { close(hang) })
	lookup, _ := resolver(t, "127.0.0.1")
	c := New(Config{Allow: loopback, Lookup: lookup, Roots: o.roots, Timeout: time.Minute})
	at := "https://example.com:" + o.port
	if body, err := c.Get(t.Context(), at+"/just"); err != nil || len(body) != maxBytes {
		t.Errorf("the longest document: %d bytes, %v", len(body), err)
	}
	refused(t, c, at+"/long", "longer than")
	refused(t, c, at+"/bomb", "longer than")
	refused(t, c, at+"/missing", "status 404")
	quick := New(Config{Allow: loopback, Lookup: lookup, Roots: o.roots, Timeout: 50 * time.Millisecond})
	refused(t, quick, at+"/slow", "in time")
	// Connection refused.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	refused(t, c, "https://example.com:"+port+"/", "cannot be reached")
	none := New(Config{Lookup: func(context.Context, string) ([]netip.Addr, error) { return nil, nil }})
	refused(t, none, "https://example.com/", "cannot be reached")
}

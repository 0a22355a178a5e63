package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair writes a certificate with this serial number for names, and its key.
func writePair(t *testing.T, p Pair, serial int64, rsaKey bool, names ...string) {
	t.Helper()
	var key crypto.Signer
	var err error
	if rsaKey {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), DNSNames: names,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		p.Cert: {Type: "CERTIFICATE", Bytes: cert}, p.Key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func pairIn(dir string) Pair {
	return Pair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func newFiles(t *testing.T, p Pair, dir string, log io.Writer) *Files {
	t.Helper()
	f, err := NewFiles(p, dir, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// handshake opens one connection to a listener with the configuration.
func handshake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := tls.NewListener(inner, server)
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	client.InsecureSkipVerify = true
	conn, err := tls.Dial("tcp", inner.Addr().String(), client)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.ConnectionState(), nil
}

// serialFor returns the serial number of the certificate for a name; 0 if the
// handshake is refused.
func serialFor(t *testing.T, server *tls.Config, name string) int64 {
	t.Helper()
	state, err := handshake(t, server, &tls.Config{ServerName: name})
	if err != nil {
		return 0
	}
	return state.PeerCertificates[0].SerialNumber.Int64()
}

// A renewed certificate is used without a restart. An invalid one is logged once,
// and the old one stays in use.
func TestCertificateIsReplaced(t *testing.T) {
	var log bytes.Buffer
	p := pairIn(t.TempDir())
	writePair(t, p, 1, false)
	f := newFiles(t, p, "", &log)
	shows := func(want int64) {
		t.Helper()
		if got := serialFor(t, TLS("", f), ""); got != want {
			t.Errorf("certificate %d, want %d", got, want)
		}
	}
	shows(1)
	f.poll()
	writePair(t, p, 2, false)
	f.poll()
	shows(2)
	if err := os.WriteFile(p.Key, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.poll()
	f.poll()
	shows(2)
	if got := strings.Count(log.String(), "the old one stays"); got != 1 {
		t.Errorf("two polls have logged the broken pair %d times:\n%s", got, &log)
	}
	f.Reload()
	if got := strings.Count(log.String(), "the old one stays"); got != 2 {
		t.Errorf("Reload does not log the broken pair:\n%s", &log)
	}
	writePair(t, p, 3, false)
	f.Reload()
	shows(3)
	if got := strings.Count(log.String(), "was replaced"); got != 2 {
		t.Errorf("replaced twice, logged %d times:\n%s", got, &log)
	}
}

// The certificate is the one that has the server name. Files come and go without
// a restart, and one that is broken does not affect the others.
func TestCertificateByName(t *testing.T) {
	var log bytes.Buffer
	dir := t.TempDir()
	main := pairIn(t.TempDir())
	writePair(t, main, 1, false, "id.example.com")
	in := func(name string) Pair { return Pair{filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")} }
	live := Pair{filepath.Join(dir, "b.example", "fullchain.pem"), filepath.Join(dir, "b.example", "privkey.pem")}
	writePair(t, in("a"), 2, false, "a.example", "*.auth.us-east-1.id.example.com")
	writePair(t, live, 3, false, "b.example")
	f := newFiles(t, main, dir, &log)
	check := func(when string, want map[string]int64) {
		t.Helper()
		for name, serial := range want {
			if got := serialFor(t, TLS("id.example.com", f), name); got != serial {
				t.Errorf("%s, %q: certificate %d, want %d", when, name, got, serial)
			}
		}
	}
	check("at first", map[string]int64{
		"": 1, "id.example.com": 1, "a.example": 2, "A.example": 2, "team.auth.us-east-1.id.example.com": 2,
		"x.team.auth.us-east-1.id.example.com": 1, "b.example": 3, "c.example": 1, "x.a.example": 1,
	})
	writePair(t, in("c"), 4, false, "c.example")
	if err := os.WriteFile(live.Cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(in("a").Cert); err != nil {
		t.Fatal(err)
	}
	f.poll()
	f.poll()
	check("changed", map[string]int64{"c.example": 4, "b.example": 3, "a.example": 1})
	if got := strings.Count(log.String(), "the old one stays"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, &log)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	f.poll()
	check("without the directory", map[string]int64{"c.example": 4, "id.example.com": 1})

	writePair(t, in("a"), 5, false, "a.example")
	alone := newFiles(t, Pair{}, dir, &log)
	for name, want := range map[string]int64{"a.example": 5, "": 5, "b.example": 0} {
		if got := serialFor(t, TLS("a.example", alone), name); got != want {
			t.Errorf("without a main pair, %q: certificate %d, want %d", name, got, want)
		}
	}
	for name, c := range map[string]struct {
		main Pair
		dir  string
	}{"no pair": {in("none"), ""}, "no directory": {main, filepath.Join(dir, "none")}} {
		if _, err := NewFiles(c.main, c.dir, slog.Default()); err == nil || !strings.Contains(err.Error(), "none") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TLS 1.2 is served with authenticated ciphers only.
func TestTLSSuites(t *testing.T) {
	for _, rsaKey := range []bool{false, true} {
		p := pairIn(t.TempDir())
		writePair(t, p, 1, rsaKey)
		f := newFiles(t, p, "", io.Discard)
		taken := 0
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if strings.Contains(suite.Name, "TLS_AES") || strings.HasPrefix(suite.Name, "TLS_CHACHA20") {
				continue // TLS 1.3
			}
			client := &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}}
			state, err := handshake(t, TLS("", f), client)
			if err != nil {
				continue
			}
			taken++
			if strings.Contains(suite.Name, "_CBC_") || strings.HasPrefix(suite.Name, "TLS_RSA_") ||
				state.CipherSuite != suite.ID {
				t.Errorf("accepts %s", suite.Name)
			}
		}
		if taken != 3 {
			t.Errorf("RSA %v: accepts %d suites, want AES-128-GCM, AES-256-GCM and ChaCha20", rsaKey, taken)
		}
	}
}

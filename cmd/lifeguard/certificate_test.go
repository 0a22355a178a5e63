package main

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

// writePair writes a certificate with this serial number, and its key.
func writePair(t *testing.T, c *certificate, serial int64, rsaKey bool) {
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
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		c.certFile: {Type: "CERTIFICATE", Bytes: cert}, c.keyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func newPair(t *testing.T, log io.Writer) *certificate {
	dir := t.TempDir()
	return &certificate{
		certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"),
		log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

// handshake opens one connection to a certificate's listener.
func handshake(t *testing.T, c *certificate, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := c.listener(inner)
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

// A renewed certificate is used without a restart. An invalid one is logged once,
// and the old one stays in use.
func TestCertificateIsReplaced(t *testing.T) {
	var log bytes.Buffer
	c := newPair(t, &log)
	writePair(t, c, 1, false)
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	shows := func(want int64) {
		t.Helper()
		state, err := handshake(t, c, &tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if got := state.PeerCertificates[0].SerialNumber.Int64(); got != want {
			t.Errorf("certificate %d, want %d", got, want)
		}
	}
	shows(1)
	c.poll()
	writePair(t, c, 2, false)
	c.poll()
	shows(2)
	if err := os.WriteFile(c.keyFile, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.poll()
	c.poll()
	shows(2)
	if got := strings.Count(log.String(), "the old one stays"); got != 1 {
		t.Errorf("two polls have logged the broken pair %d times:\n%s", got, &log)
	}
	c.reload()
	if got := strings.Count(log.String(), "the old one stays"); got != 2 {
		t.Errorf("reload does not log the broken pair:\n%s", &log)
	}
	writePair(t, c, 3, false)
	c.reload()
	shows(3)
	if got := strings.Count(log.String(), "was replaced"); got != 2 {
		t.Errorf("replaced twice, logged %d times:\n%s", got, &log)
	}
}

// TLS 1.2 is served with authenticated ciphers only.
func TestTLSSuites(t *testing.T) {
	for _, rsaKey := range []bool{false, true} {
		c := newPair(t, io.Discard)
		writePair(t, c, 1, rsaKey)
		if err := c.load(); err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if strings.Contains(suite.Name, "TLS_AES") || strings.HasPrefix(suite.Name, "TLS_CHACHA20") {
				continue // TLS 1.3
			}
			state, err := handshake(t, c, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}})
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

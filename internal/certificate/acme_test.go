package certificate

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
)

// authorityDouble is an ACME authority (RFC 8555) for one order at a time. It
// verifies names by tls-alpn-01 at one address, and signs with a key of its own.
type authorityDouble struct {
	*httptest.Server
	t       *testing.T
	address string // of the listener that is verified
	roots   *x509.CertPool
	root    *x509.Certificate
	key     *ecdsa.PrivateKey

	unreachable string // a name that is never proved

	mu      sync.Mutex
	account *ecdsa.PublicKey
	names   []string // every name that was ordered
	proved  bool
	chain   []byte
}

func newAuthorityDouble(t *testing.T) *authorityDouble {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	d := &authorityDouble{t: t, key: key, root: root, roots: x509.NewCertPool()}
	d.roots.AddCert(root)
	mux := http.NewServeMux()
	mux.HandleFunc("/directory", func(w http.ResponseWriter, _ *http.Request) {
		d.answer(w, 200, map[string]any{
			"newNonce": d.URL + "/nonce", "newAccount": d.URL + "/account", "newOrder": d.URL + "/order",
			"meta": map[string]string{"termsOfService": d.URL + "/terms"},
		})
	})
	mux.HandleFunc("/nonce", func(w http.ResponseWriter, _ *http.Request) { d.answer(w, 200, nil) })
	mux.HandleFunc("/account", d.newAccount)
	mux.HandleFunc("/order", d.newOrder)
	mux.HandleFunc("/order/1", func(w http.ResponseWriter, _ *http.Request) { d.order(w, 200) })
	mux.HandleFunc("/authorization", func(w http.ResponseWriter, _ *http.Request) { d.authorization(w) })
	mux.HandleFunc("/challenge", d.challenge)
	mux.HandleFunc("/finalize", d.finalize)
	mux.HandleFunc("/certificate", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(d.chain)
	})
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

func (d *authorityDouble) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Replay-Nonce", "nonce")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

// payload decodes the body of a signed request, whose signature is not verified.
func payload(r *http.Request, protected, body any) error {
	var jws struct{ Protected, Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		return err
	}
	for text, to := range map[string]any{jws.Protected: protected, jws.Payload: body} {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil && to != nil {
			err = json.Unmarshal(decoded, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *authorityDouble) newAccount(w http.ResponseWriter, r *http.Request) {
	var head struct{ JWK struct{ X, Y string } }
	var body struct {
		Agreed  bool     `json:"termsOfServiceAgreed"`
		Contact []string `json:"contact"`
	}
	if err := payload(r, &head, &body); err != nil || !body.Agreed || len(body.Contact) != 1 ||
		body.Contact[0] != "mailto:a@b.c" {
		d.t.Errorf("account: %+v, %v", body, err)
	}
	// Both coordinates have their full length (RFC 7518 section 6.2.1.2).
	point := []byte{4}
	for _, s := range []string{head.JWK.X, head.JWK.Y} {
		coordinate, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			d.t.Error(err)
		}
		point = append(point, coordinate...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		d.t.Error(err)
	}
	d.mu.Lock()
	d.account = key
	d.mu.Unlock()
	w.Header().Set("Location", d.URL+"/account/1")
	d.answer(w, 201, map[string]any{"status": "valid"})
}

func (d *authorityDouble) newOrder(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Identifiers []struct{ Type, Value string }
	}
	if err := payload(r, nil, &body); err != nil || len(body.Identifiers) != 1 || body.Identifiers[0].Type != "dns" {
		d.t.Errorf("order: %+v, %v", body, err)
		return
	}
	d.mu.Lock()
	d.names, d.proved, d.chain = append(d.names, body.Identifiers[0].Value), false, nil
	d.mu.Unlock()
	w.Header().Set("Location", d.URL+"/order/1")
	d.order(w, 201)
}

// name is the name of the current order.
func (d *authorityDouble) name() string { return d.names[len(d.names)-1] }

func (d *authorityDouble) order(w http.ResponseWriter, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body := map[string]any{
		"status": "pending", "authorizations": []string{d.URL + "/authorization"}, "finalize": d.URL + "/finalize",
		"identifiers": []any{map[string]string{"type": "dns", "value": d.name()}},
	}
	if d.proved {
		body["status"] = "ready"
	}
	if d.chain != nil {
		body["status"], body["certificate"] = "valid", d.URL+"/certificate"
	}
	w.Header().Set("Location", d.URL+"/order/1")
	d.answer(w, status, body)
}

func (d *authorityDouble) authorization(w http.ResponseWriter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := "pending"
	if d.proved {
		status = "valid"
	}
	d.answer(w, 200, map[string]any{
		"status": status, "identifier": map[string]string{"type": "dns", "value": d.name()},
		"challenges": []any{map[string]string{
			"type": "tls-alpn-01", "url": d.URL + "/challenge", "token": "token", "status": status,
		}},
	})
}

// challenge verifies the name as RFC 8737 section 3 specifies.
func (d *authorityDouble) challenge(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	thumb, err := acme.JWKThumbprint(d.account)
	if err != nil {
		d.t.Error(err)
	}
	if d.name() == d.unreachable {
		d.answer(w, 400, map[string]string{"type": "urn:ietf:params:acme:error:connection"})
		return
	}
	conn, err := tls.Dial("tcp", d.address, &tls.Config{
		ServerName: d.name(), NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true,
	})
	if err != nil {
		d.t.Errorf("verifying %s: %v", d.name(), err)
		d.answer(w, 400, map[string]string{"type": "urn:ietf:params:acme:error:connection"})
		return
	}
	defer conn.Close()
	sum := sha256.Sum256([]byte("token." + thumb))
	want, _ := asn1.Marshal(sum[:])
	for _, e := range conn.ConnectionState().PeerCertificates[0].Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) {
			d.proved = string(e.Value) == string(want)
		}
	}
	if !d.proved || conn.ConnectionState().NegotiatedProtocol != acme.ALPNProto {
		d.t.Errorf("%s is not proved", d.name())
	}
	d.answer(w, 200, map[string]string{
		"type": "tls-alpn-01", "url": d.URL + "/challenge", "token": "token", "status": "valid",
	})
}

func (d *authorityDouble) finalize(w http.ResponseWriter, r *http.Request) {
	var body struct{ CSR string }
	if err := payload(r, nil, &body); err != nil {
		d.t.Error(err)
	}
	der, _ := base64.RawURLEncoding.DecodeString(body.CSR)
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil || len(csr.DNSNames) != 1 || csr.DNSNames[0] != d.name() || !d.proved {
		d.t.Errorf("request for a certificate: %+v, %v", csr, err)
		return
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(d.names) + 1)), DNSNames: csr.DNSNames,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}, d.root, csr.PublicKey.(crypto.PublicKey), d.key)
	if err != nil {
		d.t.Error(err)
	}
	d.mu.Lock()
	for _, der := range [][]byte{leaf, d.root.Raw} {
		d.chain = append(d.chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	d.mu.Unlock()
	d.order(w, 200)
}

// listen accepts connections until the test ends.
func listen(t *testing.T, server *tls.Config) (address string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = conn.(*tls.Conn).Handshake()
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// Certificates are requested for the names of the server alone, once, and are kept
// over a restart. Files come before or after.
func TestACME(t *testing.T) {
	d := newAuthorityDouble(t)
	cache, clk := t.TempDir(), clock.Shifted(clock.System())
	var log logtest.Buffer
	answers := func(_ context.Context, host string) bool {
		return host == "id.example.com" || host == "auth.example.org" || host == "elsewhere.example" ||
			strings.HasPrefix(host, "127.")
	}
	serve := func() string {
		a := NewACME(ACMEConfig{
			Directory: d.URL + "/directory", Email: "a@b.c", Cache: cache, Answers: answers,
			Clock: clk, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		files := pairIn(t.TempDir())
		writePair(t, files, 77, false, "files.example")
		return listen(t, a.WithChallenges(TLS("id.example.com", a, newFiles(t, files, "", io.Discard))))
	}
	d.address = serve()
	connect := func(name string) error {
		conn, err := tls.Dial("tcp", d.address, &tls.Config{ServerName: name, RootCAs: d.roots})
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	for _, name := range []string{"id.example.com", "auth.example.org", "id.example.com", "AUTH.example.org"} {
		if err := connect(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"evil.example", "x.id.example.com", "127.0.0.1.", "localhost"} {
		if err := connect(name); err == nil {
			t.Errorf("%s: certificate", name)
		}
	}
	conn, err := tls.Dial("tcp", d.address, &tls.Config{InsecureSkipVerify: true, ServerName: "files.example"})
	if err != nil {
		t.Fatal(err)
	}
	if n := conn.ConnectionState().PeerCertificates[0].SerialNumber; n.Int64() != 77 {
		t.Errorf("certificate %v for files.example", n)
	}
	_ = conn.Close()
	d.address = serve()
	if err := connect("auth.example.org"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	// A name that leads elsewhere is requested once in a while, however often clients
	// connect.
	d.unreachable = "elsewhere.example"
	for range 3 {
		if err := connect(d.unreachable); err == nil {
			t.Error("a name that is not proved has a certificate")
		}
	}
	clk.Advance(retryAfter)
	_ = connect(d.unreachable)
	if got := strings.Count(log.String(), "name="+d.unreachable); got != 2 {
		t.Errorf("logged %d failures: %s", got, log.String())
	}
	want := []string{"id.example.com", "auth.example.org", d.unreachable}
	// An attempt that fails makes one order for each kind of challenge, and one more.
	if !slices.Equal(slices.Compact(d.names), want) {
		t.Errorf("ordered %v", d.names)
	}
}

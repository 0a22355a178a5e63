package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// accessKey is a pair that `lifeguard access-key create` printed.
type accessKey struct{ id, secret string }

// makeStore creates the store before its first server, unless it exists.
func makeStore(t *testing.T, st *storage) {
	t.Helper()
	if _, problems, err := command(t, st, "migrate"); err != nil {
		t.Fatalf("migrate: %v\n%s", err, problems)
	}
}

func newAccessKey(t *testing.T, st *storage) accessKey {
	t.Helper()
	makeStore(t, st)
	out, problems, err := command(t, st, "access-key", "create")
	if err != nil {
		t.Fatalf("access-key create: %v\n%s", err, problems)
	}
	id := regexp.MustCompile(`AWS_ACCESS_KEY_ID=(\S+)`).FindStringSubmatch(out)
	secret := regexp.MustCompile(`AWS_SECRET_ACCESS_KEY=(\S+)`).FindStringSubmatch(out)
	if id == nil || secret == nil {
		t.Fatalf("access-key create printed %q", out)
	}
	return accessKey{id[1], secret[1]}
}

// signed configures the SDK to sign with the key.
func (k accessKey) signed(o *cip.Options) {
	o.Credentials = credentials.NewStaticCredentialsProvider(k.id, k.secret, "")
}

// sign signs a request as if it had this body.
func (k accessKey) sign(t *testing.T, r *http.Request, body string) {
	t.Helper()
	creds := aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}
	sum := hex.EncodeToString(hash([]byte(body)))
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, sum, "cognito-idp", region, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// shifted signs with a time that differs from the current one.
type shifted struct {
	*v4.Signer
	by time.Duration
}

func (s shifted) SignHTTP(
	ctx context.Context, creds aws.Credentials, r *http.Request, payloadHash, service, region string, at time.Time,
	options ...func(*v4.SignerOptions),
) error {
	return s.Signer.SignHTTP(ctx, creds, r, payloadHash, service, region, at.Add(s.by), options...)
}

func signedAt(by time.Duration) func(*cip.Options) {
	return func(o *cip.Options) { o.HTTPSignerV4 = shifted{v4.NewSigner(), by} }
}

// TestServe: serve mode verifies signatures and has nothing of dev mode.
func TestServe(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		key := newAccessKey(t, st)
		srv := startServe(t, st)
		c := srv.sdk(t, key.signed)
		p := &pool{srv: srv, c: c}
		made := ok(c.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("production")}))(t)
		p.id = *made.UserPool.Id
		a := p.newApp(t)
		p.addUser(t, "paul")
		// Public operations need no signature; the SDK's is ignored.
		public := &app{pool: &pool{srv: srv, c: srv.sdk(t), id: p.id}, id: a.id}
		ok(public.srpSignIn(t, "paul", password))(t)
		t.Run("signatures", func(t *testing.T) { signatures(t, srv, key, p.id) })
		t.Run("no signature", func(t *testing.T) { unsigned(t, srv, key) })
		t.Run("no endpoints of dev mode", func(t *testing.T) { noDevEndpoints(t, srv) })
		t.Run("revoked key", func(t *testing.T) { revokedKey(t, st, srv, key, p.id) })
	})
}

const invalidSignature = "InvalidSignatureException"

func signatures(t *testing.T, srv *server, key accessKey, poolID string) {
	type options []func(*cip.Options)
	in := &cip.DescribeUserPoolInput{UserPoolId: &poolID}
	for _, c := range []struct {
		name          string
		change        options
		code, message string
	}{
		{"wrong secret", options{accessKey{key.id, "not" + key.secret}.signed}, invalidSignature,
			"The request signature we calculated does not match the signature you provided. " +
				"Check your AWS Secret Access Key and signing method. " +
				"Consult the service documentation for details."},
		{"unknown key", options{accessKey{"AKIAIOSFODNN7EXAMPLE", key.secret}.signed}, "UnrecognizedClientException",
			"The security token included in the request is invalid."},
		{"wrong region", options{key.signed, func(o *cip.Options) { o.Region = "eu-west-1" }}, invalidSignature,
			"Credential should be scoped to a valid region."},
		{"expired", options{key.signed, signedAt(-time.Hour)}, invalidSignature, ""},
		{"signed in the future", options{key.signed, signedAt(time.Hour)}, invalidSignature, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := errOf(srv.sdk(t, c.change...).DescribeUserPool(t.Context(), in))
			refused(t, err, c.code, c.message)
			if err != nil && c.name == "expired" && !strings.Contains(err.Error(), "Signature expired: ") {
				t.Errorf("expired: %v", err)
			}
		})
	}
	ok(srv.sdk(t, key.signed, signedAt(-4*time.Minute)).DescribeUserPool(t.Context(), in))(t)
}

// unsigned sends administrative requests without a signature, and with a body
// other than the signed one.
func unsigned(t *testing.T, srv *server, key accessKey) {
	for name, c := range map[string]struct {
		signedBody, code string
	}{
		"no signature":  {"", "MissingAuthenticationTokenException"},
		"another body":  {`{"MaxResults":8}`, invalidSignature},
		"the same body": {`{"MaxResults":9}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL,
				strings.NewReader(`{"MaxResults":9}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-amz-json-1.1")
			req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
			if c.signedBody != "" {
				key.sign(t, req, c.signedBody)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			wantStatus, wantText := http.StatusBadRequest, `"`+c.code+`"`
			if c.code == "" {
				wantStatus, wantText = http.StatusOK, ""
			}
			if res.StatusCode != wantStatus || !strings.Contains(string(body), wantText) {
				t.Errorf("%s %s, want %s", res.Status, body, c.code)
			}
		})
	}
}

func noDevEndpoints(t *testing.T, srv *server) {
	for _, path := range []string{"/_dev/", "/_dev/messages", "/_dev/clock"} {
		if srv.serves(path) {
			t.Errorf("serve mode serves %s", path)
		}
	}
	for _, path := range []string{"/_dev/clock", "/_dev/reset"} {
		res, err := http.Post(srv.URL+path, "application/json", strings.NewReader(`{"advance":"1h"}`))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("serve mode accepts a POST of %s: %s", path, res.Status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if !srv.serves(path) {
			t.Errorf("serve mode does not serve %s", path)
		}
	}
	if srv.serves("/metrics") {
		t.Error("serve mode publishes metrics")
	}
	res := ok(http.Get(srv.metrics))(t)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("metrics on their own listener: %s", res.Status)
	}
}

// revokedKey: a key that is revoked while the server runs is refused; another one
// is accepted.
func revokedKey(t *testing.T, st *storage, srv *server, key accessKey, poolID string) {
	in := &cip.DescribeUserPoolInput{UserPoolId: &poolID}
	second := newAccessKey(t, st)
	ok(srv.sdk(t, second.signed).DescribeUserPool(t.Context(), in))(t)
	if _, problems, err := command(t, st, "access-key", "revoke", key.id); err != nil {
		t.Fatalf("access-key revoke: %v\n%s", err, problems)
	}
	c := srv.sdk(t, key.signed)
	srv.until(t, "the refusal of a revoked key", func() bool {
		return errOf(c.DescribeUserPool(t.Context(), in)) != nil
	})
	refused(t, errOf(c.DescribeUserPool(t.Context(), in)), "UnrecognizedClientException",
		"The security token included in the request is invalid.")
	ok(srv.sdk(t, second.signed).DescribeUserPool(t.Context(), in))(t)
	listed, _, err := command(t, st, "access-key", "list")
	if err != nil || !strings.Contains(listed, key.id) || !strings.Contains(listed, second.id) ||
		strings.Contains(listed, second.secret) {
		t.Errorf("access-key list: %v\n%s", err, listed)
	}
}

// TestServeRequiresSettings: each missing setting stops the start, and the message
// names the field.
func TestServeRequiresSettings(t *testing.T) {
	dir := t.TempDir()
	address := freeAddress(t)
	listen := []string{"serve", "--listen", address}
	with := func(more ...string) []string { return append(append([]string{}, listen...), more...) }
	for _, c := range []struct {
		name, field string
		args        []string
	}{
		{"no public URL", "--public-url", with("--data", dir, "--behind-proxy")},
		{"public URL in clear", "--public-url",
			with("--data", dir, "--behind-proxy", "--public-url", "http://id.example.com")},
		{"no storage", "--data", with("--public-url", "https://id.example.com", "--behind-proxy")},
		{"two storages", "--database", with("--public-url", "https://id.example.com", "--behind-proxy", "--data", dir,
			"--database", "postgres://localhost/x")},
		{"storage in memory", "--data",
			with("--public-url", "https://id.example.com", "--behind-proxy", "--data", ":memory:")},
		{"neither TLS nor proxy", "--tls-cert", with("--public-url", "https://id.example.com", "--data", dir)},
		{"certificate without key", "--tls-cert",
			with("--public-url", "https://id.example.com", "--data", dir, "--tls-cert", "c.pem")},
		{"TLS twice", "--behind-proxy",
			with("--public-url", "https://id.example.com", "--data", dir,
				"--tls-cert", "c.pem", "--tls-key", "k.pem", "--behind-proxy")},
		{"no region", "--region",
			with("--public-url", "https://id.example.com", "--data", dir, "--behind-proxy", "--region", "mars")},
		{"no sender", "--email", with("--public-url", "https://id.example.com", "--data", dir, "--behind-proxy")},
		{"a fixed code", "--code",
			with("--public-url", "https://id.example.com", "--data", dir, "--behind-proxy", "--code", "123456")},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := command(t, nil, c.args...)
			if err == nil || t.Context().Err() != nil {
				t.Fatalf("started: %v\n%s%s", err, out, problems)
			}
			if !strings.Contains(problems, c.field) {
				t.Errorf("the message does not name %s: %s", c.field, problems)
			}
		})
	}
}

// TestServeTLS: with certificate files the server accepts only TLS.
func TestServeTLS(t *testing.T) {
	st := sqlite.make(t)
	certFile, keyFile, trusted := newCertificate(t, st.dir)
	address := freeAddress(t)
	srv := spawn(t, st, "serve", "--email", "none", "--listen", address, "--public-url", "https://"+address,
		"--tls-cert", certFile, "--tls-key", keyFile)
	serves := func(trusted *x509.CertPool) func() bool {
		return func() bool {
			client := &http.Client{
				Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true},
			}
			res, err := client.Get("https://" + address + "/readyz")
			if err != nil {
				return false
			}
			res.Body.Close()
			return res.StatusCode == http.StatusOK
		}
	}
	srv.until(t, "a response by TLS", serves(trusted))
	if out, problems, err := command(t, nil, "health", "--listen", address, "--tls-cert", certFile); err != nil {
		t.Errorf("health: %v\n%s%s", err, out, problems)
	}
	srv.URL = "http://" + address
	if srv.serves("/readyz") {
		t.Error("accepts plain http")
	}
	old := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MaxVersion: tls.VersionTLS11}}
	if _, err := (&http.Client{Transport: old}).Get("https://" + address + "/readyz"); err == nil {
		t.Error("accepts TLS 1.1")
	}
	_, _, renewed := newCertificate(t, st.dir)
	if serves(renewed)() {
		t.Fatal("the new certificate is the same as the old one")
	}
	if err := srv.process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	srv.until(t, "the renewed certificate", serves(renewed))
	if serves(trusted)() {
		t.Error("the old certificate is still in use")
	}
}

// TestServeCertificateDirectory: certificates of --tls-dir are enough, and new ones
// are used without a restart.
func TestServeCertificateDirectory(t *testing.T) {
	st, dir := sqlite.make(t), t.TempDir()
	install := func() *x509.CertPool {
		t.Helper()
		certFile, keyFile, trusted := newCertificate(t, dir)
		for from, to := range map[string]string{certFile: "site.crt", keyFile: "site.key"} {
			if err := os.Rename(from, filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
		return trusted
	}
	trusted, address := install(), freeAddress(t)
	srv := spawn(t, st, "serve", "--email", "none", "--listen", address, "--public-url", "https://"+address,
		"--tls-dir", dir)
	serves := func(trusted *x509.CertPool) func() bool {
		return func() bool {
			conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: trusted})
			return err == nil && conn.Close() == nil
		}
	}
	srv.until(t, "the certificate", serves(trusted))
	if out, problems, err := command(t, nil, "health", "--listen", address, "--tls-dir", dir); err != nil {
		t.Errorf("health: %v\n%s%s", err, out, problems)
	}
	renewed := install()
	if err := srv.process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	srv.until(t, "the renewed certificate", serves(renewed))
}

// newCertificate writes a certificate for 127.0.0.1 and its key, and returns a pool
// that trusts it.
func newCertificate(t *testing.T, dir string) (certFile, keyFile string, trusted *x509.CertPool) {
	t.Helper()
	key := ok(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert := ok(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	secret := ok(x509.MarshalPKCS8PrivateKey(key))(t)
	write := func(name, kind string, content []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	trusted = x509.NewCertPool()
	trusted.AddCert(ok(x509.ParseCertificate(cert))(t))
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", secret), trusted
}

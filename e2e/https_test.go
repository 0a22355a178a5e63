package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// httpsLine is the line of the start-up text with the URL for HTTPS.
var httpsLine = regexp.MustCompile(`(?m)^https: +https://localhost:(\d+) `)

// startHTTPS starts dev with HTTPS and a local authority, and returns its port and
// the file of the authority.
func startHTTPS(t *testing.T, args ...string) (srv *server, httpsPort, authority string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "authority")
	args = append([]string{"--no-seed", "--authority", dir, "--https-listen", "127.0.0.1:0"}, args...)
	srv = startDev(t, sqlite.make(t), args...)
	found := httpsLine.FindStringSubmatch(srv.stdout.String())
	if found == nil {
		t.Fatalf("there is no line with https:\n%s", srv.stdout)
	}
	return srv, found[1], filepath.Join(dir, "ca.pem")
}

// TestDevHTTPS: dev serves HTTPS for its own names, with certificates of the
// authority at /_dev/ca.pem, which the start-up text names for clients.
func TestDevHTTPS(t *testing.T) {
	srv, port, file := startHTTPS(t)
	res := ok(http.Get(srv.URL + "/_dev/ca.pem"))(t)
	defer res.Body.Close()
	stored := string(ok(os.ReadFile(file))(t))
	if served := string(ok(io.ReadAll(res.Body))(t)); served != stored {
		t.Errorf("served %q, stored %q", served, stored)
	}
	for _, line := range []string{"export NODE_EXTRA_CA_CERTS=" + file, "export SSL_CERT_FILE=" + file} {
		if !strings.Contains(srv.stdout.String(), line) {
			t.Errorf("%q is not printed:\n%s", line, srv.stdout)
		}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(stored)) {
		t.Fatal("not PEM")
	}
	for name, answers := range map[string]bool{
		"localhost": true, "team.auth.us-east-1.localhost": true, "127.0.0.1": true, "evil.example": false,
		"cognito-idp.us-east-1.amazonaws.com": false,
	} {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: roots, ServerName: name})
		if err == nil {
			_ = conn.Close()
		}
		if (err == nil) != answers {
			t.Errorf("%s: %v", name, err)
		}
	}
	address := freeAddress(t)
	taken := ok(net.Listen("tcp", address))(t)
	defer taken.Close()
	_, problems, err := command(t, nil, "dev", "--data", ":memory:", "--listen", "127.0.0.1:0",
		"--authority", t.TempDir(), "--https-listen", address)
	if err == nil || !strings.Contains(problems, "--https-listen") || !strings.Contains(problems, "empty value") {
		t.Errorf("a port that is taken: %v %s", err, problems)
	}
}

// TestHTTPSClients runs clients that require HTTPS, which trust the authority by
// NODE_EXTRA_CA_CERTS.
func TestHTTPSClients(t *testing.T) {
	dir, address, plain := t.TempDir(), freeAddress(t), freeAddress(t)
	site := "https://localhost:" + port(t, address)
	srv := spawn(t, sqlite.make(t), "dev", "--no-seed", "--listen", plain, "--https-listen", address,
		"--public-url", site, "--authority", dir)
	srv.URL = "http://" + plain
	srv.awaitReady(t)
	callback := "http://localhost:" + port(t, freeAddress(t)) + "/"
	for _, suite := range []string{"https", "oauth4webapi", "authjs"} {
		t.Run(suite, func(t *testing.T) {
			javaScript(t, suite+".test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL, "LIFEGUARD_SITE="+site,
				"CALLBACK="+callback, "NODE_EXTRA_CA_CERTS="+filepath.Join(dir, "ca.pem"))
		})
	}
}

// TestAmazonHosts runs clients that know only the host names of Amazon Cognito.
func TestAmazonHosts(t *testing.T) {
	srv, port, authority := startHTTPS(t, "--amazon-hosts")
	for _, line := range []string{
		"127.0.0.1 cognito-idp.us-east-1.amazonaws.com issuer-cognito-idp.us-east-1.amazonaws.com",
		"127.0.0.1 PREFIX.auth.us-east-1.amazoncognito.com", "--https-listen 127.0.0.1:443",
	} {
		if !strings.Contains(srv.stdout.String(), line) {
			t.Errorf("%q is not printed:\n%s", line, srv.stdout)
		}
	}
	redirect := ok(filepath.Abs(filepath.Join("js", "amazon-hosts.cjs")))(t)
	javaScript(t, "amazon-hosts.test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL, "AMAZON_HOSTS_PORT="+port,
		"NODE_OPTIONS=--require="+redirect, "NODE_EXTRA_CA_CERTS="+authority)
}

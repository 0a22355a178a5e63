package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// local answers for names below localhost.
func local(_ context.Context, host string) bool { return strings.HasSuffix(host, "localhost") }

func openAuthority(t *testing.T, dir string, clk clock.Clock) *Authority {
	t.Helper()
	a, err := OpenAuthority(dir, entropy.System(), clk)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify verifies a chain as a client does that trusts the authority.
func verify(a *Authority, leaf *x509.Certificate, name string, at time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.Cert())
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: at})
	return err
}

func leafFor(t *testing.T, a *Authority, name string) (*x509.Certificate, error) {
	t.Helper()
	state, err := handshake(t, TLS("", a.Source(local)), &tls.Config{ServerName: name})
	if err != nil {
		return nil, err
	}
	return state.PeerCertificates[0], nil
}

// Certificates are made for the names of the server alone, and for this machine
// where a client asks for none.
func TestAuthority(t *testing.T) {
	a := openAuthority(t, t.TempDir(), clock.Frozen(start))
	for asked, names := range map[string][]string{
		"localhost": {"localhost"}, "team.auth.us-east-1.localhost": {"team.auth.us-east-1.localhost"},
		"App.LOCALHOST": {"app.localhost"}, "": {"localhost", "127.0.0.1", "::1"},
	} {
		leaf, err := leafFor(t, a, asked)
		if err != nil {
			t.Errorf("%q: %v", asked, err)
			continue
		}
		for _, name := range names {
			if err := verify(a, leaf, name, start); err != nil {
				t.Errorf("%q: %v", asked, err)
			}
		}
		if err := verify(a, leaf, "evil.example", start); err == nil {
			t.Errorf("%q: valid for another name", asked)
		}
	}
	for _, name := range []string{"evil.example", "accounts.google.com", "localhost.evil.example"} {
		if leaf, err := leafFor(t, a, name); err == nil {
			t.Errorf("%s: certificate for %v", name, leaf.DNSNames)
		}
	}
	if !a.Cert().IsCA || !a.Cert().MaxPathLenZero {
		t.Errorf("%+v", a.Cert())
	}
}

// Certificates are made again before they expire, never outlive the authority, and
// their number in memory is bounded.
func TestLeaves(t *testing.T) {
	clk := clock.Frozen(start)
	a := openAuthority(t, t.TempDir(), clk)
	serial := func() string {
		t.Helper()
		leaf, err := a.leaf("localhost", &x509.Certificate{DNSNames: []string{"localhost"}})
		if err != nil {
			t.Fatal(err)
		}
		if leaf.Leaf.NotAfter.After(a.Cert().NotAfter) || !leaf.Leaf.NotAfter.After(clk.Now()) {
			t.Errorf("at %v valid until %v", clk.Now(), leaf.Leaf.NotAfter)
		}
		return leaf.Leaf.SerialNumber.String()
	}
	first := serial()
	if serial() != first {
		t.Error("not cached")
	}
	clk.Advance(leafLifetime - leafRest)
	if serial() == first {
		t.Error("not renewed")
	}
	clk.Advance(authorityLifetime - leafLifetime)
	serial()
	for i := range 3 * maxLeaves {
		name := fmt.Sprintf("a%d.localhost", i)
		if _, err := a.leaf(name, &x509.Certificate{DNSNames: []string{name}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.leaves) > maxLeaves {
		t.Errorf("%d certificates are cached", len(a.leaves))
	}
}

// The authority is made once, also by servers that start at the same time, and only
// its owner can read the key. A new one replaces it before it expires.
func TestAuthorityIsStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	clk := clock.Frozen(start)
	if _, err := ReadAuthority(dir, entropy.System(), clk); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	var wg sync.WaitGroup
	made := make([]*Authority, 8)
	for i := range made {
		wg.Go(func() { made[i], _ = OpenAuthority(dir, entropy.System(), clk) })
	}
	wg.Wait()
	for _, a := range made {
		if a == nil || !a.Cert().Equal(made[0].Cert()) {
			t.Fatalf("different authorities: %v", made)
		}
	}
	info, err := os.Stat(filepath.Join(dir, authorityKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("files %v, %v", files, err)
	}
	stored, err := os.ReadFile(made[0].File())
	if err != nil || string(stored) != string(made[0].PEM()) || !filepath.IsAbs(made[0].File()) {
		t.Errorf("%s: %v", made[0].File(), err)
	}
	if again := openAuthority(t, dir, clk); !again.Cert().Equal(made[0].Cert()) {
		t.Error("made again")
	}
	clk.Advance(authorityLifetime - authorityRest + time.Minute)
	if again := openAuthority(t, dir, clk); again.Cert().Equal(made[0].Cert()) {
		t.Error("not replaced before it expires")
	}
	if err := os.WriteFile(filepath.Join(dir, AuthorityFile), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(dir, entropy.System(), clk); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a broken file: %v", err)
	}
}

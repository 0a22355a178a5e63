package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// The names of the files of an authority, in its directory.
const (
	AuthorityFile    = "ca.pem"
	authorityKeyFile = "ca-key.pem"
)

const (
	// authorityLifetime is how long an authority is valid, and authorityRest how long
	// it must still be valid to be used.
	authorityLifetime = 2 * 365 * 24 * time.Hour
	authorityRest     = 30 * 24 * time.Hour
	// leafLifetime is how long a certificate is valid, and leafRest the rest at which
	// it is made again.
	leafLifetime = 30 * 24 * time.Hour
	leafRest     = 24 * time.Hour
	// backdated allows for clocks that are slow.
	backdated = time.Hour
	// maxLeaves is the limit of cached certificates.
	maxLeaves = 256
)

// Authority is the local authority of dev mode. It makes certificates on demand.
//
// Its certificate has no name constraints: the domains of pools may have any
// name. It cannot sign other authorities.
type Authority struct {
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey
	file    string
	entropy entropy.Source
	clock   clock.Clock

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// NewAuthority makes an authority that is not stored. The clock is that of its
// clients.
func NewAuthority(rand entropy.Source, clk clock.Clock) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	template := newTemplate(rand, clk.Now(), authorityLifetime, pkix.Name{
		Organization: []string{"Lifeguard"}, CommonName: "Lifeguard local authority " + host,
	})
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &Authority{cert: cert, key: key, entropy: rand, clock: clk, leaves: map[string]*tls.Certificate{}}, err
}

func newTemplate(rand entropy.Source, now time.Time, lifetime time.Duration, subject pkix.Name) *x509.Certificate {
	serial := rand.Bytes(16)
	// The serial number must be positive (RFC 5280 section 4.1.2.2).
	serial[0] = serial[0]&0x7f | 0x40
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: subject,
		NotBefore: now.Add(-backdated), NotAfter: now.Add(lifetime),
	}
}

// OpenAuthority reads the authority in a directory. It makes one if there is none,
// or none that is valid for another month.
func OpenAuthority(dir string, rand entropy.Source, clk clock.Clock) (*Authority, error) {
	a, err := ReadAuthority(dir, rand, clk)
	if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, errExpired) {
		return a, err
	}
	if a, err = NewAuthority(rand, clk); err != nil {
		return nil, err
	}
	if err := a.write(dir); err != nil {
		return nil, err
	}
	// Another server may have made one at the same time: all use the one that is
	// stored.
	return ReadAuthority(dir, rand, clk)
}

var errExpired = errors.New("the local authority has expired")

// ReadAuthority reads the authority in a directory. If there is none, the error is
// os.ErrNotExist.
func ReadAuthority(dir string, rand entropy.Source, clk clock.Clock) (*Authority, error) {
	path := filepath.Join(dir, AuthorityFile)
	pair, err := tls.LoadX509KeyPair(path, filepath.Join(dir, authorityKeyFile))
	if err != nil {
		return nil, fmt.Errorf("the local authority in %s: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	switch {
	case !ok || !pair.Leaf.IsCA:
		return nil, fmt.Errorf("%s is not a local authority", path)
	case clk.Now().Add(authorityRest).After(pair.Leaf.NotAfter):
		return nil, errExpired
	}
	file, err := filepath.Abs(path)
	return &Authority{
		cert: pair.Leaf, key: key, file: file, entropy: rand, clock: clk, leaves: map[string]*tls.Certificate{},
	}, err
}

// write stores the authority, the key for its owner alone. Each file is complete when it
// appears, the key first.
func (a *Authority) write(dir string) error {
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := ReadAuthority(dir, a.entropy, a.clock); err == nil {
		return nil
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	if err := replace(filepath.Join(dir, authorityKeyFile), block, 0o600); err != nil {
		return err
	}
	return replace(filepath.Join(dir, AuthorityFile), a.PEM(), 0o644)
}

// lockWait is how long a server waits for another one that makes the authority;
// after it the lock is taken for one that a crash has left.
const (
	lockWait = 5 * time.Second
	lockPoll = 20 * time.Millisecond
)

// lock makes the lock file of a directory.
func lock(dir string) (unlock func(), err error) {
	path := filepath.Join(dir, "ca.lock")
	limit := time.NewTimer(lockWait)
	defer limit.Stop()
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() { _ = os.Remove(path) }, f.Close()
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return func() { _ = os.Remove(path) }, nil
		}
	}
}

// replace writes a file so that others see it complete or not at all.
func replace(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// PEM returns the certificate of the authority.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// File returns the file of the authority's certificate; "" if it is not stored.
func (a *Authority) File() string { return a.file }

// Cert returns the certificate of the authority.
func (a *Authority) Cert() *x509.Certificate { return a.cert }

// Source returns a source of certificates for the names that the server answers
// for. Clients that ask for no name, since they connect to an address, get a
// certificate of this machine.
func (a *Authority) Source(answers Answers) Source { return &issuer{authority: a, answers: answers} }

type issuer struct {
	authority *Authority
	answers   Answers
}

// Certificate returns a certificate for the server name, or for the address of
// the connection.
func (i *issuer) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := serverName(hello)
	if name == "" {
		address := ""
		if hello.Conn != nil {
			address = hello.Conn.LocalAddr().String()
		}
		return i.authority.leaf("", machine(address))
	}
	if !i.answers(hello.Context(), name) {
		return nil, nil
	}
	return i.authority.leaf(name, &x509.Certificate{DNSNames: []string{name}})
}

// machine has the names of this machine, and the address at which a client has
// connected.
func machine(address string) *x509.Certificate {
	t := &x509.Certificate{
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if at, err := netip.ParseAddrPort(address); err == nil && !at.Addr().IsLoopback() {
		t.IPAddresses = append(t.IPAddresses, net.IP(at.Addr().Unmap().AsSlice()))
	}
	return t
}

// leaf returns a certificate with the names of a template, from the cache if it is
// there.
func (a *Authority) leaf(name string, names *x509.Certificate) (*tls.Certificate, error) {
	key := name
	for _, ip := range names.IPAddresses {
		key += " " + ip.String()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if c := a.leaves[key]; c != nil && now.Add(leafRest).Before(c.Leaf.NotAfter) {
		return c, nil
	}
	c, err := a.sign(names, now)
	if err != nil {
		return nil, err
	}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[key] = c
	return c, nil
}

func (a *Authority) sign(names *x509.Certificate, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.entropy)
	if err != nil {
		return nil, err
	}
	// A common name has at most 64 characters, and no verifier reads it.
	template := newTemplate(a.entropy, now, leafLifetime, pkix.Name{Organization: []string{"Lifeguard development"}})
	template.DNSNames, template.IPAddresses = names.DNSNames, slices.Clone(names.IPAddresses)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	der, err := x509.CreateCertificate(a.entropy, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

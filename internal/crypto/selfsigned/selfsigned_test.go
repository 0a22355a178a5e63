package selfsigned

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"testing"
	"testing/iotest"
	"time"
)

func TestCertificate(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 6, 1, 12, 0, 0, 999, time.UTC)
	der, err := Certificate(rand.Reader, pkcs8, "us-east-1_A", from)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("signature: %v", err)
	}
	if !key.PublicKey.Equal(c.PublicKey) || c.Subject.CommonName != "us-east-1_A" ||
		c.Issuer.String() != c.Subject.String() || c.IsCA {
		t.Errorf("certificate of %v by %v", c.Subject, c.Issuer)
	}
	if !c.NotBefore.Equal(from.Truncate(time.Second)) ||
		!c.NotAfter.Equal(time.Date(2036, 6, 1, 12, 0, 0, 0, time.UTC)) || c.SerialNumber.Sign() <= 0 {
		t.Errorf("valid from %v until %v, serial %v", c.NotBefore, c.NotAfter, c.SerialNumber)
	}
	other, err := Certificate(rand.Reader, pkcs8, "us-east-1_A", from)
	if err != nil || string(other) == string(der) {
		t.Errorf("two certificates share a serial number: %v", err)
	}
	if _, err := Certificate(rand.Reader, []byte("no key"), "x", from); err == nil {
		t.Error("an invalid key is accepted")
	}
	broken := errors.New("no entropy")
	if _, err := Certificate(iotest.ErrReader(broken), pkcs8, "x", from); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
}

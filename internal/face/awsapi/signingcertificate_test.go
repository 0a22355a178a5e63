package awsapi_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"testing"
	"time"
)

func readCertificate(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	if block, _ := pem.Decode([]byte(text)); block != nil {
		t.Error("the certificate has PEM lines")
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGetSigningCertificate(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool}
	results := make(chan string, 4)
	for range cap(results) {
		go func() {
			out, refused := w.call("GetSigningCertificate", in)
			results <- refused + fmt.Sprint(out["Certificate"])
		}()
	}
	first := <-results
	for range cap(results) - 1 {
		if other := <-results; other != first {
			t.Errorf("concurrent requests returned %s and %s", first, other)
		}
	}
	c := readCertificate(t, first)
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("signature: %v", err)
	}
	if years := c.NotAfter.Sub(c.NotBefore).Hours() / 24 / 365; years < 9.9 || years > 10.1 ||
		c.Subject.CommonName != pool {
		t.Errorf("the certificate is for %s and %.1f years, want %s and 10 years", c.Subject, years, pool)
	}
	w.clk.Advance(3 * 365 * 24 * time.Hour)
	if again := at(w.must("GetSigningCertificate", in), "Certificate"); again != first {
		t.Error("the certificate changed")
	}
	if other := at(w.must("GetSigningCertificate", object{"UserPoolId": w.pool(nil)}), "Certificate"); other == first {
		t.Error("two pools share a certificate")
	}
	w.refusal("GetSigningCertificate", object{"UserPoolId": "us-east-1_nowhere"},
		"ResourceNotFoundException: User pool us-east-1_nowhere does not exist.")
}

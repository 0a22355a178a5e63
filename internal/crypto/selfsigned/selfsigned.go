package selfsigned

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
)

// years is the validity period of a certificate. Source: API reference
// GetSigningCertificate.
const years = 10

// Certificate returns the DER form of a certificate for an RSA key in PKCS #8
// form. Its subject and issuer have the common name name; it is valid for ten
// years from the given time.
func Certificate(rand io.Reader, pkcs8 []byte, name string, from time.Time) ([]byte, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, errors.New("selfsigned: not a PKCS #8 key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("selfsigned: the key cannot sign")
	}
	serial := make([]byte, 8)
	if _, err := io.ReadFull(rand, serial); err != nil {
		return nil, fmt.Errorf("selfsigned: %w", err)
	}
	// The serial number must be positive (RFC 5280 section 4.1.2.2).
	serial[0] = serial[0]&0x7f | 0x40
	from = from.UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: from.AddDate(years, 0, 0), SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("selfsigned: %w", err)
	}
	return der, nil
}

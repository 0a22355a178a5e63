package jose

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
)

const keyBits = 2048

// The header of a token consists of kid and alg, in this order, as Amazon
// Cognito writes it. The key id is between these texts.
const (
	headerStart = `{"kid":"`
	headerEnd   = `","alg":"RS256"}`
)

// SigningKey is an RSA key with its id. It prints as [redacted].
type SigningKey struct {
	private *rsa.PrivateKey
	id      string
	header  string // base64url, with the dot
}

// String returns "[redacted]".
func (*SigningKey) String() string { return "[redacted]" }

// GoString returns "[redacted]".
func (*SigningKey) GoString() string { return "[redacted]" }

// LogValue returns "[redacted]".
func (*SigningKey) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Format writes "[redacted]" for every verb.
func (*SigningKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// GenerateSigningKey returns a new RSA key of 2048 bits. It takes about 0.1 s.
func GenerateSigningKey(rand io.Reader) (*SigningKey, error) {
	private, err := rsa.GenerateKey(rand, keyBits)
	if err != nil {
		return nil, fmt.Errorf("jose: %w", err)
	}
	return newSigningKey(private)
}

// ParseSigningKey parses a key in the form that PKCS8 returns.
func ParseSigningKey(pkcs8 []byte) (*SigningKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, errors.New("jose: not a PKCS #8 key")
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() != keyBits {
		return nil, fmt.Errorf("jose: not an RSA key of %d bits", keyBits)
	}
	return newSigningKey(private)
}

func newSigningKey(private *rsa.PrivateKey) (*SigningKey, error) {
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("jose: %w", err)
	}
	sum := sha256.Sum256(spki)
	id := base64.StdEncoding.EncodeToString(sum[:])
	header := base64.RawURLEncoding.EncodeToString([]byte(headerStart + id + headerEnd))
	return &SigningKey{private: private, id: id, header: header + "."}, nil
}

// KeyID returns the kid: a hash of the public key, 44 characters of base64.
func (k *SigningKey) KeyID() string { return k.id }

// Public returns the key that verifies.
func (k *SigningKey) Public() *rsa.PublicKey { return &k.private.PublicKey }

// PKCS8 returns the private key in PKCS #8 form. It has to be sealed before it
// is stored.
func (k *SigningKey) PKCS8() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

// Sign returns the compact JWS of the claims.
func (k *SigningKey) Sign(claims []byte) (string, error) {
	enc := base64.RawURLEncoding
	out := make([]byte, 0, len(k.header)+enc.EncodedLen(len(claims))+1+enc.EncodedLen(k.private.Size()))
	out = append(out, k.header...)
	out = enc.AppendEncode(out, claims)
	sum := sha256.Sum256(out)
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("jose: %w", err)
	}
	out = append(out, '.')
	return string(enc.AppendEncode(out, signature)), nil
}

// AppendJWKS appends the JSON Web Key Set (RFC 7517) of the keys to dst.
// Members are in the order of Amazon Cognito.
func AppendJWKS(dst []byte, keys ...*SigningKey) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	dst = append(dst, `{"keys":[`...)
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := big.NewInt(int64(k.private.E)).Bytes()
		dst = append(dst, `{"alg":"RS256","e":"`+b64(e)+`","kid":"`+k.id+
			`","kty":"RSA","n":"`+b64(k.private.N.Bytes())+`","use":"sig"}`...)
	}
	return append(dst, `]}`...)
}

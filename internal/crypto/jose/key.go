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

// SigningKey is an RSA key with its id. It prints as [redacted].
type SigningKey struct {
	private *rsa.PrivateKey
	id      string
	header  string // base64url, with the dot
}

func (*SigningKey) String() string       { return "[redacted]" }
func (*SigningKey) GoString() string     { return "[redacted]" }
func (*SigningKey) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Format keeps every verb of fmt from printing the key.
func (*SigningKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// GenerateSigningKey makes an RSA-2048 key; it takes about a tenth of a second.
func GenerateSigningKey(rand io.Reader) (*SigningKey, error) {
	private, err := rsa.GenerateKey(rand, keyBits)
	if err != nil {
		return nil, fmt.Errorf("jose: %w", err)
	}
	return newSigningKey(private)
}

// ParseSigningKey reads a key that PKCS8 wrote.
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
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"kid":"` + id + `","alg":"RS256"}`))
	return &SigningKey{private: private, id: id, header: header + "."}, nil
}

// KeyID is the kid: 44 characters of base64 over a hash of the public key.
func (k *SigningKey) KeyID() string { return k.id }

// Public is the key that verifies.
func (k *SigningKey) Public() *rsa.PublicKey { return &k.private.PublicKey }

// PKCS8 is the private key's bytes, to be sealed.
func (k *SigningKey) PKCS8() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

// Sign returns the compact JWS of the claims. Its header has exactly kid and
// alg, in this order, as Amazon Cognito writes it.
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

// AppendJWKS appends the JSON Web Key Set of the keys (RFC 7517), members in
// the order of Amazon Cognito's.
func AppendJWKS(dst []byte, keys ...*SigningKey) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	dst = append(dst, `{"keys":[`...)
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := big.NewInt(int64(k.private.E)).Bytes()
		dst = append(dst, `{"alg":"RS256","e":"`+b64(e)+`","kid":"`+k.id+`","kty":"RSA","n":"`+b64(k.private.N.Bytes())+`","use":"sig"}`...)
	}
	return append(dst, `]}`...)
}

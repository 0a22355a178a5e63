package jose

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	// ErrMalformed is returned for a text that is not a compact RS256 token.
	ErrMalformed = errors.New("jose: not a token")
	// ErrSignature is returned for a token that none of the keys has signed.
	ErrSignature = errors.New("jose: no known key has signed this token")
)

// maxToken is above any token that Lifeguard issues: 5,000 claims and more.
const maxToken = 256 << 10

// decode decodes a part of a token. Every value has exactly one text: the
// decoder is strict, but skips line breaks, and so the length is compared.
func decode(part string) ([]byte, error) {
	encoding := base64.RawURLEncoding.Strict()
	value, err := encoding.DecodeString(part)
	if err != nil || len(value) == 0 || encoding.EncodedLen(len(value)) != len(part) {
		return nil, ErrMalformed
	}
	return value, nil
}

// parts are the decoded parts of a compact token. signed is the text that the
// signature is of.
type parts struct {
	keyID, signed      string
	payload, signature []byte
}

// split decodes a compact token. Its header has to be of the form that Sign
// writes: no other algorithm, no key or reference to one, no extension. It
// checks the length and the number of dots before it decodes.
func split(token string) (p parts, err error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return p, ErrMalformed
	}
	dot := strings.LastIndexByte(token, '.')
	p.signed = token[:dot]
	first, second, _ := strings.Cut(p.signed, ".")
	header, err := decode(first)
	if err != nil {
		return p, err
	}
	if p.payload, err = decode(second); err != nil {
		return p, err
	}
	if p.signature, err = decode(token[dot+1:]); err != nil {
		return p, err
	}
	rest, starts := strings.CutPrefix(string(header), headerStart)
	keyID, ends := strings.CutSuffix(rest, headerEnd)
	if !starts || !ends || keyID == "" || strings.ContainsAny(keyID, `"\`) {
		return p, ErrMalformed
	}
	p.keyID = keyID
	return p, nil
}

// Verify returns the claims of a token if the key that its kid names has
// signed it. keys returns nil for an unknown id.
func Verify(token string, keys func(keyID string) *rsa.PublicKey) ([]byte, error) {
	p, err := split(token)
	if err != nil {
		return nil, err
	}
	key := keys(p.keyID)
	if key == nil {
		return nil, ErrSignature
	}
	sum := sha256.Sum256([]byte(p.signed))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], p.signature) != nil {
		return nil, ErrSignature
	}
	return p.payload, nil
}

// DecodeClaims decodes claims into a struct. Unlike encoding/json it compares
// names exactly, since a function may have added a claim Sub beside sub, and
// refuses an object with a name that occurs twice. Integers are exact. Invalid
// UTF-8 is replaced by U+FFFD, as in encoding/json.
func DecodeClaims(claims []byte, into any) error {
	return json.Unmarshal(claims, into, jsontext.AllowInvalidUTF8(true))
}

// Peek returns the issuer and the key id that a token claims. It verifies
// nothing: use it only to find the keys for Verify.
func Peek(token string) (issuer, keyID string, err error) {
	p, err := split(token)
	if err != nil {
		return "", "", err
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if DecodeClaims(p.payload, &claims) != nil {
		return "", "", ErrMalformed
	}
	return claims.Issuer, p.keyID, nil
}

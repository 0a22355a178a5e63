package jose

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	jose "github.com/go-jose/go-jose/v4"
	exact "github.com/go-jose/go-jose/v4/json"
)

var (
	// ErrMalformed is returned for a text that is not a compact RS256 token.
	ErrMalformed = errors.New("jose: not a token")
	// ErrSignature is returned for a token that none of the keys has signed.
	ErrSignature = errors.New("jose: no known key has signed this token")
)

// maxToken is above any token that Lifeguard issues: 5,000 claims and more.
const maxToken = 256 << 10

// header is the header of a token. Tokens with members that contain or refer to
// a key, or require extensions, are refused.
type header struct {
	KeyID    string          `json:"kid"`
	Alg      string          `json:"alg"`
	JWK      json.RawMessage `json:"jwk"`
	JKU      json.RawMessage `json:"jku"`
	X5U      json.RawMessage `json:"x5u"`
	X5C      json.RawMessage `json:"x5c"`
	Critical json.RawMessage `json:"crit"`
}

func (h header) refused() bool {
	return h.Alg != "RS256" || h.KeyID == "" || h.JWK != nil || h.JKU != nil || h.X5U != nil || h.X5C != nil ||
		h.Critical != nil
}

// split splits a compact token. It checks the length and the number of dots
// before it decodes.
func split(token string) (head header, payload string, err error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return head, "", ErrMalformed
	}
	first, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for _, part := range []string{first, payload, signature} {
		if part == "" || strings.ContainsAny(part, "\r\n") {
			return head, "", ErrMalformed
		}
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return head, "", ErrMalformed
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(first)
	if json.Unmarshal(raw, &head) != nil || head.refused() {
		return head, "", ErrMalformed
	}
	return head, payload, nil
}

// Verify returns the claims of a token if the key that its kid names has
// signed it. keys returns nil for an unknown id.
func Verify(token string, keys func(keyID string) *rsa.PublicKey) ([]byte, error) {
	head, _, err := split(token)
	if err != nil {
		return nil, err
	}
	key := keys(head.KeyID)
	if key == nil {
		return nil, ErrSignature
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, ErrMalformed
	}
	claims, err := parsed.Verify(key)
	if err != nil {
		return nil, ErrSignature
	}
	return claims, nil
}

// DecodeClaims decodes verified claims into a struct. Unlike encoding/json it
// compares names exactly: a function may have added a claim Sub beside sub. It
// refuses a name that occurs twice. Its cost is too high for unverified claims.
func DecodeClaims(claims []byte, into any) error { return exact.Unmarshal(claims, into) }

// Peek returns the issuer and the key id that a token claims. It verifies
// nothing: use it only to find the keys for Verify.
func Peek(token string) (issuer, keyID string, err error) {
	head, payload, err := split(token)
	if err != nil {
		return "", "", err
	}
	raw, _ := base64.RawURLEncoding.DecodeString(payload)
	var claims struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(raw, &claims) != nil {
		return "", "", ErrMalformed
	}
	return claims.Issuer, head.KeyID, nil
}

package seal

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

const (
	// fivePartsHeader is the header of Cognito's refresh tokens,
	// {"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}.
	fivePartsHeader = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ"
	// keyPart is the length of an RSA-2048 encrypted key. The part contains the
	// salt of the content key instead, which avoids an RSA decryption per refresh.
	keyPart = 256
	// minPlain pads short contents, so that a token is as long as Cognito's.
	minPlain      = 900
	lengthOfPlain = 2
	// MaxJWE is the largest number of bytes that SealJWE accepts.
	// A client may have 50 scopes of 256 characters, which take 12,849 bytes;
	// the rest is for other contents.
	MaxJWE = 16 << 10
)

// maxFiveParts bounds the text that is parsed before it has been authenticated.
// It is the maximum length of a text of SealJWE.
var maxFiveParts = func() int {
	n := len(fivePartsHeader)
	for _, part := range []int{keyPart, nonceSize, lengthOfPlain + MaxJWE, tagSize} {
		n += len(".") + base64.RawURLEncoding.EncodedLen(part)
	}
	return n
}()

// SealJWE seals plaintext as text with the shape of a compact JWE (RFC
// 7516): five base64url parts, the first of them a fixed header. It returns
// ErrTooLong for more than MaxJWE bytes. See docs/divergences TS-2.
func (t Tokens) SealJWE(rand io.Reader, binding, plaintext []byte) (string, error) {
	if len(plaintext) > MaxJWE {
		return "", ErrTooLong
	}
	id, key := t.newest()
	random, err := drawSalt(rand, id, keyPart+nonceSize)
	if err != nil {
		return "", err
	}
	salt, nonce := random[:keyPart], random[keyPart:]
	once, err := key.once(salt, fivePartsShape)
	if err != nil {
		return "", err
	}
	padded := make([]byte, max(minPlain, lengthOfPlain+len(plaintext)))
	binary.BigEndian.PutUint16(padded, uint16(len(plaintext)))
	copy(padded[lengthOfPlain:], plaintext)
	sealed := once.Seal(nil, nonce, padded, fivePartsBinding(binding))
	body, tag := sealed[:len(sealed)-tagSize], sealed[len(sealed)-tagSize:]
	b64 := base64.RawURLEncoding.EncodeToString
	return strings.Join([]string{fivePartsHeader, b64(salt), b64(nonce), b64(body), b64(tag)}, "."), nil
}

// OpenJWE returns the plaintext of a text that SealJWE made for the
// same purpose and binding. Otherwise it returns ErrToken or, for a text of a
// retired root, ErrTokenExpired. Any other error is from the source of the
// roots.
func (t Tokens) OpenJWE(ctx context.Context, binding []byte, text string) ([]byte, error) {
	parts, ok := splitFiveParts(text)
	if !ok {
		return nil, ErrToken
	}
	id, first := idOf(parts.salt), RootID{}
	if _, known := t.source.Roots().find(id); known {
		return t.openFiveParts(ctx, id, binding, parts)
	}
	// Older texts of the first root have random bytes in place of the id.
	plain, refused := t.openFiveParts(ctx, first, binding, parts)
	if refused == nil {
		return plain, nil
	}
	plain, err := t.openFiveParts(ctx, id, binding, parts)
	if errors.Is(err, ErrToken) {
		err = refused
	}
	return plain, err
}

// fiveParts are the decoded parts after the header.
type fiveParts struct{ salt, nonce, sealed []byte }

func splitFiveParts(text string) (p fiveParts, ok bool) {
	if len(text) > maxFiveParts {
		return p, false
	}
	parts := strings.Split(text, ".")
	if len(parts) != 5 || parts[0] != fivePartsHeader {
		return p, false
	}
	var raw [4][]byte
	for i, part := range parts[1:] {
		b, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return p, false
		}
		raw[i] = b
	}
	ok = len(raw[0]) == keyPart && len(raw[1]) == nonceSize && len(raw[3]) == tagSize
	return fiveParts{salt: raw[0], nonce: raw[1], sealed: append(raw[2], raw[3]...)}, ok
}

// openFiveParts opens a text under the root with the id.
func (t Tokens) openFiveParts(ctx context.Context, id RootID, binding []byte, p fiveParts) ([]byte, error) {
	key, err := t.key(ctx, id)
	if err != nil {
		return nil, err
	}
	once, err := key.once(p.salt, fivePartsShape)
	if err != nil {
		return nil, err
	}
	padded, err := authentic(once.Open(nil, p.nonce, p.sealed, fivePartsBinding(binding)))
	if err != nil || len(padded) < lengthOfPlain {
		return nil, ErrToken
	}
	n := int(binary.BigEndian.Uint16(padded))
	if n > len(padded)-lengthOfPlain {
		return nil, ErrToken
	}
	return padded[lengthOfPlain : lengthOfPlain+n], nil
}

// fivePartsBinding authenticates the header, as a JWE does, and the caller's binding.
func fivePartsBinding(binding []byte) []byte {
	return append(Bind(fivePartsHeader), binding...)
}

package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
)

const (
	// fivePartsHeader is the header of Cognito's refresh tokens,
	// {"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}.
	fivePartsHeader = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ"
	// keyPart is as long as an RSA-2048 encrypted key. It holds no key: the
	// content key is derived from it, which spares an RSA decryption a refresh.
	keyPart = 256
	// minPlain pads short contents, so that a token is as long as Cognito's.
	minPlain      = 900
	lengthOfPlain = 2
	// MaxFiveParts is the largest number of bytes that SealFiveParts accepts.
	// A client may have 50 scopes of 256 characters, which take 12,849 bytes;
	// the rest is for other contents.
	MaxFiveParts = 16 << 10
)

// maxFiveParts bounds the text that is looked at before it has been
// authenticated: it is as long as the longest that SealFiveParts makes.
var maxFiveParts = func() int {
	n := len(fivePartsHeader)
	for _, part := range []int{keyPart, nonceSize, lengthOfPlain + MaxFiveParts, tagSize} {
		n += len(".") + base64.RawURLEncoding.EncodedLen(part)
	}
	return n
}()

// SealFiveParts seals plaintext as text with the shape of a compact JWE (RFC
// 7516): five base64url parts, the first of them a fixed header. It returns
// ErrTooLong for more than MaxFiveParts bytes. See docs/divergences TS-2.
func (k Key) SealFiveParts(rand io.Reader, binding, plaintext []byte) (string, error) {
	if len(plaintext) > MaxFiveParts {
		return "", ErrTooLong
	}
	random := make([]byte, keyPart+nonceSize)
	if _, err := io.ReadFull(rand, random); err != nil {
		return "", err
	}
	content, err := k.contentKey(random[:keyPart])
	if err != nil {
		return "", err
	}
	padded := make([]byte, max(minPlain, lengthOfPlain+len(plaintext)))
	binary.BigEndian.PutUint16(padded, uint16(len(plaintext)))
	copy(padded[lengthOfPlain:], plaintext)
	nonce := random[keyPart:]
	sealed := content.aead.Seal(nil, nonce, padded, fivePartsBinding(binding))
	body, tag := sealed[:len(sealed)-tagSize], sealed[len(sealed)-tagSize:]
	b64 := base64.RawURLEncoding.EncodeToString
	return strings.Join([]string{fivePartsHeader, b64(random[:keyPart]), b64(nonce), b64(body), b64(tag)}, "."), nil
}

// OpenFiveParts returns the plaintext of a text that SealFiveParts made with
// the same key and binding, or ErrOpen.
func (k Key) OpenFiveParts(binding []byte, token string) ([]byte, error) {
	if len(token) > maxFiveParts {
		return nil, ErrOpen
	}
	parts := strings.Split(token, ".")
	if len(parts) != 5 || parts[0] != fivePartsHeader {
		return nil, ErrOpen
	}
	var raw [4][]byte
	for i, p := range parts[1:] {
		b, err := base64.RawURLEncoding.Strict().DecodeString(p)
		if err != nil || strings.ContainsAny(p, "\r\n") {
			return nil, ErrOpen
		}
		raw[i] = b
	}
	if len(raw[0]) != keyPart || len(raw[1]) != nonceSize || len(raw[3]) != tagSize {
		return nil, ErrOpen
	}
	content, err := k.contentKey(raw[0])
	if err != nil {
		return nil, ErrOpen
	}
	padded, err := content.aead.Open(nil, raw[1], append(raw[2], raw[3]...), fivePartsBinding(binding))
	if err != nil || len(padded) < lengthOfPlain {
		return nil, ErrOpen
	}
	n := int(binary.BigEndian.Uint16(padded))
	if n > len(padded)-lengthOfPlain {
		return nil, ErrOpen
	}
	return padded[lengthOfPlain : lengthOfPlain+n], nil
}

func (k Key) contentKey(part []byte) (Key, error) {
	raw, err := hkdf.Key(sha256.New, k.raw[:], part, "lifeguard five parts", KeySize)
	if err != nil {
		return Key{}, err
	}
	return NewKey(raw)
}

// fivePartsBinding authenticates the header, as a JWE does, and the caller's binding.
func fivePartsBinding(binding []byte) []byte {
	return append(Bind(fivePartsHeader), binding...)
}

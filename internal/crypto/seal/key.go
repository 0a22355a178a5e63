package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const (
	// KeySize is the length of a key in bytes.
	KeySize   = 32
	nonceSize = 12
	tagSize   = 16
	// version is the first byte of the result of Seal.
	version = 1
)

// ErrOpen is returned for every value that cannot be opened, whatever the
// reason.
var ErrOpen = errors.New("seal: cannot be opened")

// ErrTooLong is returned when a value is too long to be opened again.
var ErrTooLong = errors.New("seal: too long")

// Key seals and opens values. It prints as [redacted].
type Key struct {
	raw  [KeySize]byte
	aead cipher.AEAD
}

// String returns "[redacted]".
func (Key) String() string { return "[redacted]" }

// GoString returns "[redacted]".
func (Key) GoString() string { return "[redacted]" }

// LogValue returns "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Format writes "[redacted]" for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// NewKey returns the key with the given KeySize bytes.
func NewKey(raw []byte) (Key, error) {
	if len(raw) != KeySize {
		return Key{}, fmt.Errorf("seal: a key has %d bytes, not %d", KeySize, len(raw))
	}
	var k Key
	copy(k.raw[:], raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		return Key{}, err
	}
	k.aead, err = cipher.NewGCM(block)
	return k, err
}

// GenerateKey returns a random key and its bytes.
func GenerateKey(rand io.Reader) (Key, []byte, error) {
	raw := make([]byte, KeySize)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return Key{}, nil, err
	}
	k, err := NewKey(raw)
	return k, raw, err
}

// Derive returns the key for one purpose (HKDF-SHA256, RFC 5869). Keep the
// result: Derive sets up the cipher.
func (k Key) Derive(purpose string) Key {
	raw, err := hkdf.Key(sha256.New, k.raw[:], nil, "lifeguard "+purpose, KeySize)
	if err != nil {
		panic(err) // impossible for this length
	}
	derived, err := NewKey(raw)
	if err != nil {
		panic(err)
	}
	return derived
}

// Bind returns the binding of a sealed value. Each part is prefixed with its
// length, so that different lists of parts have different bindings.
func Bind(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// Seal returns version, nonce and ciphertext of plaintext. Open needs the same
// binding.
func (k Key) Seal(rand io.Reader, binding, plaintext []byte) ([]byte, error) {
	out := make([]byte, 1+nonceSize, 1+nonceSize+len(plaintext)+tagSize)
	out[0] = version
	if _, err := io.ReadFull(rand, out[1:]); err != nil {
		return nil, err
	}
	return k.aead.Seal(out, out[1:1+nonceSize], plaintext, binding), nil
}

// Open returns the plaintext of a value that Seal made with the same key and
// binding, or ErrOpen.
func (k Key) Open(binding, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+nonceSize+tagSize || sealed[0] != version {
		return nil, ErrOpen
	}
	plain, err := k.aead.Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], binding)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// MAC returns a keyed hash (HMAC-SHA256) of the parts. It is for secrets that
// are too short for a hash without a key, such as one-time codes.
func (k Key) MAC(parts ...string) []byte {
	h := hmac.New(sha256.New, k.raw[:])
	h.Write(Bind(parts...))
	return h.Sum(nil)
}

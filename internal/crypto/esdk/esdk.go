package esdk

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

const (
	version       = 0x01
	messageType   = 0x80   // customer authenticated encrypted data
	suite         = 0x0378 // AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384
	framed        = 0x02
	provider      = "aws-kms"
	frameLength   = 4096
	keySize       = 32
	ivSize        = 12
	messageIDSize = 16

	// publicKey is the name of the public key in the context: the compressed point
	// in base64.
	publicKey = "aws-crypto-public-key"
	reserved  = "aws-crypto-" // prefix of the SDK's own names in the context
)

// DataKey is a key for one message, in plaintext and wrapped by a master key.
type DataKey struct {
	KeyARN    string // of the master key
	Plaintext []byte // 32 bytes
	Wrapped   []byte
}

// String returns "[redacted]".
func (DataKey) String() string { return "[redacted]" }

// Format writes "[redacted]" for every verb.
func (DataKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// Message is a message without its data key. Seal it once.
type Message struct {
	id      []byte
	signer  *ecdsa.PrivateKey
	context map[string]string
}

// New returns a message with a context, which is authenticated and not
// encrypted. Names that begin with aws-crypto- are reserved.
func New(rand io.Reader, context map[string]string) (*Message, error) {
	for name := range context {
		if len(name) >= len(reserved) && name[:len(reserved)] == reserved {
			return nil, fmt.Errorf("esdk: the context's name %q is reserved", name)
		}
	}
	m := &Message{id: make([]byte, messageIDSize), context: maps.Clone(context)}
	if m.context == nil {
		m.context = map[string]string{}
	}
	if _, err := io.ReadFull(rand, m.id); err != nil {
		return nil, err
	}
	var err error
	if m.signer, err = ecdsa.GenerateKey(elliptic.P384(), rand); err != nil {
		return nil, fmt.Errorf("esdk: signing key: %w", err)
	}
	point, err := compressed(&m.signer.PublicKey)
	if err != nil {
		return nil, err
	}
	m.context[publicKey] = base64.StdEncoding.EncodeToString(point)
	return m, nil
}

// compressed returns the point of a key in the compressed form of SEC 1 section
// 2.3.3.
func compressed(k *ecdsa.PublicKey) ([]byte, error) {
	whole, err := k.Bytes()
	if err != nil {
		return nil, fmt.Errorf("esdk: public key: %w", err)
	}
	half := (len(whole) - 1) / 2
	return append([]byte{2 + whole[len(whole)-1]&1}, whole[1:1+half]...), nil
}

// Context returns the context for which the data key must be wrapped: that of
// New and the public key of the signature.
func (m *Message) Context() map[string]string { return maps.Clone(m.context) }

// Seal encrypts and signs plaintext, which must fit in one frame of 4096
// bytes.
func (m *Message) Seal(rand io.Reader, k DataKey, plaintext []byte) ([]byte, error) {
	switch {
	case len(k.Plaintext) != keySize:
		return nil, fmt.Errorf("esdk: a data key has %d bytes, not %d", keySize, len(k.Plaintext))
	case len(plaintext) > frameLength:
		return nil, errors.New("esdk: the plaintext is longer than a frame")
	}
	aead, err := m.cipher(k.Plaintext)
	if err != nil {
		return nil, err
	}
	header, err := m.header(k)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, ivSize)
	tag := aead.Seal(nil, iv, nil, header)
	message := append(append(header, iv...), tag...)
	message = m.appendFinalFrame(message, aead, plaintext)
	return m.sign(rand, message)
}

// cipher derives the message's key from the data key (RFC 5869).
func (m *Message) cipher(dataKey []byte) (cipher.AEAD, error) {
	info := append(binary.BigEndian.AppendUint16(nil, suite), m.id...)
	key, err := hkdf.Key(sha512.New384, dataKey, nil, string(info), keySize)
	if err != nil {
		return nil, fmt.Errorf("esdk: derive: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// header returns the header without its IV and tag.
func (m *Message) header(k DataKey) ([]byte, error) {
	w := &writer{b: []byte{version, messageType}}
	w.number(suite)
	w.b = append(w.b, m.id...)
	context := &writer{}
	context.number(len(m.context))
	for _, name := range slices.Sorted(maps.Keys(m.context)) {
		context.field(name)
		context.field(m.context[name])
	}
	w.field(string(context.b))
	w.number(1) // encrypted data keys
	w.field(provider)
	w.field(k.KeyARN)
	w.field(string(k.Wrapped))
	w.b = append(w.b, framed, 0, 0, 0, 0, ivSize)
	w.b = binary.BigEndian.AppendUint32(w.b, frameLength)
	return w.b, errors.Join(w.err, context.err)
}

// appendFinalFrame appends the only frame. Its IV is its sequence number, since
// its key is used for this message only.
func (m *Message) appendFinalFrame(message []byte, aead cipher.AEAD, plaintext []byte) []byte {
	const sequence = 1
	iv := binary.BigEndian.AppendUint32(make([]byte, ivSize-4), sequence)
	aad := bytes.Join([][]byte{m.id, []byte("AWSKMSEncryptionClient Final Frame")}, nil)
	aad = binary.BigEndian.AppendUint32(aad, sequence)
	aad = binary.BigEndian.AppendUint64(aad, uint64(len(plaintext)))
	message = binary.BigEndian.AppendUint32(message, math.MaxUint32)
	message = binary.BigEndian.AppendUint32(message, sequence)
	message = append(message, iv...)
	message = binary.BigEndian.AppendUint32(message, uint32(len(plaintext)))
	return aead.Seal(message, iv, plaintext, aad)
}

// sign appends the footer: a signature of everything before it.
func (m *Message) sign(rand io.Reader, message []byte) ([]byte, error) {
	sum := sha512.Sum384(message)
	signature, err := ecdsa.SignASN1(rand, m.signer, sum[:])
	if err != nil {
		return nil, fmt.Errorf("esdk: sign: %w", err)
	}
	w := &writer{b: message}
	w.field(string(signature))
	return w.b, w.err
}

// writer writes numbers and fields of the format: two bytes of length, then
// the value. It keeps the first error.
type writer struct {
	b   []byte
	err error
}

func (w *writer) number(n int) {
	if n > math.MaxUint16 && w.err == nil {
		w.err = fmt.Errorf("esdk: %d does not fit into two bytes", n)
	}
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(n))
}

func (w *writer) field(s string) {
	w.number(len(s))
	w.b = append(w.b, s...)
}

package esdktest

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
	"fmt"
	"testing"
)

// Message is the result of Open.
type Message struct {
	Context        map[string]string
	ContextBytes   []byte // as in the header
	Provider, Info string // of the data key
	Wrapped        []byte
	Plaintext      []byte
}

// reader reads the fields of a message. It shares no code with package esdk.
type reader struct {
	rest []byte
	t    testing.TB
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.t.Helper()
		r.t.Fatal("the message ends within a field")
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
func (r *reader) u16() int      { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) u32() uint32   { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) field() []byte { return r.take(r.u16()) }

// Open decrypts and verifies a message of one frame. unwrap returns the
// plaintext of the wrapped data key. An invalid message fails the test.
func Open(t testing.TB, message []byte, unwrap func(Message) []byte) Message {
	t.Helper()
	r := &reader{message, t}
	start := r.take(4)
	if !bytes.Equal(start, []byte{1, 0x80, 0x03, 0x78}) {
		t.Fatalf("begins with %x", start)
	}
	id := r.take(16)
	o := Message{Context: map[string]string{}, ContextBytes: r.field()}
	context := &reader{o.ContextBytes, t}
	for range context.u16() {
		name := context.field()
		o.Context[string(name)] = string(context.field())
	}
	if n := r.u16(); n != 1 {
		t.Fatalf("%d data keys", n)
	}
	o.Provider, o.Info = string(r.field()), string(r.field())
	o.Wrapped = r.field()
	if tail := r.take(6); !bytes.Equal(tail, []byte{2, 0, 0, 0, 0, 12}) {
		t.Fatalf("content type, reserved and IV length: %x", tail)
	}
	if n := r.u32(); n != 4096 {
		t.Fatalf("frames of %d bytes", n)
	}
	header := message[:len(message)-len(r.rest)]
	aead := deriveCipher(t, unwrap(o), id)
	if _, err := aead.Open(nil, r.take(12), r.take(16), header); err != nil {
		t.Fatalf("the header's tag: %v", err)
	}
	o.Plaintext = finalFrame(t, r, aead, id)
	signed := message[:len(message)-len(r.rest)]
	verifySignature(t, o.Context["aws-crypto-public-key"], signed, r.field())
	if len(r.rest) > 0 {
		t.Fatalf("%d bytes after the end", len(r.rest))
	}
	return o
}

func deriveCipher(t testing.TB, dataKey, id []byte) cipher.AEAD {
	t.Helper()
	key, err := hkdf.Key(sha512.New384, dataKey, nil, "\x03\x78"+string(id), 32)
	if err != nil {
		t.Fatal(err)
	}
	return gcm(t, key)
}

func gcm(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

func finalFrame(t testing.TB, r *reader, aead cipher.AEAD, id []byte) []byte {
	t.Helper()
	if end, sequence := r.u32(), r.u32(); end != 0xffffffff || sequence != 1 {
		t.Fatalf("the frame begins with %x, %d", end, sequence)
	}
	iv, n := r.take(12), int(r.u32())
	aad := fmt.Appendf(nil, "%sAWSKMSEncryptionClient Final Frame", id)
	aad = binary.BigEndian.AppendUint32(aad, 1)
	aad = binary.BigEndian.AppendUint64(aad, uint64(n))
	plaintext, err := aead.Open(nil, iv, r.take(n+16), aad)
	if err != nil {
		t.Fatalf("the frame: %v", err)
	}
	return plaintext
}

func verifySignature(t testing.TB, key string, signed, signature []byte) {
	t.Helper()
	point, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), point)
	if x == nil {
		t.Fatalf("the context's public key is not a point: %s", key)
	}
	sum := sha512.Sum384(signed)
	uncompressed := make([]byte, 97)
	uncompressed[0] = 4
	x.FillBytes(uncompressed[1:49])
	y.FillBytes(uncompressed[49:])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), uncompressed)
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.VerifyASN1(public, sum[:], signature) {
		t.Fatal("the signature does not verify")
	}
}

package esdk_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"

	"lifeguard/internal/crypto/esdk"
)

// opened is a message as the reader below finds it.
type opened struct {
	context             map[string]string
	provider, info      string
	wrapped, wrapAAD    []byte
	plaintext, unsigned []byte
}

// reader reads the format on its own account: it shares nothing with the writer.
type reader struct {
	rest []byte
	fail func(string, ...any)
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail("the message ends within a field")
		n = len(r.rest)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
func (r *reader) u16() int      { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) u32() uint32   { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) field() []byte { return r.take(r.u16()) }

// open reads a message of one frame; unwrap makes the data key of what was
// wrapped.
func open(t *testing.T, message []byte, unwrap func(opened) []byte) opened {
	t.Helper()
	r := &reader{message, t.Fatalf}
	start := r.take(4)
	if !bytes.Equal(start, []byte{1, 0x80, 0x03, 0x78}) {
		t.Fatalf("begins with %x", start)
	}
	id := r.take(16)
	o := opened{context: map[string]string{}, wrapAAD: r.field()}
	context := &reader{o.wrapAAD, t.Fatalf}
	for range context.u16() {
		name := context.field()
		o.context[string(name)] = string(context.field())
	}
	if n := r.u16(); n != 1 {
		t.Fatalf("%d data keys", n)
	}
	o.provider, o.info = string(r.field()), string(r.field())
	o.wrapped = r.field()
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
	o.plaintext = finalFrame(t, r, aead, id)
	signed := message[:len(message)-len(r.rest)]
	verifySignature(t, o.context["aws-crypto-public-key"], signed, r.field())
	if len(r.rest) > 0 {
		t.Fatalf("%d bytes behind the end", len(r.rest))
	}
	return o
}

func deriveCipher(t *testing.T, dataKey, id []byte) cipher.AEAD {
	t.Helper()
	key, err := hkdf.Key(sha512.New384, dataKey, nil, "\x03\x78"+string(id), 32)
	if err != nil {
		t.Fatal(err)
	}
	return gcm(t, key)
}

func gcm(t *testing.T, key []byte) cipher.AEAD {
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

func finalFrame(t *testing.T, r *reader, aead cipher.AEAD, id []byte) []byte {
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

func verifySignature(t *testing.T, key string, signed, signature []byte) {
	t.Helper()
	point, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), point)
	if x == nil {
		t.Fatalf("the context's public key is no point: %s", key)
	}
	sum := sha512.Sum384(signed)
	public := &ecdsa.PublicKey{Curve: elliptic.P384(), X: new(big.Int).Set(x), Y: y}
	if !ecdsa.VerifyASN1(public, sum[:], signature) {
		t.Fatal("the signature does not verify")
	}
}

// foreign was written by @aws-crypto/client-node 5.0.2 with a raw AES keyring:
// key name n, the key 00 01 … 1f.
const foreign = "AYADeGzdpxyajv/0A1aqeVFytYYAhgADAAFhAALDtgAVYXdzLWNyeXB0by1wdWJsaWMta2V5AERBcE5ueVMyWGc1TWN4Tm92T2VCV1d0ZjNuYklCOStoU0JmLzVYZEtwcjZHWGxSd25NTndxNEpBWjlLR3AvT1V6T3c9PQALdXNlcnBvb2wtaWQAEXVzLWVhc3QtMV9FeGFtcGxlAAEAAXMAFW4AAACAAAAADPOobCpJkAR+SHcuMQAw11xO4SsxRwuogYO31tvXPMvy9HCdAkUGZXwE8vR9P+HfT6L33EbcO+Mm+fnRr7Q8AgAAAAAMAAAQAAAAAAAAAAAAAAAAAG8LySkcL+ZYHm00Yeb+eXb/////AAAAAQAAAAAAAAAAAAAAAQAAAAaXC4XrO9G8fEK/5e3i64Y2jJclSxo2AGcwZQIwXORaFtoq3f5G00WffihiKIYvfFxNAyUSxPx5fcnzoOb7e+ZTJdurWgzOBHiHwz/pAjEAvTR7HrgliGNu7rhar3WEM9/m27/RmeKhIAlt/qR63ESji8NnU5CUQW03qCAgABVE"

// What proves the writer is only as good as the reader: it has to open what
// the SDK wrote.
func TestReaderOpensWhatTheSDKWrote(t *testing.T) {
	message, err := base64.StdEncoding.DecodeString(foreign)
	if err != nil {
		t.Fatal(err)
	}
	master := make([]byte, 32)
	for i := range master {
		master[i] = byte(i)
	}
	o := open(t, message, func(o opened) []byte {
		iv := o.info[len(o.info)-12:]
		key, err := gcm(t, master).Open(nil, []byte(iv), o.wrapped, o.wrapAAD)
		if err != nil {
			t.Fatalf("the wrapped key: %v", err)
		}
		return key
	})
	if string(o.plaintext) != "483920" || o.context["userpool-id"] != "us-east-1_Example" {
		t.Errorf("opened %q in %v", o.plaintext, o.context)
	}
}

const arn = "arn:aws:kms:us-east-1:111122223333:key/a6c4f8e2-0c45-47db-925f-87854bc9e357"

func dataKey() esdk.DataKey {
	return esdk.DataKey{KeyARN: arn, Plaintext: bytes.Repeat([]byte{7}, 32), Wrapped: []byte("wrapped")}
}

func sealed(t *testing.T, plaintext string) []byte {
	t.Helper()
	m, err := esdk.New(rand.Reader, map[string]string{"userpool-id": "us-east-1_Example"})
	if err != nil {
		t.Fatal(err)
	}
	message, err := m.Seal(rand.Reader, dataKey(), []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestSeal(t *testing.T) {
	for _, plaintext := range []string{"483920", "", "Tmp-&lt;Passw0rd&gt;", strings.Repeat("x", 4096)} {
		o := open(t, sealed(t, plaintext), func(opened) []byte { return dataKey().Plaintext })
		if string(o.plaintext) != plaintext {
			t.Errorf("%.20q became %.20q", plaintext, o.plaintext)
		}
		if o.provider != "aws-kms" || o.info != arn || string(o.wrapped) != "wrapped" {
			t.Errorf("the data key is %q %q %q", o.provider, o.info, o.wrapped)
		}
		if len(o.context) != 2 || o.context["userpool-id"] != "us-east-1_Example" {
			t.Errorf("context %v", o.context)
		}
	}
}

// Ciphertexts captured from Cognito begin with these characters.
func TestBeginsLikeCognitos(t *testing.T) {
	if text := base64.StdEncoding.EncodeToString(sealed(t, "483920")); !strings.HasPrefix(text, "AYADe") {
		t.Errorf("begins with %.8s", text)
	}
}

func TestContextIsThatOfTheHeader(t *testing.T) {
	m, err := esdk.New(rand.Reader, map[string]string{"userpool-id": "p"})
	if err != nil {
		t.Fatal(err)
	}
	wrappedFor := m.Context()
	wrappedFor["userpool-id"] = "changed by the caller"
	message, err := m.Seal(rand.Reader, dataKey(), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, message, func(opened) []byte { return dataKey().Plaintext })
	if !maps.Equal(o.context, m.Context()) || o.context["userpool-id"] != "p" {
		t.Errorf("header %v, context %v", o.context, m.Context())
	}
}

func TestRefusals(t *testing.T) {
	if _, err := esdk.New(rand.Reader, map[string]string{"aws-crypto-x": ""}); err == nil {
		t.Error("a reserved name is taken")
	}
	m, err := esdk.New(rand.Reader, map[string]string{"long": strings.Repeat("x", 1<<16)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Seal(rand.Reader, dataKey(), nil); err == nil {
		t.Error("a context that does not fit is written")
	}
	if m, err = esdk.New(rand.Reader, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Seal(rand.Reader, dataKey(), make([]byte, 4097)); err == nil {
		t.Error("more than a frame is written")
	}
	short := dataKey()
	short.Plaintext = short.Plaintext[1:]
	if _, err := m.Seal(rand.Reader, short, nil); err == nil {
		t.Error("a short key is taken")
	}
	if _, err := m.Seal(rand.Reader, dataKey(), nil); err != nil { // the control
		t.Error(err)
	}
}

func TestNoTwoMessagesShareAKey(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		if id := string(sealed(t, "483920")[4:20]); seen[id] {
			t.Fatal("a message id came twice: with it come key and IV")
		} else {
			seen[id] = true
		}
	}
}

func TestDataKeysDoNotPrint(t *testing.T) {
	k := dataKey()
	k.Plaintext = []byte("very secret key material")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if text := fmt.Sprintf(verb, k); text != "[redacted]" {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

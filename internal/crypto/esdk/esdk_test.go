package esdk_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk/esdktest"
)

// sdkMessage was written by @aws-crypto/client-node 5.0.2 with a raw AES keyring:
// key name n, the key 00 01 … 1f.
const sdkMessage = "" +
	"AYADeGzdpxyajv/0A1aqeVFytYYAhgADAAFhAALDtgAVYXdzLWNyeXB0by1wdWJsaWMta2V5AERBcE5ueVMyWGc1TWN4Tm92T2VC" +
	"V1d0ZjNuYklCOStoU0JmLzVYZEtwcjZHWGxSd25NTndxNEpBWjlLR3AvT1V6T3c9PQALdXNlcnBvb2wtaWQAEXVzLWVhc3QtMV9F" +
	"eGFtcGxlAAEAAXMAFW4AAACAAAAADPOobCpJkAR+SHcuMQAw11xO4SsxRwuogYO31tvXPMvy9HCdAkUGZXwE8vR9P+HfT6L33Ebc" +
	"O+Mm+fnRr7Q8AgAAAAAMAAAQAAAAAAAAAAAAAAAAAG8LySkcL+ZYHm00Yeb+eXb/////AAAAAQAAAAAAAAAAAAAAAQAAAAaXC4Xr" +
	"O9G8fEK/5e3i64Y2jJclSxo2AGcwZQIwXORaFtoq3f5G00WffihiKIYvfFxNAyUSxPx5fcnzoOb7e+ZTJdurWgzOBHiHwz/pAjEA" +
	"vTR7HrgliGNu7rhar3WEM9/m27/RmeKhIAlt/qR63ESji8NnU5CUQW03qCAgABVE"

// The reader verifies the writer in the other tests, so it must open a message
// of the SDK.
func TestReaderOpensMessageOfSDK(t *testing.T) {
	message, err := base64.StdEncoding.DecodeString(sdkMessage)
	if err != nil {
		t.Fatal(err)
	}
	master := make([]byte, 32)
	for i := range master {
		master[i] = byte(i)
	}
	o := esdktest.Open(t, message, func(o esdktest.Message) []byte {
		iv := o.Info[len(o.Info)-12:]
		block, err := aes.NewCipher(master)
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		key, err := aead.Open(nil, []byte(iv), o.Wrapped, o.ContextBytes)
		if err != nil {
			t.Fatalf("the wrapped key: %v", err)
		}
		return key
	})
	if string(o.Plaintext) != "483920" || o.Context["userpool-id"] != "us-east-1_Example" {
		t.Errorf("opened %q in %v", o.Plaintext, o.Context)
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
		o := esdktest.Open(t, sealed(t, plaintext), func(esdktest.Message) []byte { return dataKey().Plaintext })
		if string(o.Plaintext) != plaintext {
			t.Errorf("%.20q became %.20q", plaintext, o.Plaintext)
		}
		if o.Provider != "aws-kms" || o.Info != arn || string(o.Wrapped) != "wrapped" {
			t.Errorf("the data key is %q %q %q", o.Provider, o.Info, o.Wrapped)
		}
		if len(o.Context) != 2 || o.Context["userpool-id"] != "us-east-1_Example" {
			t.Errorf("context %v", o.Context)
		}
	}
}

// Ciphertexts captured from Cognito begin with these characters.
func TestPrefixOfCognito(t *testing.T) {
	if text := base64.StdEncoding.EncodeToString(sealed(t, "483920")); !strings.HasPrefix(text, "AYADe") {
		t.Errorf("begins with %.8s", text)
	}
}

func TestContextEqualsHeader(t *testing.T) {
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
	o := esdktest.Open(t, message, func(esdktest.Message) []byte { return dataKey().Plaintext })
	if !maps.Equal(o.Context, m.Context()) || o.Context["userpool-id"] != "p" {
		t.Errorf("header %v, context %v", o.Context, m.Context())
	}
}

func TestRefusals(t *testing.T) {
	if _, err := esdk.New(rand.Reader, map[string]string{"aws-crypto-x": ""}); err == nil {
		t.Error("a reserved name is accepted")
	}
	m, err := esdk.New(rand.Reader, map[string]string{"long": strings.Repeat("x", 1<<16)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Seal(rand.Reader, dataKey(), nil); err == nil {
		t.Error("a context that is too long is accepted")
	}
	if m, err = esdk.New(rand.Reader, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Seal(rand.Reader, dataKey(), make([]byte, 4097)); err == nil {
		t.Error("more than one frame is accepted")
	}
	short := dataKey()
	short.Plaintext = short.Plaintext[1:]
	if _, err := m.Seal(rand.Reader, short, nil); err == nil {
		t.Error("a short key is accepted")
	}
	if _, err := m.Seal(rand.Reader, dataKey(), nil); err != nil { // the control
		t.Error(err)
	}
}

func TestMessageIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		if id := string(sealed(t, "483920")[4:20]); seen[id] {
			t.Fatal("two messages have the same id, and so the same key and IV")
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

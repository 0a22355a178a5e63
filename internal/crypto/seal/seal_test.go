package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
)

func key(t testing.TB) seal.Key {
	t.Helper()
	k, _, err := seal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tokens returns the Tokens of a server with one root.
func tokens(t testing.TB) seal.Tokens {
	return seal.NewTokens(seal.Roots{{Key: key(t)}}, "purpose")
}

func TestSealOpens(t *testing.T) {
	k, binding := key(t), seal.Bind("pool", "table")
	sealed, err := k.Seal(rand.Reader, binding, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := k.Open(binding, sealed)
	if err != nil || string(plain) != "secret" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	other := key(t)
	for name, open := range map[string]func() ([]byte, error){
		"other key":     func() ([]byte, error) { return other.Open(binding, sealed) },
		"derived key":   func() ([]byte, error) { return k.Derive("x").Open(binding, sealed) },
		"other binding": func() ([]byte, error) { return k.Open(seal.Bind("poo", "ltable"), sealed) },
		"no binding":    func() ([]byte, error) { return k.Open(nil, sealed) },
		"empty":         func() ([]byte, error) { return k.Open(binding, nil) },
	} {
		if _, err := open(); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: %v, want ErrOpen", name, err)
		}
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := k.Open(binding, broken); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened with byte %d changed", i)
		}
		if _, err := k.Open(binding, sealed[:i]); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened when cut to %d bytes", i)
		}
	}
}

func TestTokenIsBound(t *testing.T) {
	k := tokens(t)
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	made := seal.Token{
		Type: "session", Pool: "p1", Client: "c1", User: "ann", Expires: now.Add(3 * time.Minute), Handle: [16]byte{7},
		Payload: []byte("state"),
	}
	s, err := k.SealToken(rand.Reader, made)
	if err != nil {
		t.Fatal(err)
	}
	want := seal.Token{Type: "session", Pool: "p1", Client: "c1"}
	got, err := k.OpenToken(t.Context(), s, want, now)
	if err != nil || got.User != "ann" || got.Handle != made.Handle || string(got.Payload) != "state" ||
		!got.Expires.Equal(made.Expires) {
		t.Fatalf("opened %+v, %v", got, err)
	}
	for name, w := range map[string]seal.Token{
		"type":   {Type: "code", Pool: "p1", Client: "c1"},
		"pool":   {Type: "session", Pool: "p2", Client: "c1"},
		"client": {Type: "session", Pool: "p1", Client: "c2"},
		"user":   {Type: "session", Pool: "p1", Client: "c1", User: "bob"},
	} {
		if _, err := k.OpenToken(t.Context(), s, w, now); !errors.Is(err, seal.ErrToken) {
			t.Errorf("opened for another %s: %v", name, err)
		}
	}
	if _, err := k.OpenToken(t.Context(), s, want, made.Expires.Add(-time.Millisecond)); err != nil {
		t.Errorf("a millisecond before expiry: %v", err)
	}
	if _, err := k.OpenToken(t.Context(), s, want, made.Expires); !errors.Is(err, seal.ErrTokenExpired) {
		t.Errorf("at expiry: %v", err)
	}
}

// mangled are the textual variants of attack case T10.
func mangled(s string) []string {
	out := []string{
		"", s + "A", s + "=", s + "\n", " " + s, strings.ToLower(s), strings.ToUpper(s), strings.Repeat(".", 5_000_000),
	}
	for n := 1; n < 40 && n < len(s); n++ {
		out = append(out, s[:len(s)-n])
	}
	if i := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s[len(s)-1]); i >= 0 {
		out = append(out, s[:len(s)-1]+string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[i^1]))
	}
	return out
}

func TestMangledTokensAreRefused(t *testing.T) {
	k := tokens(t)
	now := time.Unix(0, 0)
	want := seal.Token{Type: "t", Pool: "p", Client: "c"}
	full := want
	full.Expires = now.Add(time.Hour)
	s, err := k.SealToken(rand.Reader, full)
	if err != nil {
		t.Fatal(err)
	}
	five, err := k.SealJWE(rand.Reader, seal.Bind("p"), []byte("family"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mangled(s) {
		if m == s {
			continue
		}
		if _, err := k.OpenToken(t.Context(), m, want, now); !errors.Is(err, seal.ErrToken) {
			t.Errorf("token of %d characters opened: %v", len(m), err)
		}
	}
	for _, m := range mangled(five) {
		if _, err := k.OpenJWE(t.Context(), seal.Bind("p"), m); !errors.Is(err, seal.ErrToken) {
			t.Errorf("five parts of %d characters opened: %v", len(m), err)
		}
	}
}

func TestFiveParts(t *testing.T) {
	k := tokens(t)
	s, err := k.SealJWE(rand.Reader, seal.Bind("pool"), []byte(`{"o":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	const head = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ."
	if !strings.HasPrefix(s, head) || strings.Count(s, ".") != 4 || len(s) < 1600 || len(s) > 1900 {
		t.Errorf("%d characters, begins %s", len(s), s[:80])
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(head, "."))
	if err != nil || string(header) != `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}` {
		t.Errorf("header %s, %v", header, err)
	}
	if plain, err := k.OpenJWE(t.Context(), seal.Bind("pool"), s); err != nil || string(plain) != `{"o":"x"}` {
		t.Errorf("opened %q, %v", plain, err)
	}
	if _, err := k.OpenJWE(t.Context(), seal.Bind("other"), s); !errors.Is(err, seal.ErrToken) {
		t.Errorf("opened for another pool: %v", err)
	}
	parts := strings.Split(s, ".")
	parts[0] = base64.RawURLEncoding.EncodeToString(
		[]byte(`{"alg":"PBES2-HS256+A128KW","p2c":2147483648,"enc":"A256GCM","zip":"DEF"}`),
	)
	if _, err := k.OpenJWE(t.Context(), seal.Bind("pool"),
		strings.Join(parts, ".")); !errors.Is(err, seal.ErrToken) {
		t.Errorf("opened under another header: %v", err)
	}
}

// Every sealed value can be opened; a value too long to be opened is not
// sealed.
func TestSealingRefusesWhatCannotBeOpened(t *testing.T) {
	k, now := tokens(t), time.Unix(0, 0)
	want := seal.Token{Type: "t"}
	ways := map[string]func(plain []byte) (opened []byte, sealErr, openErr error){
		"five parts": func(plain []byte) (opened []byte, sealErr, openErr error) {
			s, sealErr := k.SealJWE(rand.Reader, nil, plain)
			opened, openErr = k.OpenJWE(t.Context(), nil, s)
			return opened, sealErr, openErr
		},
		"token": func(plain []byte) (opened []byte, sealErr, openErr error) {
			s, sealErr := k.SealToken(rand.Reader, seal.Token{Type: "t", Expires: now.Add(time.Hour), Payload: plain})
			got, openErr := k.OpenToken(t.Context(), s, want, now)
			return got.Payload, sealErr, openErr
		},
	}
	for way, try := range ways {
		for _, n := range []int{
			1, 900, 6_000, 9_000, 12_000, 12_849, seal.MaxJWE, seal.MaxJWE + 1, 65_535, 65_536, 70_000,
		} {
			plain := bytes.Repeat([]byte("x"), n)
			opened, sealErr, openErr := try(plain)
			switch {
			case sealErr == nil && (openErr != nil || !bytes.Equal(opened, plain)):
				t.Errorf("%s: %d bytes are sealed and opened as %d, %v", way, n, len(opened), openErr)
			case sealErr != nil && (n <= 9_000 || !errors.Is(sealErr, seal.ErrTooLong)):
				t.Errorf("%s: %d bytes: %v", way, n, sealErr)
			case sealErr == nil && n > seal.MaxJWE:
				t.Errorf("%s: %d bytes are sealed", way, n)
			}
		}
		if opened, _, _ := try(bytes.Repeat([]byte("x"), seal.MaxJWE)); way == "five parts" &&
			len(opened) != seal.MaxJWE {
			t.Errorf("%d bytes opened", len(opened))
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k, raw, err := seal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ Root seal.Root }{seal.Root{Key: k}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if s := fmt.Sprintf(verb, holder); strings.Contains(s, fmt.Sprintf("%x", raw[:4])) ||
			!strings.Contains(s, "[redacted]") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

func TestMACSeparatesParts(t *testing.T) {
	k := key(t)
	if bytes.Equal(k.MAC("ab", "c"), k.MAC("a", "bc")) {
		t.Error("different parts have the same MAC")
	}
	if !bytes.Equal(k.MAC("a", "b"), k.MAC("a", "b")) {
		t.Error("equal parts have different MACs")
	}
}

func FuzzOpenToken(f *testing.F) {
	k := tokens(f)
	f.Add("")
	f.Add("AQ==")
	other := tokens(f) // of another server
	token, err := other.SealToken(rand.Reader, seal.Token{})
	if err != nil {
		f.Fatal(err)
	}
	five, err := other.SealJWE(rand.Reader, nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(five)
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := k.OpenToken(t.Context(), s, seal.Token{}, time.Time{}); err == nil {
			t.Error("opened a value that was not sealed")
		}
		if _, err := k.OpenJWE(t.Context(), nil, s); err == nil {
			t.Error("opened a value that was not sealed")
		}
	})
}

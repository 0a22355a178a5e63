package seal_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
)

// vectors are strings sealed by versions without roots and single-use keys.
type vectors struct {
	Root    string
	Expires time.Time
	Tokens  []struct{ Purpose, Type, Pool, Client, User, Handle, Payload, Text string }
	// FiveParts are refresh tokens.
	FiveParts []struct {
		Purpose, Payload, Text string
		Binding                []string
	}
}

func oldVectors(t *testing.T) (v vectors, first seal.Key) {
	t.Helper()
	text, err := os.ReadFile("testdata/v1.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(v.Root)
	if err == nil {
		first, err = seal.NewKey(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v, first
}

// Strings sealed before roots existed open under the first root, whatever their
// number, and expire when it is retired.
func TestOldStringsOpen(t *testing.T) {
	v, first := oldVectors(t)
	second := seal.Root{ID: seal.RootID{2}, Key: key(t)}
	for name, c := range map[string]struct {
		roots seal.Roots
		err   error
	}{
		"one root":    {seal.Roots{{Key: first}}, nil},
		"two roots":   {seal.Roots{{Key: first}, second}, nil},
		"retired":     {seal.Roots{{Retired: true}, second}, seal.ErrTokenExpired},
		"other roots": {seal.Roots{{Key: key(t)}, second}, seal.ErrToken},
	} {
		for _, old := range v.Tokens {
			tokens := seal.NewTokens(c.roots, old.Purpose)
			want := seal.Token{Type: old.Type, Pool: old.Pool, Client: old.Client}
			got, err := tokens.OpenToken(t.Context(), old.Text, want, v.Expires.Add(-time.Second))
			if !errors.Is(err, c.err) {
				t.Errorf("%s: %s: %v", name, old.Type, err)
			}
			if opened := got.User + hex.EncodeToString(got.Handle[:]) + string(got.Payload); err == nil &&
				(opened != old.User+old.Handle+old.Payload || !got.Expires.Equal(v.Expires)) {
				t.Errorf("%s: %s: opened as %+v", name, old.Type, got)
			}
		}
		for _, old := range v.FiveParts {
			got, err := seal.NewTokens(c.roots, old.Purpose).OpenJWE(t.Context(), seal.Bind(old.Binding...), old.Text)
			if !errors.Is(err, c.err) || err == nil && string(got) != old.Payload {
				t.Errorf("%s: five parts: opened as %q, %v", name, got, err)
			}
		}
	}
}

// The formats, decoded without the package: each value has a key derived from
// its own salt.
func TestFormats(t *testing.T) {
	k, raw, err := seal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := seal.RootID{1, 2, 3, 4, 5, 6, 7, 8}
	tokens := seal.NewTokens(seal.Roots{{ID: id, Key: k}}, "purpose")
	salts := map[string]bool{}
	for range 100 {
		salt, plain := openByHand(t, raw, tokens)
		if !strings.HasPrefix(string(salt), string(id[:])) || salts[string(salt)] {
			t.Fatalf("salt %x", salt)
		}
		salts[string(salt)] = true
		if want := `{"u":"ann","x":1000,"h":"AAAAAAAAAAAAAAAAAAAAAA=="}` + "\nstate"; string(plain) != want {
			t.Fatalf("%s", plain)
		}
	}
	five, err := tokens.SealJWE(rand.Reader, nil, []byte("family"))
	if err != nil {
		t.Fatal(err)
	}
	salt, err := base64.RawURLEncoding.DecodeString(strings.Split(five, ".")[1])
	if err != nil || len(salt) != 256 || !strings.HasPrefix(string(salt), string(id[:])) {
		t.Errorf("%x, %v", salt, err)
	}
}

// openByHand seals a token and opens it with the standard library.
func openByHand(t *testing.T, root []byte, tokens seal.Tokens) (salt, plain []byte) {
	t.Helper()
	text, err := tokens.SealToken(rand.Reader, seal.Token{
		Type: "session", Pool: "p", Client: "c", User: "ann", Expires: time.UnixMilli(1000), Payload: []byte("state"),
	})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || sealed[0] != 2 {
		t.Fatalf("%x, %v", sealed, err)
	}
	salt = sealed[1:33]
	purpose, err := hkdf.Key(sha256.New, root, nil, "lifeguard purpose", 32)
	if err != nil {
		t.Fatal(err)
	}
	once, err := hkdf.Key(sha256.New, purpose, salt, "lifeguard token", 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(once)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err = gcm.Open(nil, make([]byte, 12), sealed[33:], seal.Bind("token", "session", "p", "c"))
	if err != nil {
		t.Fatal(err)
	}
	return salt, plain
}

// node is the cache of roots of one of several servers.
type node struct {
	known     seal.Roots
	stored    *seal.Roots
	err       error
	refreshes int
}

func (n *node) Roots() seal.Roots { return n.known }

func (n *node) RefreshRoots(context.Context) (seal.Roots, error) {
	n.refreshes++
	if n.err != nil {
		return nil, n.err
	}
	n.known = *n.stored
	return n.known, nil
}

func TestRotation(t *testing.T) {
	now, want := time.Unix(0, 0), seal.Token{Type: "t"}
	sealed := func(n *node) (texts [2]string) {
		tokens := seal.NewTokens(n, "purpose")
		token, err := tokens.SealToken(rand.Reader, seal.Token{Type: "t", Expires: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		five, err := tokens.SealJWE(rand.Reader, nil, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{token, five}
	}
	opens := func(n *node, texts [2]string, kind error) {
		t.Helper()
		tokens := seal.NewTokens(n, "purpose")
		_, err := tokens.OpenToken(t.Context(), texts[0], want, now)
		_, fiveErr := tokens.OpenJWE(t.Context(), nil, texts[1])
		if !errors.Is(err, kind) || !errors.Is(fiveErr, kind) {
			t.Errorf("%v and %v, want %v", err, fiveErr, kind)
		}
	}
	stored := seal.Roots{{Key: key(t)}}
	a, b := &node{known: stored, stored: &stored}, &node{known: stored, stored: &stored}
	before := sealed(a)
	opens(b, before, nil)
	stored = append(stored[:1:1], seal.Root{ID: seal.RootID{7}, Key: key(t)})
	a.known = stored
	after := sealed(a)
	b.err = errors.New("database unreachable")
	opens(b, before, nil)
	opens(b, after, b.err)
	b.err, b.refreshes = nil, 0
	opens(b, after, nil)
	opens(b, before, nil)
	if b.refreshes != 1 {
		t.Errorf("%d calls of RefreshRoots", b.refreshes)
	}
	if again := sealed(b); again[0][:10] != after[0][:10] || before[0][:10] == after[0][:10] {
		t.Errorf("sealed under %s, then %s and %s", before[0][:10], after[0][:10], again[0][:10])
	}
	// A root that was never stored, such as one that a backup does not have.
	lost := &node{known: seal.Roots{{ID: seal.RootID{9}, Key: key(t)}}}
	opens(b, sealed(lost), seal.ErrToken)
	stored = seal.Roots{{Retired: true}, stored[1]}
	opens(a, before, nil) // until it refreshes
	a.known = stored
	opens(a, before, seal.ErrTokenExpired)
	opens(a, after, nil)
}

func TestRootIDs(t *testing.T) {
	id := seal.RootID{0, 1, 0xfe}
	if got, err := seal.ParseRootID(id.String()); err != nil || got != id || id.String() != "0001fe0000000000" {
		t.Errorf("%s, %v", got, err)
	}
	for _, s := range []string{"", "0", "0001fe00000000", "0001fe000000000000", "zz01fe0000000000"} {
		if _, err := seal.ParseRootID(s); err == nil {
			t.Errorf("%q is an id", s)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	k, now := tokens(b), time.Unix(0, 0)
	v := seal.Token{Type: "t", Expires: now.Add(time.Hour), Payload: make([]byte, 768)}
	for b.Loop() {
		s, err := k.SealToken(rand.Reader, v)
		if err == nil {
			_, err = k.OpenToken(b.Context(), s, seal.Token{Type: "t"}, now)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFiveParts(b *testing.B) {
	k := tokens(b)
	for b.Loop() {
		s, err := k.SealJWE(rand.Reader, nil, make([]byte, 300))
		if err == nil {
			_, err = k.OpenJWE(b.Context(), nil, s)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

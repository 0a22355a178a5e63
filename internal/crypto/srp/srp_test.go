package srp

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"
)

// The vector: a = 32×0x11, b = 32×0x22, computed with pycognito's code.
const (
	vectorPool  = "TestPool1"
	vectorUser  = "34c84488-e0e1-70ae-d2ee-991ad1a898c8"
	vectorPass  = "Password123!"
	vectorTime  = "Sun Nov 2 03:04:05 UTC 2025"
	vectorBlock = "secret-block-test"
)

func hexSum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func TestVector(t *testing.T) {
	salt, _ := hex.DecodeString("a244c038c0fd9192b9b5538344ce41ab")
	a := new(big.Int).SetBytes(bytes.Repeat([]byte{0x11}, 32))
	A := new(big.Int).Exp(generator, a, prime)
	v := verifierOf(salt, vectorPool, vectorUser, vectorPass)
	e := ephemeralOf(bytes.Repeat([]byte{0x22}, 32), v)
	x := privateKey(salt, vectorPool, vectorUser, vectorPass)
	u := scramble(A, e.public)
	for _, c := range []struct{ name, got, want string }{
		{"k", hexSumBytes(append(pad(prime), 2)), multiplier.Text(16)},
		{"x", x.Text(16), "d7bd7d20e13c1ee26eaed68b70d92108733c5f3a83db85be6f7e0cf7ae407871"},
		{"A", hexSum(A.Text(16)), "99f14375d9cdbb6a94ee1804aa89f307dd0cdc5c3a8002a9d24a1012a9d5e1a1"},
		{"v", hexSum(minimalHex(v.V)), "e1bd7c5a5fea4acdc7f0b321ddb01617de78d99221e76e4148ff5e1a41f9e9ca"},
		{"B", hexSum(e.PublicHex()), "9e943226ad4d3c1c5e5343c293364b7b36642202fdb723041ddbcb9e293c2068"},
		{"u", u.Text(16), "595dc952c01c4fb0f3b5f9f1a7334c616b7ea23c272135fcdcc4ffa4a93da3ed"},
		{"salt", v.SaltHex(), "a244c038c0fd9192b9b5538344ce41ab"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
	signed, _ := base64.StdEncoding.DecodeString("pboom6b09oaGhlFGOo8TvWAeJTmuMz2QAb7wsPfcRj0=")
	public, err := ParsePublic(A.Text(16))
	if err != nil {
		t.Fatal(err)
	}
	claim := Claim{vectorPool, vectorUser, []byte(vectorBlock), vectorTime, signed}
	if !e.Verify(v, public, claim) {
		t.Fatal("the vector's signature does not verify")
	}
	if !RestoreEphemeral(e.Secret, e.PublicBytes()).Verify(v, public, claim) {
		t.Error("a restored exchange does not verify")
	}
	for name, change := range map[string]func(*Claim){
		"pool":      func(c *Claim) { c.Pool = "TestPool2" },
		"user":      func(c *Claim) { c.User = "bob" },
		"block":     func(c *Claim) { c.SecretBlock = []byte("secret-block-tesT") },
		"time":      func(c *Claim) { c.Timestamp = "Sun Nov 2 03:04:06 UTC 2025" },
		"signature": func(c *Claim) { c.Signature = append([]byte{signed[0] ^ 1}, signed[1:]...) },
		"empty":     func(c *Claim) { c.Signature = nil },
	} {
		wrong := claim
		change(&wrong)
		if e.Verify(v, public, wrong) {
			t.Errorf("verifies with another %s", name)
		}
	}
}

func hexSumBytes(b []byte) string {
	h := sha256.Sum256(b)
	return strings.TrimLeft(hex.EncodeToString(h[:]), "0")
}

func TestExchange(t *testing.T) {
	v, err := NewVerifier(rand.Reader, "Pool", "ann", "Pa55word!")
	if err != nil {
		t.Fatal(err)
	}
	client, err := NewClient(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(strings.ToUpper(client.PublicHex()))
	if err != nil {
		t.Fatal(err)
	}
	decoy := NewDecoys([]byte("key")).Verifier("Pool", "nobody")
	for name, c := range map[string]struct {
		verifier       Verifier
		user, password string
		valid          bool
	}{
		"right": {v, "ann", "Pa55word!", true},
		"wrong": {v, "ann", "Pa55word?", false},
		"other": {v, "bob", "Pa55word!", false},
		"decoy": {decoy, "nobody", "Pa55word!", false},
		"empty": {v, "ann", "", false},
	} {
		e, err := NewEphemeral(rand.Reader, c.verifier)
		if err != nil {
			t.Fatal(err)
		}
		claim := Claim{Pool: "Pool", User: c.user, SecretBlock: []byte("block"), Timestamp: vectorTime}
		claim.Signature = client.Sign(claim, c.password, c.verifier.SaltHex(), e.PublicHex())
		if e.Verify(c.verifier, public, claim) != c.valid {
			t.Errorf("%s password: verified %v", name, !c.valid)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	v, err := NewVerifier(rand.Reader, "Pool", "ann", "Pa55word!")
	if err != nil {
		t.Fatal(err)
	}
	if !v.CheckPassword("Pool", "ann", "Pa55word!") {
		t.Error("the correct password is refused")
	}
	for _, wrong := range [][3]string{
		{"Pool", "ann", "pa55word!"}, {"Pool", "bob", "Pa55word!"}, {"Poll", "ann", "Pa55word!"}, {"Pool", "ann", ""},
	} {
		if v.CheckPassword(wrong[0], wrong[1], wrong[2]) {
			t.Errorf("%v is accepted", wrong)
		}
	}
}

// TestPublicRefusals is attack case C9: with a multiple of N every password would
// verify.
func TestPublicRefusals(t *testing.T) {
	twice := new(big.Int).Lsh(prime, 1).Text(16)
	for _, text := range []string{
		"", "0", "00", prime.Text(16), strings.ToUpper(prime.Text(16)), twice, "-1", "0x10", "xyz", " 1",
		strings.Repeat("f", 769),
	} {
		if _, err := ParsePublic(text); err == nil {
			t.Errorf("A = %.20q is accepted", text)
		}
	}
	if _, err := ParsePublic("abc"); err != nil {
		t.Errorf("odd length: %v", err)
	}
}

func TestFixedBaseTable(t *testing.T) {
	for range 20 {
		b := make([]byte, exponentBytes)
		_, _ = rand.Read(b)
		x := new(big.Int).SetBytes(b)
		if powG(x).Cmp(new(big.Int).Exp(generator, x, prime)) != 0 {
			t.Fatalf("g^%x differs", b)
		}
	}
	for _, x := range []int64{0, 1, 255, 256, 65536} {
		if powG(big.NewInt(x)).Cmp(new(big.Int).Exp(generator, big.NewInt(x), prime)) != 0 {
			t.Errorf("g^%d differs", x)
		}
	}
}

func TestMinimalHex(t *testing.T) {
	for in, want := range map[string]string{"00ab": "ab", "0abc": "abc", "ff": "ff", "0000": "0"} {
		b, _ := hex.DecodeString(in)
		if got := minimalHex(b); got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
}

// The decoy of a name must not change between versions of the server. The hex
// was computed with Python's hmac module.
func TestDecoysAreStable(t *testing.T) {
	decoys, again := NewDecoys([]byte("secret")), NewDecoys([]byte("secret"))
	a, b := decoys.Verifier("P", "ann"), again.Verifier("P", "ann")
	if !bytes.Equal(a.V, b.V) {
		t.Error("different verifiers for one key")
	}
	if a.SaltHex() != "16f33acf60aeae2bb6c3f2b1300cd664" || b.SaltHex() != a.SaltHex() {
		t.Errorf("the salts of one name are %s and %s", a.SaltHex(), b.SaltHex())
	}
	if name := decoys.Name("P", "ann"); name != "b9dacde1-9785-483b-aaf8-9a9c5b6d8b62" {
		t.Errorf("the name is %s", name)
	}
	if c := decoys.Verifier("Pa", "nn"); bytes.Equal(a.Salt, c.Salt) {
		t.Error("two names share a decoy")
	}
}

func TestParseTimestamp(t *testing.T) {
	got, err := ParseTimestamp(vectorTime)
	if want := time.Date(2025, 11, 2, 3, 4, 5, 0, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("read %v, %v", got, err)
	}
	if _, err := ParseTimestamp("Xyz Nov 12 03:04:05 UTC 2025"); err != nil {
		t.Errorf("the weekday is checked: %v", err)
	}
	for _, s := range []string{"", "Sun", "Sun Nov 2 03:04:05 CET 2025", "2025-11-02T03:04:05Z"} {
		if _, err := ParseTimestamp(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

// A client's verifier verifies its own secret only. Degenerate verifiers, which
// would verify any, are refused.
func TestParseVerifier(t *testing.T) {
	made, err := NewVerifier(rand.Reader, "-group", "us-east-1_key", "secret")
	if err != nil {
		t.Fatal(err)
	}
	signed := append([]byte{0}, made.V...) // as a signed number
	v, err := ParseVerifier(append([]byte{0}, made.Salt...), signed)
	if err != nil || !v.CheckPassword("-group", "us-east-1_key", "secret") ||
		v.CheckPassword("-group", "us-east-1_key", "other") || v.SaltHex() != made.SaltHex() {
		t.Fatalf("%v, %v", v, err)
	}
	number := func(n *big.Int) []byte { return n.Bytes() }
	for name, c := range map[string]struct{ salt, v []byte }{
		"no salt": {nil, made.V}, "long salt": {make([]byte, 65), made.V}, "empty": {made.Salt, nil},
		"zero": {made.Salt, make([]byte, 384)}, "one": {made.Salt, []byte{1}},
		"minus one": {made.Salt, number(new(big.Int).Sub(prime, big.NewInt(1)))}, "N": {made.Salt, number(prime)},
		"one more than N": {made.Salt, number(new(big.Int).Add(prime, big.NewInt(1)))},
		"too long":        {made.Salt, append([]byte{0, 0}, made.V...)},
	} {
		if _, err := ParseVerifier(c.salt, c.v); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzParseVerifier(f *testing.F) {
	f.Add([]byte{1}, []byte{2})
	f.Add([]byte{0}, prime.Bytes())
	f.Fuzz(func(t *testing.T, salt, v []byte) {
		got, err := ParseVerifier(salt, v)
		if n := new(big.Int).SetBytes(got.V); err == nil &&
			(len(got.V) != primeBytes || n.Cmp(big.NewInt(1)) <= 0 || n.Cmp(prime) >= 0 || len(got.Salt) == 0) {
			t.Errorf("%x, %x gives %x, %x", salt, v, got.Salt, got.V)
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	f.Add("abc")
	f.Add(primeHex)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePublic(s)
		if err == nil && new(big.Int).Mod(p.n, prime).Sign() == 0 {
			t.Errorf("%q is a multiple of N", s)
		}
	})
}

// BenchmarkCheckPassword reports its cost in units of a general 256-bit
// exponentiation measured in the same run.
func BenchmarkCheckPassword(b *testing.B) {
	v, _ := NewVerifier(rand.Reader, "Pool", "ann", "Pa55word!")
	unit := exponentiation(b)
	b.ResetTimer()
	for b.Loop() {
		v.CheckPassword("Pool", "ann", "Pa55word!")
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/unit, "modexp")
}

func BenchmarkVerify(b *testing.B) {
	v, _ := NewVerifier(rand.Reader, "Pool", "ann", "Pa55word!")
	e, _ := NewEphemeral(rand.Reader, v)
	public, _ := ParsePublic(primeHex[:700])
	unit := exponentiation(b)
	b.ResetTimer()
	for b.Loop() {
		e.Verify(v, public, Claim{})
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/unit, "modexp")
}

// exponentiation is the time of one x^e mod N with a 256-bit e, in nanoseconds.
func exponentiation(*testing.B) float64 {
	const rounds = 100
	x, e := new(big.Int).Rsh(prime, 3), new(big.Int).Rsh(prime, 3072-256)
	start := time.Now()
	for range rounds {
		new(big.Int).Exp(x, e, prime)
	}
	return float64(time.Since(start)) / rounds
}

package totp

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// rfcKey is the key of the vectors in both RFCs: "12345678901234567890".
const rfcKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func parse(t testing.TB, text string) Secret {
	t.Helper()
	s, err := ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHOTP is RFC 4226 appendix D.
func TestHOTP(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := hotp(parse(t, rfcKey).key, uint64(counter)); string(got[:]) != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

// TestTOTP is RFC 6238 appendix B for SHA-1; the codes are the last six of its
// eight digits.
func TestTOTP(t *testing.T) {
	s := parse(t, rfcKey)
	for _, c := range []struct {
		unix, step int64
		code       string
	}{
		{59, 0x1, "94287082"},
		{1111111109, 0x23523EC, "07081804"},
		{1111111111, 0x23523ED, "14050471"},
		{1234567890, 0x273EF07, "89005924"},
		{2000000000, 0x3F940AA, "69279037"},
		{20000000000, 0x27BC86AA, "65353130"},
	} {
		at, code := time.Unix(c.unix, 0), c.code[2:]
		if got := s.Code(at); got != code {
			t.Errorf("at %d: %s, want %s", c.unix, got, code)
		}
		for drift, accepted := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			step, ok := s.Verify(code, at.Add(time.Duration(drift)*stepSeconds*time.Second))
			if ok != accepted || ok && step != c.step {
				t.Errorf("%s, %d steps off: step %d, %v", code, drift, step, ok)
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	s, at := parse(t, rfcKey), time.Unix(1111111109, 0)
	if _, ok := s.Verify("081804", at); !ok {
		t.Fatal("the correct code is refused")
	}
	for _, code := range []string{
		"", "81804", "0818040", " 081804", "081804 ", "081805", "07081804", "٠٨١٨٠٤", "081804\x00",
	} {
		if _, ok := s.Verify(code, at); ok {
			t.Errorf("%q is accepted", code)
		}
	}
	other := parse(t, strings.Repeat("A", 32))
	if _, ok := other.Verify("081804", at); ok {
		t.Error("the code of another secret is accepted")
	}
	// An empty key has codes that anyone can compute.
	var none Secret
	if _, ok := none.Verify(none.Code(at), at); ok {
		t.Error("the zero Secret accepts a code")
	}
}

func TestSecrets(t *testing.T) {
	s, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if text := s.Text(); len(text) != 52 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("a SecretCode is %q", text)
	}
	for _, text := range []string{s.Text(), strings.ToLower(s.Text())} {
		if back := parse(t, text); !bytes.Equal(back.key, s.key) {
			t.Errorf("%q reads as another secret", text)
		}
	}
	if again, _ := NewSecret(rand.Reader); bytes.Equal(again.key, s.key) {
		t.Error("two new secrets are equal")
	}
	if printed := fmt.Sprintf("%v %+v %#v %s %x %d", s, s, s, s, s, &s); strings.Contains(printed, s.Text()) ||
		strings.Count(printed, "[redacted]") != 6 {
		t.Errorf("a secret prints as %s", printed)
	}
	for _, text := range []string{
		"", "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMN1P", "ABCDEFGHIJKLMNO=", "ABCDEFGH\nIJKLMNOP", strings.Repeat("A", 206),
		"ABCDEFGHIJKLMNOPQ",
	} {
		if _, err := ParseSecret(text); !errors.Is(err, ErrSecret) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := NewSecret(iotest.ErrReader(errors.New("no randomness"))); err == nil {
		t.Error("a secret without randomness")
	}
}

func TestURI(t *testing.T) {
	got := parse(t, rfcKey).URI("Ann & Co: shop", "ann+1@example.com")
	want := "otpauth://totp/Ann%20%26%20Co%3A%20shop:ann%2B1%40example.com?secret=" + rfcKey +
		"&issuer=Ann%20%26%20Co%3A%20shop&algorithm=SHA1&digits=6&period=30"
	if got != want {
		t.Errorf("URI %s, want %s", got, want)
	}
	u, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Ann & Co: shop:ann+1@example.com" ||
		u.Query().Get("secret") != rfcKey || u.Query().Get("issuer") != "Ann & Co: shop" {
		t.Errorf("reads as %q %q %v", u.Host, u.Path, u.Query())
	}
}

// TestSpent: each step is valid once, and earlier steps are refused.
func TestSpent(t *testing.T) {
	var spent Spent
	for _, c := range []struct {
		step     int64
		accepted bool
	}{{100, true}, {100, false}, {99, false}, {101, true}, {100, false}, {200, true}, {0, false}, {-1, false}} {
		next, ok := spent.Redeem(c.step)
		if ok != c.accepted {
			t.Errorf("step %d after %d: %v", c.step, spent, ok)
		}
		if !ok && next != spent {
			t.Errorf("a refused step moved %d to %d", spent, next)
		}
		spent = next
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(rfcKey, "287082", int64(59))
	f.Add(rfcKey, "", int64(-1))
	f.Add("ABCDEFGHIJKLMNOP", "00000x", int64(1<<62))
	f.Fuzz(func(t *testing.T, text, code string, unix int64) {
		s, err := ParseSecret(text)
		if err != nil {
			return
		}
		if decoded, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s.Text()); err != nil ||
			!bytes.Equal(decoded, s.key) {
			t.Errorf("%q is written as %q", text, s.Text())
		}
		at := time.Unix(unix, 0)
		if step, ok := s.Verify(code, at); ok {
			fits, now := hotp(s.key, uint64(step)), stepAt(at)
			if string(fits[:]) != code || step < now-1 || step > now+1 {
				t.Errorf("%q of step %d is accepted at %d", code, step, unix)
			}
		}
		if step, ok := s.Verify(s.Code(at), at); !ok || step < stepAt(at) {
			t.Errorf("the current code is not accepted at %d", unix)
		}
	})
}

// BenchmarkVerify reports its cost in units of the three HMACs that it needs,
// measured in the same run.
func BenchmarkVerify(b *testing.B) {
	s, at := parse(b, rfcKey), time.Unix(1_800_000_000, 0)
	const rounds = 20_000
	began := time.Now()
	for range 3 * rounds {
		mac := hmac.New(sha1.New, s.key)
		mac.Write(make([]byte, 8))
		mac.Sum(nil)
	}
	floor := float64(time.Since(began)) / rounds
	for b.Loop() {
		s.Verify("000000", at)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/floor, "×floor")
}

package srp

import (
	"bytes"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// draws is how many numbers a test examines. Without the second draw, one in
// sixteen would begin with a zero digit.
const draws = 4000

// firstDigits counts the texts by their first digit. It fails unless they have
// the same length and begin with every digit except zero.
func firstDigits(t *testing.T, what string, length int, text func(i int) string) {
	t.Helper()
	seen := map[byte]int{}
	for i := range draws {
		s := text(i)
		if len(s) != length {
			t.Fatalf("%s %d has %d digits, want %d: %s", what, i, len(s), length, s)
		}
		seen[s[0]]++
	}
	for _, d := range []byte("123456789abcdef") {
		// 4000/15 are 267; the draws are the same in every run.
		if seen[d] < 200 || seen[d] > 340 {
			t.Errorf("%d of %d times a %s begins with %c", seen[d], draws, what, d)
		}
	}
	if len(seen) != 15 {
		t.Errorf("a %s begins with one of %d digits", what, len(seen))
	}
}

func TestNoSaltBeginsWithZero(t *testing.T) {
	rand := entropy.Seeded(1)
	firstDigits(t, "salt", 2*saltBytes, func(int) string {
		salt, err := newSalt(rand)
		if err != nil {
			t.Fatal(err)
		}
		return Verifier{Salt: salt}.SaltHex()
	})
	firstDigits(t, "decoy's salt", 2*saltBytes, func(i int) string {
		return NewDecoys([]byte("key")).Verifier("Pool", big.NewInt(int64(i)).String()).SaltHex()
	})
}

func TestNoPublicNumberBeginsWithZero(t *testing.T) {
	rand := entropy.Seeded(2)
	v := NewDecoys([]byte("key")).Verifier("Pool", "ann")
	firstDigits(t, "B", 2*primeBytes, func(int) string {
		e, err := NewEphemeral(rand, v)
		if err != nil {
			t.Fatal(err)
		}
		return e.PublicHex()
	})
}

// Positive controls: the first draw of these numbers begins with zero.
func TestZeroDigitsAreDrawnAgain(t *testing.T) {
	low, high := append([]byte{0x0f}, bytes.Repeat([]byte{0xff}, saltBytes-1)...),
		append([]byte{0x10}, make([]byte, saltBytes-1)...)
	v, err := NewVerifier(io.MultiReader(bytes.NewReader(low), bytes.NewReader(high)), "Pool", "ann", "Pa55word!")
	if err != nil || !bytes.Equal(v.Salt, high) {
		t.Errorf("the salt is %x, %v, want the second one", v.Salt, err)
	}

	decoy := NewDecoys([]byte("key")).Verifier("Pool", "ann")
	secret := entropy.Seeded(3).Bytes(exponentBytes)
	for len(ephemeralOf(secret, decoy).PublicHex()) == 2*primeBytes {
		secret[0]++
	}
	next := bytes.Repeat([]byte{0x22}, exponentBytes)
	if len(ephemeralOf(next, decoy).PublicHex()) != 2*primeBytes {
		t.Fatal("the second secret begins with zero as well")
	}
	e, err := NewEphemeral(io.MultiReader(bytes.NewReader(secret), bytes.NewReader(next)), decoy)
	if err != nil || !bytes.Equal(e.Secret, next) {
		t.Errorf("b is %x, %v, want the second one", e.Secret, err)
	}
	if _, err := NewEphemeral(bytes.NewReader(secret), decoy); err == nil {
		t.Error("a number that begins with zero is used if the source has no other")
	}
}

// Salts chosen by clients or stored by earlier versions are returned without
// leading zeros, and otherwise unchanged.
func TestExistingSaltsAreKept(t *testing.T) {
	salt := append([]byte{0x00, 0x0a}, bytes.Repeat([]byte{0xff}, 14)...)
	v, err := ParseVerifier(salt, NewDecoys([]byte("key")).Verifier("Pool", "ann").V)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("f", 28); v.SaltHex() != "a"+want {
		t.Errorf("served as %s", v.SaltHex())
	}
}

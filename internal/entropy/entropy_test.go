package entropy_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

func TestShapes(t *testing.T) {
	s := entropy.System()
	for _, c := range []struct{ name, got, pattern string }{
		{"pool id", s.PoolID("eu-west-3"), `^eu-west-3_[A-Za-z0-9]{9}$`},
		{"client id", s.ClientID(), `^[0-9a-v]{26}$`},
		{"client secret", s.ClientSecret(), `^[0-9a-z]{52}$`},
		{"uuid", s.UUID(), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{"code", s.Digits(6), `^[0-9]{6}$`},
		{"access key", s.AccessKeyID(), `^AKIA[A-Z2-7]{16}$`},
	} {
		if !regexp.MustCompile(c.pattern).MatchString(c.got) {
			t.Errorf("%s %q does not match %s", c.name, c.got, c.pattern)
		}
	}
}

func TestTimedUUIDContainsItsTime(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 30, 1, 234e6, time.UTC)
	got, ok := entropy.UUIDTime(entropy.System().TimedUUID(at))
	if !ok || !got.Equal(at) {
		t.Errorf("read %v (%v), want %v", got, ok, at)
	}
	for _, id := range []string{"", "x", entropy.System().UUID(), "zzzzzzzz-zzzz-7zzz-8zzz-zzzzzzzzzzzz"} {
		if _, ok := entropy.UUIDTime(id); ok {
			t.Errorf("%q was accepted as a timed UUID", id)
		}
	}
}

// Codes must be uniform: a biased digit makes guessing cheaper (M12). Of 10^6
// digits, the count of each one is within n/200 of n/10. That is more than ten
// standard deviations.
func TestDigitsAreUniform(t *testing.T) {
	const n = 1_000_000
	var count [10]int
	for _, c := range entropy.System().Digits(n) {
		count[c-'0']++
	}
	for d, c := range count {
		if diff := c - n/10; diff > n/200 || diff < -n/200 {
			t.Errorf("digit %d occurs %d times in %d", d, c, n)
		}
	}
}

func TestSeededIsReproducible(t *testing.T) {
	if a, b := entropy.Seeded(7).UUID(), entropy.Seeded(7).UUID(); a != b {
		t.Errorf("%s and %s differ", a, b)
	}
	if a, b := entropy.Seeded(7).UUID(), entropy.Seeded(8).UUID(); a == b {
		t.Error("different seeds give the same UUID")
	}
}

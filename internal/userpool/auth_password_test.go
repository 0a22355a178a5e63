package userpool

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var strict = PasswordPolicy{
	MinimumLength: 8, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true,
}

func TestViolation(t *testing.T) {
	for _, c := range []struct{ name, password, want string }{
		{"conforms", "Passw0rd!", ""},
		{"too short", "Pa0!", "Password not long enough"},
		{"length counts characters", "Aa1!éééé", ""},
		{"seven characters of many bytes", "Aa1!ééé", "Password not long enough"},
		{"no upper case", "passw0rd!", "Password must have uppercase characters"},
		{"other scripts have no Basic Latin upper case", "ÄÖÜpassw0rd!", "Password must have uppercase characters"},
		{"no lower case", "PASSW0RD!", "Password must have lowercase characters"},
		{"no digit", "Password!", "Password must have numeric characters"},
		{"no symbol", "Passw0rds", "Password must have symbol characters"},
		{"a space inside is a symbol", "Pass w0rd", ""},
		{"a space at the end is not a symbol", "Passw0rd ", "Password must have symbol characters"},
		{"a space at the start is not a symbol", " Passw0rd", "Password must have symbol characters"},
		{"length comes first", "", "Password not long enough"},
		{"the euro sign is not a symbol", "Passw0rd€", "Password must have symbol characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strict.Violation(c.password); got != c.want {
				t.Errorf("Violation(%q) = %q, want %q", c.password, got, c.want)
			}
		})
	}
	for _, symbol := range PasswordSymbols {
		if got := strict.Violation("Passw0rd" + string(symbol)); got != "" {
			t.Errorf("symbol %q: %s", symbol, got)
		}
	}
	if got := (PasswordPolicy{MinimumLength: 6}).Violation("aaaaaa"); got != "" {
		t.Errorf("a policy without classes requires one: %s", got)
	}
}

// seeded is a Picker with a reproducible sequence.
type seeded struct{ r *rand.Rand }

func (s seeded) Pick(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[s.r.IntN(len(alphabet))])
	}
	return b.String()
}

func TestGeneratePassword(t *testing.T) {
	pick := seeded{rand.New(rand.NewPCG(1, 2))}
	seen := map[string]bool{}
	for _, length := range []int32{0, 6, 8, 12, 40, 99} {
		p := strict
		p.MinimumLength = length
		for range 200 {
			password := GeneratePassword(pick, p)
			if v := p.Violation(password); v != "" {
				t.Fatalf("minimum %d: %q: %s", length, password, v)
			}
			if utf8.RuneCountInString(password) < minGenerated {
				t.Fatalf("%q is too short", password)
			}
			if strings.ContainsAny(password, "<>&\"'{} ") {
				t.Fatalf("%q has a character that a message template changes", password)
			}
			if seen[password] {
				t.Fatalf("%q was generated twice", password)
			}
			seen[password] = true
		}
	}
}

func TestTemporaryPasswordExpires(t *testing.T) {
	set := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		days      int32
		temporary bool
		after     time.Duration
		want      bool
	}{
		{"last second", 3, true, 72*time.Hour - time.Second, false},
		{"the second of expiry", 3, true, 72 * time.Hour, true},
		{"zero days mean seven", 0, true, 7*24*time.Hour - time.Second, false},
		{"zero days mean seven, expired", 0, true, 7 * 24 * time.Hour, true},
		{"permanent ones do not expire", 3, false, 1000 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cred := &Credential{SetAt: set, Temporary: c.temporary}
			policy := PasswordPolicy{TemporaryPasswordValidityDays: c.days}
			if got := cred.Expired(policy, set.Add(c.after)); got != c.want {
				t.Errorf("Expired = %v, want %v", got, c.want)
			}
		})
	}
}

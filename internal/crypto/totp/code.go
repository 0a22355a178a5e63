package totp

import (
	"crypto/hmac"
	"crypto/sha1" // RFC 4226; collisions do not matter to an HMAC
	"crypto/subtle"
	"encoding/binary"
	"time"
)

const (
	digits      = 6
	stepSeconds = 30
	// skew is how many steps before and after the current one are accepted.
	// Source: guide page user-pool-settings-mfa-totp.
	skew = 1
)

// Verify reports whether code is valid at a time, and returns the number of its
// step since 1970. All three steps are computed and compared in constant time.
// If a code belongs to two of them, Verify returns the later one.
//
// A valid code may have been used before; see Spent.Redeem.
func (s Secret) Verify(code string, at time.Time) (step int64, ok bool) {
	if len(s.key) < minBytes {
		return 0, false
	}
	now := stepAt(at)
	fits, offset := 0, 0
	for d := -skew; d <= skew; d++ {
		want := hotp(s.key, uint64(now+int64(d)))
		equal := subtle.ConstantTimeCompare(want[:], []byte(code))
		offset = subtle.ConstantTimeSelect(equal, d, offset)
		fits |= equal
	}
	if fits == 0 {
		return 0, false
	}
	return now + int64(offset), true
}

// Code returns the code that an authenticator app shows at a time, for tests
// and clients.
func (s Secret) Code(at time.Time) string {
	code := hotp(s.key, uint64(stepAt(at)))
	return string(code[:])
}

// stepAt returns the number of the step at a time, rounded down also before
// 1970.
func stepAt(at time.Time) int64 {
	seconds := at.Unix()
	step := seconds / stepSeconds
	if seconds%stepSeconds < 0 {
		step--
	}
	return step
}

// hotp returns HOTP(K, C) of RFC 4226 section 5.3 in six digits.
func hotp(key []byte, counter uint64) (code [digits]byte) {
	mac := hmac.New(sha1.New, key)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], counter)
	mac.Write(c[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	for i := digits - 1; i >= 0; i-- {
		code[i] = byte('0' + n%10)
		n /= 10
	}
	return code
}

// Spent is the last step whose code was used with a secret; zero is none. A
// code may be used once (RFC 6238 section 5.2): store Spent beside the secret,
// and write the result of Redeem in the transaction that signs the user in, with
// a comparison of the stored value, so that one of two concurrent uses is
// refused.
type Spent int64

// Redeem returns the value to store after a use of step, and false if that step
// or a later one was used before.
func (s Spent) Redeem(step int64) (Spent, bool) {
	if step <= int64(s) {
		return s, false
	}
	return Spent(step), true
}

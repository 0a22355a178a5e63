package entropy

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"
)

const (
	alnum       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	lowerAlnum  = "0123456789abcdefghijklmnopqrstuvwxyz"
	base32hex   = "0123456789abcdefghijklmnopqrstuv"
	digits      = "0123456789"
	base32Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// Source generates random bytes and identifiers. It is safe for concurrent use.
type Source struct{ r io.Reader }

// System returns a Source that reads from the operating system.
func System() Source { return Source{rand.Reader} }

// Seeded returns a reproducible Source, for tests only.
func Seeded(seed uint64) Source {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return Source{&locked{r: mathrand.NewChaCha8(key)}}
}

type locked struct {
	mu sync.Mutex
	r  *mathrand.ChaCha8
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// Read fills p. It never returns an error. It panics if the random source fails:
// the process must stop rather than generate guessable secrets.
func (s Source) Read(p []byte) (int, error) {
	if _, err := io.ReadFull(s.r, p); err != nil {
		panic(fmt.Sprintf("entropy: the system's random source failed: %v", err))
	}
	return len(p), nil
}

// Bytes returns n random bytes.
func (s Source) Bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.Read(b)
	return b
}

// Pick returns n characters chosen uniformly from alphabet, which has at most 256
// ASCII characters. Random bytes beyond the largest multiple of its length are
// discarded, so that all characters are equally likely.
func (s Source) Pick(alphabet string, n int) string {
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range s.Bytes(n - len(out) + 8) {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

// Below returns a uniformly distributed number in [0, n).
func (s Source) Below(n int) int {
	v, err := rand.Int(s, big.NewInt(int64(n)))
	if err != nil {
		panic(fmt.Sprintf("entropy: %v", err))
	}
	return int(v.Int64())
}

// Digits returns a one-time code of n decimal digits.
func (s Source) Digits(n int) string { return s.Pick(digits, n) }

// UUID returns a random UUID (RFC 9562 version 4).
func (s Source) UUID() string {
	b := s.Bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return formatUUID(b)
}

// TimedUUID returns a UUID with t in its first 48 bits, in milliseconds (RFC 9562
// version 7). UUIDTime reads it.
func (s Source) TimedUUID(t time.Time) string {
	b := s.Bytes(16)
	ms := uint64(t.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return formatUUID(b)
}

// UUIDTime returns the time of a TimedUUID; ok is false for any other text.
func UUIDTime(id string) (t time.Time, ok bool) {
	if len(id) != 36 || id[14] != '7' {
		return time.Time{}, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(id[:13], "-", ""))
	if err != nil || len(b) != 6 {
		return time.Time{}, false
	}
	var ms int64
	for _, x := range b {
		ms = ms<<8 | int64(x)
	}
	return time.UnixMilli(ms).UTC(), true
}

func formatUUID(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// PoolID returns a user pool id in the format of AWS, such as
// us-east-1_aB3dE5gH9.
func (s Source) PoolID(region string) string { return region + "_" + s.Pick(alnum, 9) }

// ClientID returns an app client id: 26 characters of base32hex.
func (s Source) ClientID() string { return s.Pick(base32hex, 26) }

// ClientSecret returns a generated app client secret: 52 lower-case
// alphanumerics, about 268 bits.
func (s Source) ClientSecret() string { return s.Pick(lowerAlnum, 52) }

// SessionID returns the id of a tracked session: the kind's three letters and
// 25 lower-case alphanumerics.
func (s Source) SessionID(kind string) string { return kind + s.Pick(lowerAlnum, 25) }

// AccessKeyID returns an access key id in the format of AWS.
func (s Source) AccessKeyID() string { return "AKIA" + s.Pick(base32Upper, 16) }

// AccessKeySecret returns a secret access key: 40 characters of base64.
func (s Source) AccessKeySecret() string {
	return base64.StdEncoding.EncodeToString(s.Bytes(30))
}

package srp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
)

const saltBytes = 16

// Verifier is what a server stores of a password: a salt, and v = g^x mod N as
// 384 big-endian bytes.
type Verifier struct{ Salt, V []byte }

// NewVerifier returns the verifier of a password with a random salt. pool is
// the part of the pool id after the underscore, user the canonical username; x
// depends on both. The bytes of the password are used as they are, as clients
// do.
func NewVerifier(rand io.Reader, pool, user, password string) (Verifier, error) {
	salt, err := newSalt(rand)
	if err != nil {
		return Verifier{}, err
	}
	return verifierOf(salt, pool, user, password), nil
}

// newSalt returns a random salt whose text does not begin with a zero. Some
// client libraries misread hex of odd length, so SALT and SRP_B, which have no
// leading zeros, must have all their digits. One in sixteen draws is discarded,
// which leaves more than 127 bits of entropy. See docs/divergences SI-16.
func newSalt(rand io.Reader) ([]byte, error) {
	salt := make([]byte, saltBytes)
	for !hasAllDigits(salt) {
		if _, err := io.ReadFull(rand, salt); err != nil {
			return nil, err
		}
	}
	return salt, nil
}

// decoySalt is newSalt for a decoy: it has the same distribution of first
// digits, and is always the same for one name.
func decoySalt(key []byte, pool, user string) []byte {
	salt := expand(key, "decoy salt", pool, user)
	for !hasAllDigits(salt) {
		salt = expand(key, "decoy salt", string(salt))
	}
	return salt[:saltBytes]
}

// hasAllDigits reports whether the hex text of b has two digits a byte, without
// a leading zero.
func hasAllDigits(b []byte) bool { return b[0] >= 0x10 }

func verifierOf(salt []byte, pool, user, password string) Verifier {
	v := Verifier{Salt: salt, V: make([]byte, primeBytes)}
	powG(privateKey(salt, pool, user, password)).FillBytes(v.V)
	return v
}

// ErrVerifier is returned for a verifier of a client that is not in the group.
var ErrVerifier = errors.New("srp: not a salt and a verifier of the group")

// maxSaltBytes bounds the salt of a client. Clients use 16 bytes.
const maxSaltBytes = 64

// ParseVerifier checks a client's verifier. Both arguments are big-endian, with
// or without a sign byte. 0, 1, -1 and numbers outside the group are refused,
// because with them anyone could compute the session key.
func ParseVerifier(salt, v []byte) (Verifier, error) {
	n := new(big.Int).SetBytes(v)
	highest := new(big.Int).Sub(prime, big.NewInt(1))
	if len(salt) == 0 || len(salt) > maxSaltBytes || len(v) > primeBytes+1 || n.Cmp(big.NewInt(1)) <= 0 ||
		n.Cmp(highest) >= 0 {
		return Verifier{}, ErrVerifier
	}
	return Verifier{Salt: padBytes(salt), V: n.FillBytes(make([]byte, primeBytes))}, nil
}

// privateKey is x = SHA256(PAD(salt) ‖ SHA256(pool ‖ user ‖ ":" ‖ password)).
func privateKey(salt []byte, pool, user, password string) *big.Int {
	inner := sha256.Sum256([]byte(pool + user + ":" + password))
	outer := sha256.New()
	outer.Write(padBytes(salt))
	outer.Write(inner[:])
	return new(big.Int).SetBytes(outer.Sum(nil))
}

// CheckPassword reports whether the password is that of the verifier. It takes
// one fixed-base exponentiation and compares in constant time.
func (v Verifier) CheckPassword(pool, user, password string) bool {
	candidate := verifierOf(v.Salt, pool, user, password)
	return subtle.ConstantTimeCompare(candidate.V, v.V) == 1
}

// SaltHex returns SALT: the salt in hexadecimal without leading zeros, because
// client libraries differ in how they treat those. The number of digits can be
// odd only for the salt of a device, which the client chose, and for salts
// stored by earlier versions.
func (v Verifier) SaltHex() string { return minimalHex(v.Salt) }

func minimalHex(b []byte) string {
	if s := strings.TrimLeft(hex.EncodeToString(b), "0"); s != "" {
		return s
	}
	return "0"
}

// Decoys derives the values that are sent for an unknown user, so that the user
// cannot be distinguished from a known one (RFC 5054 section 2.5.1.3). They are
// always the same for one name.
type Decoys struct {
	key []byte
	v   []byte
}

// NewDecoys returns the decoys of a secret key.
func NewDecoys(key []byte) Decoys {
	var number []byte
	for i := range primeBytes / sha256.Size {
		number = append(number, expand(key, "decoy verifier", string(rune('a'+i)))...)
	}
	v := new(big.Int).SetBytes(number)
	return Decoys{key, v.Mod(v, prime).FillBytes(make([]byte, primeBytes))}
}

// Verifier returns a verifier that matches no password. All names have the same
// v, which B hides: to compute a v per name would take longer than for known
// users.
func (d Decoys) Verifier(pool, user string) Verifier {
	return Verifier{Salt: decoySalt(d.key, pool, user), V: d.v}
}

// Name returns a name in the form of a UUID, for pools whose usernames are
// UUIDs.
func (d Decoys) Name(pool, user string) string {
	b := expand(d.key, "decoy name", pool, user)[:16]
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func expand(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		mac.Write(n[:])
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

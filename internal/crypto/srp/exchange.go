package srp

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"strings"
	"time"
)

// ErrPublic is returned for an A that is not a hexadecimal number of the
// group.
var ErrPublic = errors.New("srp: A is not a hexadecimal number of the group")

// Public is the A of a client after the checks of ParsePublic.
type Public struct{ n *big.Int }

// ParsePublic parses A: hexadecimal digits in either case, an even or odd
// number of them. Multiples of N are refused, since with them any password can
// be proved (RFC 5054 section 2.5.4).
func ParsePublic(text string) (*Public, error) {
	if text == "" || len(text) > 2*primeBytes || strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		return nil, ErrPublic
	}
	n, ok := new(big.Int).SetString(text, 16)
	if !ok || new(big.Int).Mod(n, prime).Sign() == 0 {
		return nil, ErrPublic
	}
	return &Public{n}, nil
}

// Ephemeral is the server's side of an exchange: the secret b and the public B
// = k·v + g^b. Use it for one proof.
type Ephemeral struct {
	Secret []byte
	public *big.Int
}

// NewEphemeral returns a random b for a verifier. It repeats the draw if B
// would begin with the digit zero (see newSalt).
func NewEphemeral(rand io.Reader, v Verifier) (Ephemeral, error) {
	for {
		secret := make([]byte, exponentBytes)
		if _, err := io.ReadFull(rand, secret); err != nil {
			return Ephemeral{}, err
		}
		e := ephemeralOf(secret, v)
		if len(e.PublicBytes()) == primeBytes && hasAllDigits(e.PublicBytes()) {
			return e, nil
		}
	}
}

func ephemeralOf(secret []byte, v Verifier) Ephemeral {
	b := new(big.Int).Mul(multiplier, new(big.Int).SetBytes(v.V))
	b.Add(b, powG(new(big.Int).SetBytes(secret)))
	return Ephemeral{Secret: secret, public: b.Mod(b, prime)}
}

// RestoreEphemeral returns the Ephemeral with this Secret and these
// PublicBytes.
func RestoreEphemeral(secret, public []byte) Ephemeral {
	return Ephemeral{Secret: secret, public: new(big.Int).SetBytes(public)}
}

// PublicBytes returns B, big-endian.
func (e Ephemeral) PublicBytes() []byte { return e.public.Bytes() }

// PublicHex returns SRP_B: B in hexadecimal without leading zeros.
func (e Ephemeral) PublicHex() string { return minimalHex(e.public.Bytes()) }

// Claim is the response to PASSWORD_VERIFIER: a signature over the other
// fields.
type Claim struct {
	Pool, User  string
	SecretBlock []byte
	// Timestamp is the text that the client sent; a different spelling of the
	// time has a different signature.
	Timestamp string
	Signature []byte
}

// Verify reports whether the signature of the claim proves the password of v.
func (e Ephemeral) Verify(v Verifier, a *Public, c Claim) bool {
	u := scramble(a.n, e.public)
	// S = (A·v^u)^b
	s := new(big.Int).Exp(new(big.Int).SetBytes(v.V), u, prime)
	s = mulMod(s, a.n)
	s.Exp(s, new(big.Int).SetBytes(e.Secret), prime)
	want := signature(sessionKey(u, s), c)
	return hmac.Equal(want, c.Signature)
}

// scramble is u = SHA256(PAD(A) ‖ PAD(B)).
func scramble(a, b *big.Int) *big.Int {
	h := sha256.New()
	h.Write(pad(a))
	h.Write(pad(b))
	return new(big.Int).SetBytes(h.Sum(nil))
}

// sessionKey is the first 16 bytes of HKDF-SHA256 with salt PAD(u) over PAD(S).
func sessionKey(u, s *big.Int) []byte {
	extract := hmac.New(sha256.New, pad(u))
	extract.Write(pad(s))
	expand := hmac.New(sha256.New, extract.Sum(nil))
	expand.Write([]byte("Caldera Derived Key\x01"))
	return expand.Sum(nil)[:16]
}

func signature(key []byte, c Claim) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.Pool + c.User))
	mac.Write(c.SecretBlock)
	mac.Write([]byte(c.Timestamp))
	return mac.Sum(nil)
}

// ParseTimestamp parses a timestamp such as "Sun Nov 2 03:04:05 UTC 2025": the
// day has no leading zero, the zone is always UTC. The day of the week is not
// checked.
func ParseTimestamp(s string) (time.Time, error) {
	_, rest, found := strings.Cut(s, " ")
	if !found {
		return time.Time{}, errors.New("srp: not a time stamp")
	}
	return time.Parse("Jan 2 15:04:05 UTC 2006", rest)
}

package e2e

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"
)

// The client's half of Cognito's SRP-6a, written from the formulas: group 15 of
// RFC 3526, SHA-256, a password hash over pool, user and password, and a key
// that is derived by HKDF with the info "Caldera Derived Key".

const group15 = "" +
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
	"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
	"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
	"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

var (
	srpN = hexInt(group15)
	srpG = big.NewInt(2)
	srpK = hashInt(pad(srpN), []byte{2})
)

func hexInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("no hexadecimal number: " + s)
	}
	return n
}

// pad writes n big-endian in the shortest two's complement form.
func pad(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func hashInt(parts ...[]byte) *big.Int { return new(big.Int).SetBytes(hash(parts...)) }

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// srpExchange is one exchange: its secret a and its public A.
type srpExchange struct{ a, A *big.Int }

func newSRP() *srpExchange {
	secret := make([]byte, 128)
	_, _ = rand.Read(secret)
	return srpFrom(new(big.Int).SetBytes(secret))
}

func srpFrom(a *big.Int) *srpExchange {
	return &srpExchange{a: a, A: new(big.Int).Exp(srpG, a, srpN)}
}

// srpA is the parameter SRP_A.
func (e *srpExchange) srpA() string { return e.A.Text(16) }

// claim returns the responses to PASSWORD_VERIFIER. The pool id's part after the
// underscore and USER_ID_FOR_SRP name the user.
func (e *srpExchange) claim(
	poolID string, challenge map[string]string, password string, at time.Time,
) map[string]string {
	_, pool, _ := strings.Cut(poolID, "_")
	user := challenge["USER_ID_FOR_SRP"]
	block, _ := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	stamp := at.UTC().Format("Mon Jan 2 15:04:05 UTC 2006")
	key := e.key(pool+user, hexInt(challenge["SALT"]), hexInt(challenge["SRP_B"]), password)
	signature := mac(key, []byte(pool+user), block, []byte(stamp))
	return map[string]string{
		"USERNAME":                    user,
		"TIMESTAMP":                   stamp,
		"PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE":    base64.StdEncoding.EncodeToString(signature),
	}
}

// key returns the session key: S = (B − k·g^x)^(a + u·x), then HKDF.
func (e *srpExchange) key(poolUser string, salt, b *big.Int, password string) []byte {
	u := hashInt(pad(e.A), pad(b))
	x := hashInt(pad(salt), hash([]byte(poolUser+":"+password)))
	base := new(big.Int).Exp(srpG, x, srpN)
	base.Mul(base, srpK)
	base.Sub(b, base).Mod(base, srpN)
	exponent := new(big.Int).Mul(u, x)
	s := new(big.Int).Exp(base, exponent.Add(exponent, e.a), srpN)
	prk := mac(pad(u), pad(s))
	return mac(prk, []byte("Caldera Derived Key"), []byte{1})[:16]
}

// TestSRPVector checks this client with values computed by pycognito.
func TestSRPVector(t *testing.T) {
	e := srpFrom(hexInt(strings.Repeat("11", 32)))
	digest := func(n *big.Int) string { return hex.EncodeToString(hash([]byte(n.Text(16)))) }
	if got := digest(e.A); got != "99f14375d9cdbb6a94ee1804aa89f307dd0cdc5c3a8002a9d24a1012a9d5e1a1" {
		t.Errorf("A hashes to %s", got)
	}
	const poolUser = "TestPool134c84488-e0e1-70ae-d2ee-991ad1a898c8"
	const salt, password = "a244c038c0fd9192b9b5538344ce41ab", "Password123!"
	x := hashInt(pad(hexInt(salt)), hash([]byte(poolUser+":"+password)))
	v := new(big.Int).Exp(srpG, x, srpN)
	b := new(big.Int).Exp(srpG, hexInt(strings.Repeat("22", 32)), srpN)
	b.Add(b, new(big.Int).Mul(srpK, v)).Mod(b, srpN)
	if got := digest(b); got != "9e943226ad4d3c1c5e5343c293364b7b36642202fdb723041ddbcb9e293c2068" {
		t.Errorf("B hashes to %s", got)
	}
	claim := e.claim("us-east-1_TestPool1", map[string]string{
		"SALT": salt, "SRP_B": b.Text(16), "USER_ID_FOR_SRP": "34c84488-e0e1-70ae-d2ee-991ad1a898c8",
		"SECRET_BLOCK": base64.StdEncoding.EncodeToString([]byte("secret-block-test")),
	}, password, time.Date(2025, 11, 2, 3, 4, 5, 0, time.UTC))
	if got := claim["PASSWORD_CLAIM_SIGNATURE"]; got != "pboom6b09oaGhlFGOo8TvWAeJTmuMz2QAb7wsPfcRj0=" {
		t.Errorf("signature %s", got)
	}
}

package jose_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

var key = sync.OnceValue(func() *jose.SigningKey {
	k, err := jose.GenerateSigningKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

func lookUp(id string) *rsa.PublicKey {
	if id == key().KeyID() {
		return key().Public()
	}
	return nil
}

const claims = `{"iss":"https://id.example.com/us-east-1_A","sub":"ann"}`

func token(t testing.TB) string {
	t.Helper()
	s, err := key().Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignVerifies(t *testing.T) {
	s := token(t)
	got, err := jose.Verify(s, lookUp)
	if err != nil || string(got) != claims {
		t.Fatalf("verified %s, %v", got, err)
	}
	issuer, id, err := jose.Peek(s)
	if err != nil || issuer != "https://id.example.com/us-east-1_A" || id != key().KeyID() {
		t.Errorf("peeked %s %s, %v", issuer, id, err)
	}
	header, _, _ := strings.Cut(s, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(header)
	if want := `{"kid":"` + key().KeyID() + `","alg":"RS256"}`; string(raw) != want {
		t.Errorf("header %s, want %s", raw, want)
	}
	if id := key().KeyID(); len(id) != 44 || !strings.HasSuffix(id, "=") {
		t.Errorf("key id %s", id)
	}
}

// An independent implementation reads our key set and verifies our tokens.
func TestKeySetVerifiesWithGoJOSE(t *testing.T) {
	set := jose.AppendJWKS(nil, key())
	var parsed gojose.JSONWebKeySet
	if err := json.Unmarshal(set, &parsed); err != nil {
		t.Fatal(err)
	}
	sig, err := gojose.ParseSignedCompact(token(t), []gojose.SignatureAlgorithm{gojose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sig.Verify(parsed.Key(key().KeyID())[0]); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(string(set), `{"keys":[{"alg":"RS256","e":"AQAB","kid":"`) ||
		!strings.HasSuffix(string(set), `","use":"sig"}]}`) {
		t.Errorf("members out of order: %s", set)
	}
}

func TestPKCS8RoundTrip(t *testing.T) {
	b, err := key().PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	again, err := jose.ParseSigningKey(b)
	if err != nil || again.KeyID() != key().KeyID() {
		t.Fatalf("%v", err)
	}
	if _, err := jose.ParseSigningKey(b[:50]); err == nil {
		t.Error("a truncated key is accepted")
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs an arbitrary header with the pool's own key.
func forge(t *testing.T, header string) string {
	t.Helper()
	pkcs8, err := key().PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	input := b64(header) + "." + b64(claims)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, private.(*rsa.PrivateKey), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func hs256(keyBytes []byte, id string) string {
	input := b64(`{"kid":"`+id+`","alg":"HS256"}`) + "." + b64(claims)
	mac := hmac.New(sha256.New, keyBytes)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// nextText returns the base64url character after c. It has the same value as c if
// the last bits of a text are not checked.
func nextText(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)+1:][:1]
}

// TestAttacks has attack cases T1 to T5 and T10.
func TestAttacks(t *testing.T) {
	good, id := token(t), key().KeyID()
	parts := strings.Split(good, ".")
	spki, _ := x509.MarshalPKIXPublicKey(key().Public())
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	if _, err := jose.Verify(forge(t, `{"kid":"`+id+`","alg":"RS256"}`), lookUp); err != nil {
		t.Fatalf("positive control: %v", err)
	}
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"alg none":        {b64(`{"kid":"`+id+`","alg":"none"}`) + "." + parts[1] + ".", jose.ErrMalformed},
		"alg nOnE":        {forge(t, `{"kid":"`+id+`","alg":"nOnE"}`), jose.ErrMalformed},
		"empty signature": {parts[0] + "." + parts[1] + ".", jose.ErrMalformed},
		"HS256 with PEM":  {hs256(pemKey, id), jose.ErrMalformed},
		"HS256 with DER":  {hs256(spki, id), jose.ErrMalformed},
		"HS256 with JWKS": {hs256(jose.AppendJWKS(nil, key()), id), jose.ErrMalformed},
		"RS512":           {forge(t, `{"kid":"`+id+`","alg":"RS512"}`), jose.ErrMalformed},
		"kid a path":      {forge(t, `{"kid":"../../dev/null","alg":"RS256"}`), jose.ErrSignature},
		"kid SQL":         {forge(t, `{"kid":"' OR 1=1 --","alg":"RS256"}`), jose.ErrSignature},
		"kid a megabyte":  {forge(t, `{"kid":"`+strings.Repeat("k", 1<<20)+`","alg":"RS256"}`), jose.ErrMalformed},
		"kid absent":      {forge(t, `{"alg":"RS256"}`), jose.ErrMalformed},
		"jwk embedded":    {forge(t, `{"kid":"`+id+`","alg":"RS256","jwk":{"kty":"RSA"}}`), jose.ErrMalformed},
		"jku embedded":    {forge(t, `{"kid":"`+id+`","alg":"RS256","jku":"http://127.0.0.1/"}`), jose.ErrMalformed},
		"x5u embedded":    {forge(t, `{"kid":"`+id+`","alg":"RS256","x5u":"http://127.0.0.1/"}`), jose.ErrMalformed},
		"x5c embedded":    {forge(t, `{"kid":"`+id+`","alg":"RS256","x5c":["AA=="]}`), jose.ErrMalformed},
		"other order":     {forge(t, `{"alg":"RS256","kid":"`+id+`"}`), jose.ErrMalformed},
		"space":           {forge(t, `{"kid":"`+id+`", "alg":"RS256"}`), jose.ErrMalformed},
		"name by case":    {forge(t, `{"KID":"`+id+`","alg":"RS256"}`), jose.ErrMalformed},
		"two algorithms":  {forge(t, `{"kid":"`+id+`","alg":"none","alg":"RS256"}`), jose.ErrMalformed},
		"escape in kid":   {forge(t, `{"kid":"`+id+`\u0000","alg":"RS256"}`), jose.ErrMalformed},
		"b64 false":       {forge(t, `{"kid":"`+id+`","b64":false,"alg":"RS256"}`), jose.ErrMalformed},
		"crit":            {forge(t, `{"kid":"`+id+`","alg":"RS256","crit":["x"]}`), jose.ErrMalformed},
		"JSON serialization": {
			`{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] +
				`","signature":"` + parts[2] + `"}]}`,
			jose.ErrMalformed,
		},
		"five million dots":   {strings.Repeat(".", 5_000_000), jose.ErrMalformed},
		"truncated":           {good[:len(good)-6], jose.ErrSignature},
		"appended":            {good + "A", jose.ErrSignature},
		"other claims":        {parts[0] + "." + b64(`{"sub":"bob"}`) + "." + parts[2], jose.ErrSignature},
		"line break":          {good[:20] + "\n" + good[20:], jose.ErrMalformed},
		"line break at end":   {good + "\r\n", jose.ErrMalformed},
		"other last bits":     {good[:len(good)-1] + nextText(good[len(good)-1]), jose.ErrMalformed},
		"padded":              {good + "==", jose.ErrMalformed},
		"empty":               {"", jose.ErrMalformed},
		"garbage":             {"not a token", jose.ErrMalformed},
		"header is no object": {b64(`"x"`) + "." + parts[1] + "." + parts[2], jose.ErrMalformed},
	} {
		if _, err := jose.Verify(c.token, lookUp); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A text of many parts is refused without allocating for each of them (attack case
// T5). The control is that a token allocates at all.
func TestManyPartsAllocateLittle(t *testing.T) {
	allocated := func(token string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, call := range []func() error{
			func() error { _, err := jose.Verify(token, lookUp); return err },
			func() error { _, _, err := jose.Peek(token); return err },
		} {
			if err := call(); (err == nil) != (len(token) < 1<<20) {
				t.Errorf("%.20s…: %v", token, err)
			}
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if n := allocated(token(t)); n == 0 {
		t.Error("control: a token allocates nothing")
	}
	for _, part := range []string{".", "a.", "e30."} {
		if n := allocated(strings.Repeat(part, 5_000_000)); n > 1<<20 {
			t.Errorf("%q allocates %d bytes", part, n)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, key()); s != "[redacted]" {
			t.Errorf("%s prints %.40s", verb, s)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("a.b.c")
	f.Add(token(f)[:400])
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := jose.Verify(s, lookUp); err == nil && string(c) != claims {
			t.Errorf("verified %s", c)
		}
		_, _, _ = jose.Peek(s)
	})
}

func BenchmarkSign(b *testing.B) {
	for b.Loop() {
		if _, err := key().Sign([]byte(claims)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := token(b)
	for b.Loop() {
		if _, err := jose.Verify(s, lookUp); err != nil {
			b.Fatal(err)
		}
	}
}

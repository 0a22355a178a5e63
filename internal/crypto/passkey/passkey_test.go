package passkey_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

const (
	party  = "example.org"
	origin = "https://example.org"
	handle = "8f7d3b1e-0c2a-4b6f-9d51-3f1d7a0c9e42"
)

var user = passkey.User{Handle: handle, Name: "ann & <bob>"}

func ceremony(t testing.TB) passkey.Ceremony {
	t.Helper()
	challenge, err := passkey.NewChallenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return passkey.Ceremony{Challenge: challenge, RelyingParty: party}
}

// register verifies the response of an authenticator to the ceremony's options.
func register(c passkey.Ceremony, a *passkeytest.Authenticator) (passkey.Credential, error) {
	r, err := passkey.ParseRegistration(a.Create(c.CreationOptions(user, nil)))
	if err != nil {
		return passkey.Credential{}, err
	}
	return c.VerifyRegistration(r)
}

func signIn(c passkey.Ceremony, a *passkeytest.Authenticator, stored passkey.Credential) (passkey.Proof, error) {
	parsed, err := passkey.ParseAssertion(a.Get(c.RequestOptions([]passkey.Credential{stored})))
	if err != nil {
		return passkey.Proof{}, err
	}
	return c.VerifyAssertion(parsed, stored, handle)
}

// registered returns a registered passkey.
func registered(t testing.TB, a *passkeytest.Authenticator) passkey.Credential {
	t.Helper()
	made, err := register(ceremony(t), a)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// iCloudKeychain is the AAGUID of a provider with a known name.
var iCloudKeychain = [16]byte{
	0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd,
}

func TestRegisterAndSignIn(t *testing.T) {
	for name, a := range map[string]*passkeytest.Authenticator{
		"ES256": passkeytest.NewES256(t, origin),
		"RS256": passkeytest.NewRS256(t, origin, 2048),
	} {
		for _, self := range []bool{false, true} {
			a.SelfAttested, a.Count = self, 7
			a.AAGUID = iCloudKeychain
			a.Flags = passkeytest.UserPresent | passkeytest.UserVerified |
				passkeytest.BackupEligible | passkeytest.BackedUp
			made := registered(t, a)
			if !bytes.Equal(made.ID, a.ID) || made.SignCount != 7 || !made.BackupEligible || !made.BackedUp ||
				!made.UserVerified ||
				made.Attachment != "platform" || len(made.Transports) != 1 || made.FriendlyName() != "iCloud Keychain" {
				t.Errorf("%s: %+v", name, made)
			}
			a.Flags &^= passkeytest.BackedUp | passkeytest.UserVerified
			proof, err := signIn(ceremony(t), a, made)
			if err != nil || proof.SignCount != 8 || proof.UserVerified || proof.BackedUp ||
				proof.Attachment != "platform" {
				t.Errorf("%s: %+v, %v", name, proof, err)
			}
		}
	}
}

// vectors are those of Web Authentication Level 3 section 16, from its source.
func vectors(t testing.TB) (all []vector) {
	t.Helper()
	file, err := os.ReadFile("testdata/w3c-level3.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

type vector struct {
	Name         string
	Registration struct {
		Challenge, ClientDataJSON, AttestationObject hexText
		ID                                           hexText `json:"credential_id"`
	}
	Authentication struct{ Challenge, ClientDataJSON, AuthenticatorData, Signature hexText }
}

type hexText []byte

func (h *hexText) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

func (v vector) registration() []byte {
	return v.envelope("attestationObject", v.Registration.AttestationObject)
}

func (v vector) envelope(key string, value []byte) []byte {
	response := map[string]any{"clientDataJSON": b64(v.Registration.ClientDataJSON), key: b64(value)}
	return v.wrap(response)
}

func (v vector) assertion() []byte {
	a := v.Authentication
	return v.wrap(map[string]any{
		"clientDataJSON": b64(a.ClientDataJSON), "authenticatorData": b64(a.AuthenticatorData),
		"signature": b64(a.Signature),
	})
}

func (v vector) wrap(response map[string]any) []byte {
	id := b64(v.Registration.ID)
	out, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		panic(err)
	}
	return out
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TestW3CVectors: ES256 and RS256 are accepted with any attestation statement;
// other algorithms and cross-origin frames are refused.
func TestW3CVectors(t *testing.T) {
	refused := map[string]error{
		"none-es256-crossOrigin": passkey.ErrOrigin, "none-es256-topOrigin": passkey.ErrOrigin,
		"packed-es384": passkey.ErrNotSupported, "packed-es512": passkey.ErrNotSupported,
		"packed-eddsa": passkey.ErrNotSupported, "packed-ed448": passkey.ErrNotSupported,
	}
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			c := passkey.Ceremony{Challenge: v.Registration.Challenge, RelyingParty: party}
			r, err := passkey.ParseRegistration(v.registration())
			if err != nil && refused[v.Name] == nil {
				t.Fatal(err)
			}
			if err != nil {
				return // a key type that the parser does not support
			}
			if !bytes.Equal(r.Challenge(), v.Registration.Challenge) {
				t.Errorf("challenge %x", r.Challenge())
			}
			made, err := c.VerifyRegistration(r)
			if !errors.Is(err, refused[v.Name]) {
				t.Fatalf("%v, want %v", err, refused[v.Name])
			}
			if err != nil {
				return
			}
			c.Challenge = v.Authentication.Challenge
			a, err := passkey.ParseAssertion(v.assertion())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.VerifyAssertion(a, made, handle); err != nil {
				t.Error(err)
			}
			made.PublicKey = registered(t, passkeytest.NewES256(t, origin)).PublicKey
			if _, err := c.VerifyAssertion(a, made, handle); !errors.Is(err, passkey.ErrSignature) {
				t.Errorf("by another key: %v", err)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	c := passkey.Ceremony{Challenge: []byte("0123456789abcdef"), RelyingParty: party}
	have := []passkey.Credential{{ID: []byte("one"), Transports: []string{"internal", "hybrid"}}}
	const creation = `{"rp":{"id":"example.org","name":"example.org"},` +
		`"user":{"id":"OGY3ZDNiMWUtMGMyYS00YjZmLTlkNTEtM2YxZDdhMGM5ZTQy",` +
		`"name":"ann & <bob>","displayName":"ann & <bob>"},` +
		`"challenge":"MDEyMzQ1Njc4OWFiY2RlZg",` +
		`"pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"timeout":60000,` +
		`"excludeCredentials":[{"id":"b25l","type":"public-key"}],` +
		`"authenticatorSelection":{"requireResidentKey":true,` +
		`"residentKey":"required","userVerification":"preferred"}}`
	if got := string(c.CreationOptions(user, have)); got != creation {
		t.Errorf("creation options:\n %s\nwant\n %s", got, creation)
	}
	const request = `{"challenge":"MDEyMzQ1Njc4OWFiY2RlZg","timeout":180000,"rpId":"example.org",` +
		`"allowCredentials":[{"type":"public-key","id":"b25l","transports":["internal",` +
		`"hybrid"]}],"userVerification":"required"}`
	c.UserVerification = passkey.Required
	if got := string(c.RequestOptions(have)); got != request {
		t.Errorf("request options:\n %s\nwant\n %s", got, request)
	}
	if got := string(c.RequestOptions(nil)); !strings.Contains(got, `"allowCredentials":[]`) {
		t.Errorf("without credentials: %s", got)
	}
}

func TestChallenges(t *testing.T) {
	one, two := ceremony(t).Challenge, ceremony(t).Challenge
	if len(one) < 16 || bytes.Equal(one, two) {
		t.Errorf("%x, %x", one, two)
	}
	if _, err := passkey.NewChallenge(iotest.ErrReader(errors.New("no randomness"))); err == nil {
		t.Error("a challenge without randomness")
	}
}

// TestOrigins has the origins that may use the passkeys of a relying party.
func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		party, origin string
		allowed       bool
	}{
		{"example.org", "https://example.org", true},
		{"example.org", "https://example.org:8443", true},
		{"example.org", "https://login.example.org", true},
		{"login.example.org", "https://example.org", false},
		{"example.org", "http://example.org", false},
		{"example.org", "https://evilexample.org", false},
		{"example.org", "https://example.org.evil.com", false},
		{"example.org", "https://.example.org", false},
		{"example.org", "https://user@example.org", false},
		{"example.org", "https://evil.com/https://example.org", false},
		{"example.org", "https://evil.com#.example.org", false},
		{"example.org", `https://evil.com\.example.org`, false},
		{"example.org", "https://example.org/", false},
		{"example.org", "https://EXAMPLE.org", false},
		{"example.org", "https://example.org.", false},
		{"example.org", "ftp://example.org", false},
		{"example.org", "null", false},
		{"example.org", "", false},
		{"", "https://example.org", false},
		{"localhost", "http://localhost:3000", true},
		{"localhost", "http://app.localhost:3000", true},
		{"app.localhost", "http://app.localhost:3000", true},
		{"app.localhost", "http://localhost:3000", false},
		{"example.org", "http://localhost:3000", false},
		{"example.org", "http://localhost.example.org", false},
		{"evillocalhost", "http://evillocalhost", false},
		{"example.org", "android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0", true},
		{"example.org", "android:apk-key-hash:another", false},
	} {
		a := passkeytest.NewES256(t, c.origin)
		round := ceremony(t)
		round.RelyingParty = c.party
		round.AppOrigins = []string{"", "android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0"}
		_, err := register(round, a)
		if c.allowed && err != nil || !c.allowed && !errors.Is(err, passkey.ErrOrigin) {
			t.Errorf("%s at %q: %v", c.party, c.origin, err)
		}
	}
}

package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"slices"
	"testing"
)

// Flags of authenticator data (Web Authentication section 6.1).
const (
	UserPresent    byte = 1 << 0
	UserVerified   byte = 1 << 2
	BackupEligible byte = 1 << 3
	BackedUp       byte = 1 << 4
	attested       byte = 1 << 6
)

// Authenticator is an authenticator with one passkey, and the page that uses
// it. Its fields may be changed between responses.
type Authenticator struct {
	// ID is the credential's id.
	ID []byte
	// Key is the signing key, COSE its public key as encoded in responses.
	Key  crypto.Signer
	COSE []byte
	// Algorithm is the COSE algorithm in a packed statement.
	Algorithm int64
	AAGUID    [16]byte
	// Origin is the page's. An empty RelyingParty means that of the options.
	Origin, RelyingParty string
	Flags                byte
	// Count is the counter of the next response; Steps is added to it afterwards.
	Count, Steps uint32
	// SelfAttested selects packed statements instead of none.
	SelfAttested bool
	Attachment   string
	Transports   []string
	// UserHandle is set from the options of the registration.
	UserHandle []byte
	// Modify modifies a response; each function may be nil.
	Modify Modify
}

// Modify are functions that modify the parts of a response.
type Modify struct {
	Client            func(map[string]any)
	AuthenticatorData func([]byte) []byte
	Object            func([]byte) []byte
	Signature         func([]byte) []byte
	Response          func(map[string]any)
}

// New returns an authenticator with a new key on P-256, for pages of the origin.
func New(origin string) (*Authenticator, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return newAuthenticator(origin, key, P256(key), -7), nil
}

// NewES256 is like New; an error fails the test.
func NewES256(t testing.TB, origin string) *Authenticator {
	t.Helper()
	a, err := New(origin)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// NewRS256 returns an authenticator with a new RSA key, for pages of the origin.
func NewRS256(t testing.TB, origin string, bits int) *Authenticator {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return newAuthenticator(origin, key, RSA(key, -257), -257)
}

func newAuthenticator(origin string, key crypto.Signer, cose []byte, algorithm int64) *Authenticator {
	a := &Authenticator{
		ID: make([]byte, 32), Key: key, COSE: cose, Algorithm: algorithm, Origin: origin,
		Flags: UserPresent | UserVerified, Count: 1, Steps: 1, Attachment: "platform", Transports: []string{"internal"},
	}
	_, _ = rand.Read(a.ID)
	return a
}

// P256 returns the COSE key of an ES256 passkey.
func P256(key *ecdsa.PrivateKey) []byte {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return Map(Int(1), Int(2), Int(3), Int(-7), Int(-1), Int(1),
		Int(-2), Bytes(point[1:33]), Int(-3), Bytes(point[33:]))
}

// RSA returns the COSE key of an RSA passkey with the given algorithm.
func RSA(key *rsa.PrivateKey, algorithm int64) []byte {
	return Map(Int(1), Int(3), Int(3), Int(algorithm), Int(-1), Bytes(key.N.Bytes()), Int(-2),
		Bytes(big.NewInt(int64(key.E)).Bytes()))
}

// Create returns the response to creation options, a RegistrationResponseJSON.
func (a *Authenticator) Create(options []byte) []byte {
	var o struct {
		RP        struct{ ID string }
		User      struct{ ID string }
		Challenge string
	}
	must(json.Unmarshal(options, &o))
	a.UserHandle = decode(o.User.ID)
	client := a.client("webauthn.create", o.Challenge)
	data := a.authenticatorData(o.RP.ID, a.Flags|attested)
	id := binary.BigEndian.AppendUint16(slices.Clone(a.AAGUID[:]), uint16(len(a.ID)))
	data = slices.Concat(data, id, a.ID, a.COSE)
	if a.Modify.AuthenticatorData != nil {
		data = a.Modify.AuthenticatorData(data)
	}
	object := a.object(data, client)
	if a.Modify.Object != nil {
		object = a.Modify.Object(object)
	}
	return a.envelope(map[string]any{
		"clientDataJSON": encode(client), "attestationObject": encode(object), "transports": a.Transports,
	})
}

func (a *Authenticator) object(data, client []byte) []byte {
	if !a.SelfAttested {
		return Map(Text("fmt"), Text("none"), Text("attStmt"), Map(), Text("authData"), Bytes(data))
	}
	statement := Map(Text("alg"), Int(a.Algorithm), Text("sig"), Bytes(a.sign(data, client)))
	return Map(Text("fmt"), Text("packed"), Text("attStmt"), statement, Text("authData"), Bytes(data))
}

// Get returns the response to request options, an AuthenticationResponseJSON.
func (a *Authenticator) Get(options []byte) []byte {
	var o struct{ RPID, Challenge string }
	must(json.Unmarshal(options, &o))
	client := a.client("webauthn.get", o.Challenge)
	data := a.authenticatorData(o.RPID, a.Flags)
	if a.Modify.AuthenticatorData != nil {
		data = a.Modify.AuthenticatorData(data)
	}
	signature := a.sign(data, client)
	if a.Modify.Signature != nil {
		signature = a.Modify.Signature(signature)
	}
	response := map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature),
	}
	if a.UserHandle != nil {
		response["userHandle"] = encode(a.UserHandle)
	}
	return a.envelope(response)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	c := map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}
	if a.Modify.Client != nil {
		a.Modify.Client(c)
	}
	out, err := json.Marshal(c)
	must(err)
	return out
}

func (a *Authenticator) authenticatorData(party string, flags byte) []byte {
	if a.RelyingParty != "" {
		party = a.RelyingParty
	}
	hash := sha256.Sum256([]byte(party))
	data := binary.BigEndian.AppendUint32(append(hash[:], flags), a.Count)
	a.Count += a.Steps
	return data
}

func (a *Authenticator) sign(data, client []byte) []byte {
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := a.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	must(err)
	return signature
}

func (a *Authenticator) envelope(response map[string]any) []byte {
	e := map[string]any{
		"id": encode(a.ID), "rawId": encode(a.ID), "type": "public-key", "authenticatorAttachment": a.Attachment,
		"clientExtensionResults": map[string]any{}, "response": response,
	}
	if a.Modify.Response != nil {
		a.Modify.Response(e)
	}
	out, err := json.Marshal(e)
	must(err)
	return out
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	must(err)
	return b
}

// must panics, because only a faulty test can cause an error here.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// WellKnown returns an authenticator with the given credential id and the
// private key 1 on P-256, whose public key is the curve's generator.
func WellKnown(t testing.TB, origin, id string) *Authenticator {
	t.Helper()
	one := make([]byte, 32)
	one[31] = 1
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), one)
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthenticator(origin, key, P256(key), -7)
	a.ID = decode(id)
	return a
}

package passkey_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

type authenticator = passkeytest.Authenticator

// spoiled is one change that makes a response invalid, and the error to expect.
type spoiled struct {
	spoil func(*authenticator)
	want  error
}

func inClient(key string, value any) func(*authenticator) {
	return func(a *authenticator) {
		a.Modify.Client = func(c map[string]any) { put(c, key, value) }
	}
}

func inAnswer(key string, value any) func(*authenticator) {
	return func(a *authenticator) {
		a.Modify.Response = func(e map[string]any) {
			if name, inner, found := strings.Cut(key, "."); found {
				put(e[name].(map[string]any), inner, value)
				return
			}
			put(e, key, value)
		}
	}
}

// put sets a member; nil removes it.
func put(m map[string]any, key string, value any) {
	if value == nil {
		delete(m, key)
		return
	}
	m[key] = value
}

func inData(change func([]byte) []byte) func(*authenticator) {
	return func(a *authenticator) { a.Modify.AuthenticatorData = change }
}

func without(flag byte) func(*authenticator) {
	return func(a *authenticator) { a.Flags &^= flag }
}

func with(flag byte) func(*authenticator) { return func(a *authenticator) { a.Flags |= flag } }

// both are changes that are invalid in either ceremony: Resp-1, Resp-2 and
// Resp-4 of the conformance tool.
var both = map[string]spoiled{
	"id is missing":               {inAnswer("id", nil), passkey.ErrMalformed},
	"id is another's":             {inAnswer("id", b64([]byte("another"))), passkey.ErrMalformed},
	"id in standard base64":       {inAnswer("id", "+/+/"), passkey.ErrMalformed},
	"id is a number":              {inAnswer("id", 1), passkey.ErrMalformed},
	"rawId is missing":            {inAnswer("rawId", nil), passkey.ErrMalformed},
	"rawId is another's":          {inAnswer("rawId", b64([]byte("another"))), passkey.ErrMalformed},
	"type is missing":             {inAnswer("type", nil), passkey.ErrMalformed},
	"type is another":             {inAnswer("type", "password"), passkey.ErrMalformed},
	"response is missing":         {inAnswer("response", nil), passkey.ErrMalformed},
	"client data are missing":     {inAnswer("response.clientDataJSON", nil), passkey.ErrMalformed},
	"client data are not JSON":    {inAnswer("response.clientDataJSON", b64([]byte("{"))), passkey.ErrMalformed},
	"client data are no base64":   {inAnswer("response.clientDataJSON", "{}"), passkey.ErrMalformed},
	"client data are a list":      {inAnswer("response.clientDataJSON", b64([]byte("[]"))), passkey.ErrMalformed},
	"the other ceremony":          {inClient("type", "webauthn.other"), passkey.ErrType},
	"no ceremony":                 {inClient("type", nil), passkey.ErrType},
	"no challenge":                {inClient("challenge", nil), passkey.ErrChallenge},
	"empty challenge":             {inClient("challenge", ""), passkey.ErrChallenge},
	"another challenge":           {inClient("challenge", b64([]byte("another challenge"))), passkey.ErrChallenge},
	"no origin":                   {inClient("origin", nil), passkey.ErrOrigin},
	"another origin":              {inClient("origin", "https://example.com"), passkey.ErrOrigin},
	"a cross-origin frame":        {inClient("crossOrigin", true), passkey.ErrOrigin},
	"a frame in a named origin":   {inClient("topOrigin", "https://example.com"), passkey.ErrOrigin},
	"token binding without state": {inClient("tokenBinding", map[string]any{}), passkey.ErrMalformed},
	"token binding, unknown state": {
		inClient("tokenBinding", map[string]any{"status": "unknown"}), passkey.ErrMalformed,
	},
	"token binding is a word": {inClient("tokenBinding", "present"), passkey.ErrMalformed},
	"another relying party": {
		func(a *authenticator) { a.RelyingParty = "example.com" }, passkey.ErrRelyingParty,
	},
	"a relying party above":        {func(a *authenticator) { a.RelyingParty = "org" }, passkey.ErrRelyingParty},
	"user not present":             {without(passkeytest.UserPresent), passkey.ErrUserAbsent},
	"user not verified":            {without(passkeytest.UserVerified), passkey.ErrUserNotVerified},
	"backed up, not eligible":      {with(passkeytest.BackedUp), passkey.ErrNotSupported},
	"authenticator data truncated": {inData(func(d []byte) []byte { return d[:36] }), passkey.ErrMalformed},
	"authenticator data, no flag":  {inData(func(d []byte) []byte { return d[:32] }), passkey.ErrMalformed},
	"no authenticator data":        {inData(func([]byte) []byte { return []byte{} }), passkey.ErrMalformed},
	"trailing authenticator data":  {inData(func(d []byte) []byte { return append(d, 0) }), passkey.ErrMalformed},
	"extensions are missing": {inData(func(d []byte) []byte {
		d[32] |= 1 << 7
		return d
	}), passkey.ErrMalformed},
	"extensions are not a map": {inData(func(d []byte) []byte {
		d[32] |= 1 << 7
		return append(d, passkeytest.Int(1)...)
	}), passkey.ErrMalformed},
	"longer than the limit": {inAnswer("padding", strings.Repeat("x", 65<<10)), passkey.ErrMalformed},
}

// TestRegistrationRefusals is attack case M9 and the conformance tool's groups
// of MakeCredential, each beside a positive control.
func TestRegistrationRefusals(t *testing.T) {
	withoutFlag := func(d []byte) []byte {
		d[32] &^= 1 << 6
		return d
	}
	cases := map[string]spoiled{
		"a sign-in":                   {inClient("type", "webauthn.get"), passkey.ErrType},
		"attestation is missing":      {inAnswer("response.attestationObject", nil), passkey.ErrMalformed},
		"attestation is no base64":    {inAnswer("response.attestationObject", "%"), passkey.ErrMalformed},
		"attestation is empty":        {inAnswer("response.attestationObject", ""), passkey.ErrMalformed},
		"attested data, flag missing": {inData(withoutFlag), passkey.ErrMalformed},
		"no attested data": {
			inData(func(d []byte) []byte { return withoutFlag(d)[:37] }), passkey.ErrMalformed,
		},
		"attested data truncated": {inData(func(d []byte) []byte { return d[:60] }), passkey.ErrMalformed},
		"key truncated":           {inData(func(d []byte) []byte { return d[:len(d)-1] }), passkey.ErrMalformed},
		"id longer than the data": {inData(func(d []byte) []byte {
			binary.BigEndian.PutUint16(d[53:], 1023)
			return d
		}), passkey.ErrMalformed},
		"id of nothing": {inData(func(d []byte) []byte {
			return slices.Concat(d[:53], []byte{0, 0}, d[55+32:])
		}), passkey.ErrMalformed},
		"id beyond 1,023 bytes": {
			func(a *authenticator) { a.ID = bytes.Repeat([]byte{1}, 1024) }, passkey.ErrMalformed,
		},
		"another credential id": {inData(func(d []byte) []byte {
			d[60] ^= 1
			return d
		}), passkey.ErrMalformed},
		"object truncated":            {object(func(o []byte) []byte { return o[:len(o)-1] }), passkey.ErrMalformed},
		"trailing object data":        {object(func(o []byte) []byte { return append(o, 0) }), passkey.ErrMalformed},
		"object is a list":            {object(func([]byte) []byte { return []byte{0x80} }), passkey.ErrMalformed},
		"object is empty":             {object(func([]byte) []byte { return passkeytest.Map() }), passkey.ErrMalformed},
		"no format":                   {member("fmt", nil), passkey.ErrMalformed},
		"no statement":                {member("attStmt", nil), passkey.ErrMalformed},
		"no authenticator data in it": {member("authData", nil), passkey.ErrMalformed},
		"format is a number":          {member("fmt", passkeytest.Int(1)), passkey.ErrMalformed},
		"statement is text":           {member("attStmt", passkeytest.Text("")), passkey.ErrMalformed},
		"none with a statement": {
			member("attStmt", passkeytest.Map(passkeytest.Text("alg"), passkeytest.Int(-7))), passkey.ErrMalformed,
		},
	}
	for name, c := range both {
		cases[name] = c
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			round := ceremony(t)
			round.UserVerification = passkey.Required
			if _, err := register(round, passkeytest.NewES256(t, origin)); err != nil {
				t.Fatalf("positive control: %v", err)
			}
			a := passkeytest.NewES256(t, origin)
			s.spoil(a)
			if made, err := register(round, a); !errors.Is(err, s.want) || made.ID != nil {
				t.Errorf("%+v, %v; want %v", made, err, s.want)
			}
		})
	}
}

func object(change func([]byte) []byte) func(*authenticator) {
	return func(a *authenticator) { a.Modify.Object = change }
}

// member replaces a member of the attestation object; nil removes it.
func member(name string, value []byte) func(*authenticator) {
	return func(a *authenticator) {
		var data []byte
		a.Modify.AuthenticatorData = func(d []byte) []byte {
			data = d
			return d
		}
		a.Modify.Object = func([]byte) []byte {
			var items [][]byte
			for _, m := range []struct {
				name  string
				value []byte
			}{
				{"fmt", passkeytest.Text("none")}, {"attStmt", passkeytest.Map()},
				{"authData", passkeytest.Bytes(data)},
			} {
				if m.name == name {
					m.value = value
				}
				if m.value != nil {
					items = append(items, passkeytest.Text(m.name), m.value)
				}
			}
			return passkeytest.Map(items...)
		}
	}
}

// TestKeys: only ES256 on P-256 and RS256 of a secure length are accepted. A
// malformed key may already fail to parse.
func TestKeys(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	offCurve := passkeytest.P256(p256)
	offCurve[len(offCurve)-1] ^= 1
	valid := passkeytest.P256(p256)
	x := valid[10:42]
	for name, c := range map[string]struct {
		cose []byte
		ok   bool
	}{
		"P-256":           {valid, true},
		"RSA, 2,048 bits": {passkeytest.RSA(good, -257), true},
		"RSA, 1,024 bits": {passkeytest.RSA(short, -257), false},
		"RSA with SHA-1":  {passkeytest.RSA(good, -65535), false},
		"RSA-PSS":         {passkeytest.RSA(good, -37), false},
		"RSA, exponent 1": {
			passkeytest.RSA(&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: good.N, E: 1}}, -257), false,
		},
		"a point off the curve": {offCurve, false},
		"ES256 on P-384":        {ecKey(-7, 2, x, x), false},
		"ES384 on P-256":        {ecKey(-35, 1, x, x), false},
		"secp256k1":             {ecKey(-47, 8, x, x), false},
		"short coordinates":     {ecKey(-7, 1, x[1:], x), false},
		"the point at infinity": {ecKey(-7, 1, make([]byte, 32), make([]byte, 32)), false},
		"no coordinate": {
			passkeytest.Map(passkeytest.Int(1), passkeytest.Int(2), passkeytest.Int(3), passkeytest.Int(-7)), false,
		},
		"Ed25519": {passkeytest.Map(passkeytest.Int(1), passkeytest.Int(1), passkeytest.Int(3), passkeytest.Int(-8),
			passkeytest.Int(-1), passkeytest.Int(6), passkeytest.Int(-2), passkeytest.Bytes(x)), false},
		"a symmetric key": {passkeytest.Map(passkeytest.Int(1), passkeytest.Int(4), passkeytest.Int(3),
			passkeytest.Int(5), passkeytest.Int(-1), passkeytest.Bytes(x)), false},
		"an empty map": {passkeytest.Map(), false},
		"no key":       {nil, false},
	} {
		a := passkeytest.NewES256(t, origin)
		a.COSE = c.cose
		_, err := register(ceremony(t), a)
		refused := errors.Is(err, passkey.ErrNotSupported) || errors.Is(err, passkey.ErrMalformed)
		if c.ok && err != nil || !c.ok && !refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ecKey(algorithm, curve int64, x, y []byte) []byte {
	i := passkeytest.Int
	return passkeytest.Map(i(1), i(2), i(3), i(algorithm), i(-1), i(curve), i(-2), passkeytest.Bytes(x), i(-3),
		passkeytest.Bytes(y))
}

// TestSignInRefusals is attack case M9 and the conformance tool's groups of
// GetAssertion, each beside a positive control.
func TestSignInRefusals(t *testing.T) {
	cases := map[string]spoiled{
		"a registration":         {inClient("type", "webauthn.create"), passkey.ErrType},
		"signature is missing":   {inAnswer("response.signature", nil), passkey.ErrSignature},
		"signature is no base64": {inAnswer("response.signature", "%"), passkey.ErrMalformed},
		"no authenticator data":  {inAnswer("response.authenticatorData", nil), passkey.ErrMalformed},
		"signature is changed": {signature(func(s []byte) []byte {
			s[len(s)-1] ^= 1
			return s
		}), passkey.ErrSignature},
		"trailing signature data": {signature(func(s []byte) []byte { return append(s, 0) }), passkey.ErrSignature},
		"signature truncated":     {signature(func(s []byte) []byte { return s[:len(s)-1] }), passkey.ErrSignature},
		"r and s are zero": {
			signature(func([]byte) []byte { return []byte{0x30, 6, 2, 1, 0, 2, 1, 0} }), passkey.ErrSignature,
		},
		"signed by another key": {
			func(a *authenticator) { a.Key = passkeytest.NewES256(t, origin).Key }, passkey.ErrSignature,
		},
		"data changed after signing": {
			inAnswer("response.authenticatorData",
				b64(append(relyingParty(), passkeytest.UserPresent|passkeytest.UserVerified, 0, 0, 0, 99))),
			passkey.ErrSignature,
		},
		"another user's handle": {
			func(a *authenticator) { a.UserHandle = []byte("another user") }, passkey.ErrUserHandle,
		},
		"another credential": {
			func(a *authenticator) { a.ID = []byte("another") }, passkey.ErrUnknownCredential,
		},
		"the counter is unchanged":  {func(a *authenticator) { a.Count = 10 }, passkey.ErrSignCount},
		"the counter decreases":     {func(a *authenticator) { a.Count = 9 }, passkey.ErrSignCount},
		"the counter goes to zero":  {func(a *authenticator) { a.Count = 0 }, passkey.ErrSignCount},
		"became eligible to backup": {with(passkeytest.BackupEligible), passkey.ErrNotSupported},
	}
	for name, c := range both {
		cases[name] = c
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			a := passkeytest.NewES256(t, origin)
			a.Count = 10
			stored := registered(t, a)
			round := ceremony(t)
			round.UserVerification = passkey.Required
			if _, err := signIn(round, a, stored); err != nil {
				t.Fatalf("positive control: %v", err)
			}
			s.spoil(a)
			if proof, err := signIn(round, a, stored); !errors.Is(err, s.want) || proof != (passkey.Proof{}) {
				t.Errorf("%+v, %v; want %v", proof, err, s.want)
			}
		})
	}
}

func signature(change func([]byte) []byte) func(*authenticator) {
	return func(a *authenticator) { a.Modify.Signature = change }
}

// relyingParty is the hash of the tests' relying party, from the vectors.
func relyingParty() []byte {
	var out []byte
	a := &authenticator{Key: passkeytest.NewES256(&testing.T{}, origin).Key, RelyingParty: party}
	a.Modify.AuthenticatorData = func(d []byte) []byte {
		out = bytes.Clone(d[:32])
		return d
	}
	a.Get([]byte(`{}`))
	return out
}

// Unusual responses that are valid.
func TestUnusualSignInsAreAccepted(t *testing.T) {
	for name, c := range map[string]struct{ before, after func(*authenticator) }{
		"a counter that stays at zero": {func(a *authenticator) { a.Count, a.Steps = 0, 0 }, func(*authenticator) {}},
		"a counter that jumps":         {func(*authenticator) {}, func(a *authenticator) { a.Count = 1 << 31 }},
		"the last counter":             {func(*authenticator) {}, func(a *authenticator) { a.Count = 1<<32 - 1 }},
		"no handle":                    {func(*authenticator) {}, func(a *authenticator) { a.UserHandle = nil }},
		"backed up since":              {with(passkeytest.BackupEligible), with(passkeytest.BackedUp)},
		"no longer verified":           {func(*authenticator) {}, without(passkeytest.UserVerified)},
		"from a subdomain": {
			func(*authenticator) {}, func(a *authenticator) { a.Origin = "https://login.example.org" },
		},
		"unknown members": {inClient("other_keys_can_be_added_here", "do not compare"), inAnswer("futureMember", true)},
		"the longest id":  {func(a *authenticator) { a.ID = bytes.Repeat([]byte{1}, 1023) }, func(*authenticator) {}},
	} {
		a := passkeytest.NewES256(t, origin)
		c.before(a)
		stored := registered(t, a)
		a.Modify = passkeytest.Modify{}
		c.after(a)
		if _, err := signIn(ceremony(t), a, stored); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A ceremony without a challenge or a stored credential never succeeds.
func TestEmptyChallengeOrCredentialFails(t *testing.T) {
	a := passkeytest.NewES256(t, origin)
	stored := registered(t, a)
	if _, err := signIn(passkey.Ceremony{RelyingParty: party}, a, stored); !errors.Is(err, passkey.ErrChallenge) {
		t.Errorf("no challenge: %v", err)
	}
	if _, err := signIn(ceremony(t), a, passkey.Credential{}); !errors.Is(err, passkey.ErrUnknownCredential) {
		t.Errorf("no credential: %v", err)
	}
}

// Transports come from the client and are returned later, so only plausible
// names are kept.
func TestTransports(t *testing.T) {
	a := passkeytest.NewES256(t, origin)
	a.Transports = []string{"usb", "usb", "smart-card", "<script>", "", strings.Repeat("x", 33)}
	if got := registered(t, a).Transports; !slices.Equal(got, []string{"usb", "smart-card"}) {
		t.Errorf("%q", got)
	}
}

func TestFriendlyNames(t *testing.T) {
	for want, c := range map[string]passkey.Credential{
		"1Password":        {AAGUID: "bada5566-a7aa-401f-bd96-45619a55120d", Attachment: "platform"},
		"Platform passkey": {AAGUID: "00000000-0000-0000-0000-000000000000", Attachment: "platform"},
		"Roaming passkey":  {},
	} {
		if got := c.FriendlyName(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

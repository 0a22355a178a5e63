package passkey_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

// No input causes a panic, and none is accepted, because the fuzzer does not
// have the challenge.
func FuzzParseRegistration(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.registration())
	}
	f.Add(passkeytest.NewES256(f, origin).Create([]byte(`{}`)))
	f.Add([]byte(`{"id":"YQ","rawId":"YQ","type":"public-key","response":{}}`))
	round := ceremony(f)
	f.Fuzz(func(t *testing.T, answer []byte) {
		r, err := passkey.ParseRegistration(answer)
		if err != nil {
			return
		}
		r.Challenge()
		if made, err := round.VerifyRegistration(r); err == nil {
			t.Errorf("accepted: %+v", made)
		}
	})
}

func FuzzParseAssertion(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.assertion())
	}
	a := passkeytest.NewES256(f, origin)
	stored := registered(f, a)
	f.Add(a.Get([]byte(`{}`)))
	round := ceremony(f)
	f.Fuzz(func(t *testing.T, answer []byte) {
		parsed, err := passkey.ParseAssertion(answer)
		if err != nil {
			return
		}
		parsed.CredentialID()
		if proof, err := round.VerifyAssertion(parsed, stored, handle); err == nil {
			t.Errorf("accepted: %+v", proof)
		}
	})
}

// As above, but with a valid envelope, so that the parts are parsed.
func FuzzRegistrationParts(f *testing.F) {
	all := vectors(f)
	for _, v := range all {
		f.Add([]byte(v.Registration.ClientDataJSON), []byte(v.Registration.AttestationObject))
	}
	round := ceremony(f)
	f.Fuzz(func(t *testing.T, client, object []byte) {
		v := all[0]
		v.Registration.ClientDataJSON = client
		r, err := passkey.ParseRegistration(v.envelope("attestationObject", object))
		if err != nil {
			return
		}
		for _, challenge := range [][]byte{round.Challenge, r.Challenge()} {
			c := round
			c.Challenge = challenge
			if made, err := c.VerifyRegistration(r); err == nil && (len(made.ID) == 0 || len(challenge) == 0) {
				t.Errorf("accepted: %+v", made)
			}
		}
	})
}

func FuzzAssertionParts(f *testing.F) {
	all := vectors(f)
	v := all[0]
	r, err := passkey.ParseRegistration(v.registration())
	if err != nil {
		f.Fatal(err)
	}
	round := passkey.Ceremony{Challenge: v.Registration.Challenge, RelyingParty: party}
	stored, err := round.VerifyRegistration(r)
	if err != nil {
		f.Fatal(err)
	}
	round.Challenge = []byte("a challenge that no vector has")
	for _, v := range all {
		a := v.Authentication
		f.Add([]byte(a.ClientDataJSON), []byte(a.AuthenticatorData), []byte(a.Signature))
	}
	f.Fuzz(func(t *testing.T, client, data, signature []byte) {
		v := v
		v.Authentication.ClientDataJSON, v.Authentication.AuthenticatorData, v.Authentication.Signature = client, data,
			signature
		a, err := passkey.ParseAssertion(v.assertion())
		if err != nil {
			return
		}
		if proof, err := round.VerifyAssertion(a, stored, handle); err == nil {
			t.Errorf("accepted: %+v", proof)
		}
	})
}

package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	endian "encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Inputs of the operations on second factors.

var (
	factorOff = object{"Enabled": false, "PreferredMfa": false}
	noFactors = object{"SMSMfaSettings": factorOff, "SoftwareTokenMfaSettings": factorOff, "EmailMfaSettings": factorOff, "WebAuthnMfaSettings": object{"Enabled": false}}
)

var factorInputs = map[string]inputs{
	"AdminDeleteSoftwareToken": both(func(e *estate) object {
		e.must("VerifySoftwareToken", e.softwareToken())
		return ofUser(e)
	}),
	"AdminGetUserAuthFactors": both(ofUser),
	"AdminSetUserMFAPreference": {
		smallest: ofUser,
		largest:  func(e *estate) object { return with(ofUser(e), noFactors) },
	},
	"AssociateSoftwareToken": {
		smallest: func(e *estate) object { return e.withAuthenticator() },
		largest:  func(e *estate) object { return e.withAuthenticator() },
		without:  []string{"Session"}, // it stands in place of the token
	},
	"GetUserAuthFactors": both(func(e *estate) object { return object{"AccessToken": e.access()} }),
	"SetUserMFAPreference": {
		smallest: func(e *estate) object { return object{"AccessToken": e.access()} },
		largest:  func(e *estate) object { return with(noFactors, object{"AccessToken": e.access()}) },
	},
	"VerifySoftwareToken": {
		smallest: func(e *estate) object { return e.softwareToken() },
		largest:  func(e *estate) object { return with(e.softwareToken(), object{"FriendlyDeviceName": "phone"}) },
		without:  []string{"Session"},
	},
}

// withAuthenticator is the user's token, in a pool with authenticator apps.
func (e *estate) withAuthenticator() object {
	e.once("authenticator", func() string {
		e.must("SetUserPoolMfaConfig", e.in(object{"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": object{"Enabled": true}}))
		return ""
	})
	return object{"AccessToken": e.access()}
}

// softwareToken is what an authenticator app says after its set-up has begun.
func (e *estate) softwareToken() object {
	secret := dig(e.must("AssociateSoftwareToken", e.withAuthenticator()), "SecretCode")
	return object{"AccessToken": e.access(), "UserCode": oneTimePassword(e.T, secret, e.srv.now(e.T))}
}

// oneTimePassword is RFC 6238 with the values of authenticator apps.
func oneTimePassword(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = endian.Write(mac, endian.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	n := endian.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// now is the time of the server's clock.
func (s *server) now(t *testing.T) time.Time {
	t.Helper()
	res, err := http.Get(s.URL + "/_dev/clock")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Now time.Time `json:"now"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Now.IsZero() {
		t.Fatalf("/_dev/clock: %+v, %v", answer, err)
	}
	return answer.Now
}

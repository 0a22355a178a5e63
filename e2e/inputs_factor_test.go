package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	bytewise "encoding/binary"
	"fmt"
)

// Inputs of second factors.

// totpCode is the code that an authenticator app shows at the server's time (RFC 6238).
func (e *estate) totpCode(secret string) string {
	e.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		e.Fatalf("SecretCode %q: %v", secret, err)
	}
	mac := hmac.New(sha1.New, key)
	var step [8]byte
	bytewise.BigEndian.PutUint64(step[:], uint64(e.srv.now(e.T).Unix()/30))
	mac.Write(step[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", bytewise.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// factors configures the pool to offer every second factor, in the MFA mode.
func (e *estate) factors(mode string) {
	e.Helper()
	e.once("factors "+mode, func() string {
		e.must("SetUserPoolMfaConfig",
			e.withMail(object{"MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": object{"Enabled": true},
				"EmailMfaConfiguration": object{}, "SmsMfaConfiguration": object{"SmsConfiguration": snsConfiguration},
				"WebAuthnConfiguration": object{"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}}))
		return mode
	})
}

// associated is the secret of an authenticator app that is not yet verified.
func (e *estate) associated() string {
	e.factors("OPTIONAL")
	return dig(e.must("AssociateSoftwareToken", object{"AccessToken": e.access()}), "SecretCode")
}

// holder is a user with a phone number and an authenticator app.
func (e *estate) holder() string {
	return e.once("holder", func() string {
		e.must("VerifySoftwareToken", object{"AccessToken": e.access(), "UserCode": e.totpCode(e.associated())})
		e.must("AdminUpdateUserAttributes",
			with(ofUser(e), object{"UserAttributes": []any{attribute("phone_number", "+15550100")}}))
		return e.user()
	})
}

// setUp is the Session of a user who must set up a factor.
func (e *estate) setUp() string {
	e.access() // before MFA is required
	e.factors("ON")
	out := e.must("InitiateAuth",
		object{"ClientId": e.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(e)})
	if dig(out, "ChallengeName") != "MFA_SETUP" {
		e.Fatalf("a user without a factor gets %v", out)
	}
	return dig(out, "Session")
}

func everyPreference() object {
	setting := func(preferred bool) object { return object{"Enabled": true, "PreferredMfa": preferred} }
	return object{"SMSMfaSettings": setting(false), "SoftwareTokenMfaSettings": setting(true),
		"EmailMfaSettings":    setting(false),
		"WebAuthnMfaSettings": object{"Enabled": true}}
}

var factorInputs = map[string]inputs{
	"AdminDeleteSoftwareToken": both(func(e *estate) object { return e.in(object{"Username": e.holder()}) }),
	"AdminGetUserAuthFactors":  both(ofUser),
	"AdminSetUserMFAPreference": {
		smallest: ofUser,
		largest:  func(e *estate) object { return with(e.in(object{"Username": e.holder()}), everyPreference()) },
	},
	"AssociateSoftwareToken": {
		smallest: func(e *estate) object { e.factors("OPTIONAL"); return object{"AccessToken": e.access()} },
		largest:  func(e *estate) object { e.factors("OPTIONAL"); return object{"AccessToken": e.access()} },
		without:  []string{"Session"}, // instead of AccessToken
		more: map[string]func(*estate) object{
			"session": func(e *estate) object { return object{"Session": e.setUp()} },
		},
	},
	"GetUserAuthFactors": both(func(e *estate) object { return object{"AccessToken": e.access()} }),
	"SetUserMFAPreference": {
		smallest: func(e *estate) object { return object{"AccessToken": e.access()} },
		largest: func(e *estate) object {
			e.holder()
			return with(object{"AccessToken": e.access()}, everyPreference())
		},
	},
	"VerifySoftwareToken": {
		smallest: func(e *estate) object {
			return object{"AccessToken": e.access(), "UserCode": e.totpCode(e.associated())}
		},
		largest: func(e *estate) object {
			return object{"AccessToken": e.access(), "UserCode": e.totpCode(e.associated()), "FriendlyDeviceName": "phone"}
		},
		without: []string{"Session"}, // instead of AccessToken
		more: map[string]func(*estate) object{
			"session": func(e *estate) object {
				given := e.must("AssociateSoftwareToken", object{"Session": e.setUp()})
				return object{
					"Session": given["Session"], "UserCode": e.totpCode(dig(given, "SecretCode")), "FriendlyDeviceName": "phone",
				}
			},
		},
	},
}

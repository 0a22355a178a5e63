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
func (f *fixture) totpCode(secret string) string {
	f.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		f.Fatalf("SecretCode %q: %v", secret, err)
	}
	mac := hmac.New(sha1.New, key)
	var step [8]byte
	bytewise.BigEndian.PutUint64(step[:], uint64(f.srv.now(f.T).Unix()/30))
	mac.Write(step[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", bytewise.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// factors configures the pool to offer every second factor, with an MfaConfiguration.
func (f *fixture) factors(mode string) {
	f.Helper()
	f.once("factors "+mode, func() string {
		f.must("SetUserPoolMfaConfig", f.withMail(object{
			"MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": object{"Enabled": true},
			"EmailMfaConfiguration": object{}, "SmsMfaConfiguration": object{"SmsConfiguration": snsConfiguration},
			"WebAuthnConfiguration": object{"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"},
		}))
		return mode
	})
}

// associated is the secret of an authenticator app that is not yet verified.
func (f *fixture) associated() string {
	f.factors("OPTIONAL")
	return dig(f.must("AssociateSoftwareToken", object{"AccessToken": f.access()}), "SecretCode")
}

// holder is a user with a phone number and an authenticator app.
func (f *fixture) holder() string {
	return f.once("holder", func() string {
		f.must("VerifySoftwareToken", object{"AccessToken": f.access(), "UserCode": f.totpCode(f.associated())})
		f.must("AdminUpdateUserAttributes",
			with(ofUser(f), object{"UserAttributes": []any{attribute("phone_number", "+15550100")}}))
		return f.user()
	})
}

// mfaSetup is the Session of a user who must set up a factor.
func (f *fixture) mfaSetup() string {
	f.access() // before MFA is required
	f.factors("ON")
	out := f.must("InitiateAuth",
		object{"ClientId": f.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(f)})
	if dig(out, "ChallengeName") != "MFA_SETUP" {
		f.Fatalf("a user without a factor gets %v", out)
	}
	return dig(out, "Session")
}

// offeredFactors is the access token in a pool that offers every factor.
func offeredFactors(f *fixture) object {
	f.factors("OPTIONAL")
	return object{"AccessToken": f.access()}
}

func everyPreference() object {
	setting := func(preferred bool) object { return object{"Enabled": true, "PreferredMfa": preferred} }
	return object{
		"SMSMfaSettings": setting(false), "SoftwareTokenMfaSettings": setting(true),
		"EmailMfaSettings": setting(false), "WebAuthnMfaSettings": object{"Enabled": true},
	}
}

var factorInputs = map[string]inputs{
	"AdminDeleteSoftwareToken": both(func(f *fixture) object { return f.in(object{"Username": f.holder()}) }),
	"AdminGetUserAuthFactors":  both(ofUser),
	"AdminSetUserMFAPreference": {
		smallest: ofUser,
		largest:  func(f *fixture) object { return with(f.in(object{"Username": f.holder()}), everyPreference()) },
	},
	"AssociateSoftwareToken": {
		smallest: offeredFactors,
		largest:  offeredFactors,
		without:  []string{"Session"}, // instead of AccessToken
		more: map[string]func(*fixture) object{
			"session": func(f *fixture) object { return object{"Session": f.mfaSetup()} },
		},
	},
	"GetUserAuthFactors": both(func(f *fixture) object { return object{"AccessToken": f.access()} }),
	"SetUserMFAPreference": {
		smallest: func(f *fixture) object { return object{"AccessToken": f.access()} },
		largest: func(f *fixture) object {
			f.holder()
			return with(object{"AccessToken": f.access()}, everyPreference())
		},
	},
	"VerifySoftwareToken": {
		smallest: func(f *fixture) object {
			return object{"AccessToken": f.access(), "UserCode": f.totpCode(f.associated())}
		},
		largest: func(f *fixture) object {
			return object{
				"AccessToken": f.access(), "UserCode": f.totpCode(f.associated()), "FriendlyDeviceName": "phone",
			}
		},
		without: []string{"Session"}, // instead of AccessToken
		more: map[string]func(*fixture) object{
			"session": func(f *fixture) object {
				given := f.must("AssociateSoftwareToken", object{"Session": f.mfaSetup()})
				code := f.totpCode(dig(given, "SecretCode"))
				return object{"Session": given["Session"], "UserCode": code, "FriendlyDeviceName": "phone"}
			},
		},
	},
}

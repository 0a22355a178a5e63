package awsapi_test

import (
	"strings"
	"testing"
)

var (
	smsRole   = object{"SnsCallerArn": "arn:aws:iam::111111111111:role/sms", "ExternalId": "x"}
	tokenMfa  = object{"Enabled": true}
	anyFactor = object{"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": tokenMfa}
)

var byMailOnly = object{"RecoveryMechanisms": []object{{"Name": "verified_email", "Priority": 1}}}

const onlyMail = "Email MFA cannot be enabled in a user pool whose only account recovery mechanism is verified_email."

func firstFactors(factors ...string) object {
	return object{"Policies": object{"SignInPolicy": object{"AllowedFirstAuthFactors": factors}}}
}

// SetUserPoolMfaConfig replaces everything except the pool's SMS settings.
func TestMfaConfigIsReplacedAsAWhole(t *testing.T) {
	w := newWorld(t)
	ref := object{"UserPoolId": w.pool(ownMail)}
	passkey := object{"UserVerification": "preferred"}
	for _, c := range []struct {
		in   object
		want object
	}{
		{nil, object{"MfaConfiguration": "OFF"}}, // never set
		{wholeMfa, wholeMfa},
		{object{}, object{"MfaConfiguration": "OFF"}},
		{object{"WebAuthnConfiguration": passkey}, object{"MfaConfiguration": "OFF", "WebAuthnConfiguration": passkey}},
		// Without a configuration the SMS factor uses the pool's.
		{object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{}},
			object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{
				"SmsConfiguration": at(wholeMfa, "SmsMfaConfiguration.SmsConfiguration"),
			}}},
		{anyFactor, anyFactor},
		{object{"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": object{}},
			object{"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": object{}}},
		{with(anyFactor, object{"SmsMfaConfiguration": object{"SmsConfiguration": smsRole}}),
			with(anyFactor, object{"SmsMfaConfiguration": object{"SmsConfiguration": smsRole}})},
		{
			object{
				"MfaConfiguration": "ON", "SmsMfaConfiguration": object{},
				"SoftwareTokenMfaConfiguration": object{"Enabled": false},
			},
			object{
				"MfaConfiguration": "ON", "SmsMfaConfiguration": object{"SmsConfiguration": smsRole},
				"SoftwareTokenMfaConfiguration": object{"Enabled": false},
			},
		},
		{object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{}},
			object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{"SmsConfiguration": smsRole}}},
	} {
		if c.in != nil {
			if got, want := asJSON(t, w.must("SetUserPoolMfaConfig", with(c.in, ref))), asJSON(t, c.want); got != want {
				t.Errorf("SetUserPoolMfaConfig returned %s, want %s", got, want)
			}
		}
		if got, want := asJSON(t, w.must("GetUserPoolMfaConfig", ref)), asJSON(t, c.want); got != want {
			t.Errorf("after %s: %s, want %s", asJSON(t, c.in), got, want)
		}
	}
	w.poolRefusals("SetUserPoolMfaConfig", ref)
	w.poolRefusals("GetUserPoolMfaConfig", ref)
}

// CreateUserPool can configure the SMS factor only; UpdateUserPool does not change
// factors.
func TestMfaMembersOfPools(t *testing.T) {
	w := newWorld(t)
	ref := object{"UserPoolId": w.pool(object{
		"MfaConfiguration": "ON", "SmsConfiguration": smsRole, "SmsAuthenticationMessage": "MFA {####}",
	})}
	want := asJSON(t, object{
		"MfaConfiguration":    "ON",
		"SmsMfaConfiguration": object{"SmsAuthenticationMessage": "MFA {####}", "SmsConfiguration": smsRole},
	})
	if got := asJSON(t, w.must("GetUserPoolMfaConfig", ref)); got != want {
		t.Errorf("created: %s, want %s", got, want)
	}
	w.must("SetUserPoolMfaConfig",
		with(ref, object{"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": tokenMfa}))
	pool := at(w.must("DescribeUserPool", ref), "UserPool").(object)
	if pool["MfaConfiguration"] != "OPTIONAL" || pool["SmsAuthenticationMessage"] != "MFA {####}" ||
		pool["SmsConfiguration"] == nil {
		t.Errorf("described: %s", asJSON(t, pool))
	}
	w.must("UpdateUserPool", with(ref, object{"MfaConfiguration": "ON"}))
	if got, want := asJSON(t, w.must("GetUserPoolMfaConfig", ref)), asJSON(t, anyFactor); got != want {
		t.Errorf("updated: %s, want %s", got, want)
	}
	text := object{"SmsAuthenticationMessage": "New {####}", "SmsConfiguration": smsRole}
	w.must("SetUserPoolMfaConfig", with(ref, object{"MfaConfiguration": "ON", "SmsMfaConfiguration": text}))
	if got := at(w.must("DescribeUserPool", ref), "UserPool.SmsAuthenticationMessage"); got != "New {####}" {
		t.Errorf("the pool's text is %v", got)
	}
	// A sign-in policy without AllowedFirstAuthFactors does not change them.
	w.must("UpdateUserPool", with(ref, object{"MfaConfiguration": "OFF"}))
	w.must("UpdateUserPool", with(ref, firstFactors("PASSWORD", "EMAIL_OTP")))
	w.must("UpdateUserPool", with(ref, object{"Policies": object{"SignInPolicy": object{}}}))
	sameJSON(t, "the sign-in policy", at(w.must("DescribeUserPool", ref), "UserPool.Policies.SignInPolicy"),
		object{"AllowedFirstAuthFactors": []string{"PASSWORD", "EMAIL_OTP"}})
}

type refusedMfaConfig struct {
	pool, in object
	want     string
}

// refusedMfaConfigs returns invalid configurations, by name. sms makes one with
// text messages; mail is one with e-mail.
func refusedMfaConfigs(sms func(object) object, mail object) map[string]refusedMfaConfig {
	const off = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
	const none = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
	const otp = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
	const single = "Cannot set WebAuthn factor configuration to SINGLE_FACTOR " +
		"if MFA is required and WebAuthn is an allowed first auth factor"
	const account = "Cannot set EmailMfaConfiguration " +
		"when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT"
	tokenOff := object{"SoftwareTokenMfaConfiguration": object{"Enabled": false}}
	passkeys := func(config object) object { return with(anyFactor, object{"WebAuthnConfiguration": config}) }
	eums := otherPools[0]["SmsConfiguration"].(object)["EumsSms"].(object)
	return map[string]refusedMfaConfig{
		"off with a token":          {nil, object{"SoftwareTokenMfaConfiguration": tokenMfa}, off},
		"off with a disabled token": {nil, with(tokenOff, object{"MfaConfiguration": "OFF"}), off},
		"off with e-mail":           {nil, object{"MfaConfiguration": "OFF", "EmailMfaConfiguration": object{}}, off},
		"off with SMS": {
			nil, object{"MfaConfiguration": "OFF", "SmsMfaConfiguration": object{"SmsConfiguration": smsRole}}, off,
		},
		"on with nothing":        {nil, object{"MfaConfiguration": "ON"}, none},
		"optional, none enabled": {nil, with(tokenOff, object{"MfaConfiguration": "OPTIONAL"}), none},
		"SMS without configuration": {
			nil, object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{}},
			"SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
		},
		"e-mail by the default sender": {nil, mail, account},
		"e-mail, recovery by e-mail only": {
			with(ownMail, object{"AccountRecoverySetting": byMailOnly}), mail, onlyMail,
		},
		"e-mail as both factors": {firstFactors("PASSWORD", "EMAIL_OTP"), mail, otp},
		"SMS as both factors": {
			with(firstFactors("PASSWORD", "SMS_OTP"), object{"SmsConfiguration": smsRole}), anyFactor, otp,
		},
		"passkey alone": {firstFactors("PASSWORD", "WEB_AUTHN"), anyFactor, single},
		"passkey alone, explicit": {
			firstFactors("PASSWORD", "WEB_AUTHN"), passkeys(object{"FactorConfiguration": "SINGLE_FACTOR"}), single,
		},
		"public suffix": {
			nil, passkeys(object{"RelyingPartyId": "co.uk"}), "RelyingPartyId must not be a public suffix.",
		},
		"private public suffix": {
			nil, passkeys(object{"RelyingPartyId": "github.io"}), "RelyingPartyId must not be a public suffix.",
		},
		"URL as relying party": {
			nil, passkeys(object{"RelyingPartyId": "https://login.example.com/x"}),
			"RelyingPartyId must be a domain name, without scheme, port and path.",
		},
		"SMS without sender": {nil, sms(object{"ExternalId": "x"}), "SmsConfiguration needs SnsCallerArn or EumsSms."},
		"two SMS senders": {
			nil, sms(with(smsRole, object{"EumsSms": eums})),
			"SmsConfiguration takes either SnsCallerArn or EumsSms, not both.",
		},
		"SMS from another region": {
			nil, sms(with(smsRole, object{"SnsRegion": "eu-west-1"})),
			"Invalid snsRegion. Allowed SNS region for us-east-1 is us-east-1",
		},
		"EUMS from another region": {
			nil, sms(object{"EumsSms": with(eums, object{"Region": "eu-west-1"})}),
			"The Region of EumsSms must be the user pool's region, us-east-1.",
		},
	}
}

func TestMfaConfigRefusals(t *testing.T) {
	w := newWorld(t)
	sms := func(c object) object {
		return object{"MfaConfiguration": "ON", "SmsMfaConfiguration": object{"SmsConfiguration": c}}
	}
	mail := object{"MfaConfiguration": "ON", "EmailMfaConfiguration": object{}}
	for name, c := range refusedMfaConfigs(sms, mail) {
		ref := object{"UserPoolId": w.pool(c.pool)}
		_, refused := w.call("SetUserPoolMfaConfig", with(c.in, ref))
		if refused != "InvalidParameterException: "+c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, refused, c.want)
		}
		if got := asJSON(t, w.must("GetUserPoolMfaConfig", ref)); got != `{"MfaConfiguration":"OFF"}` {
			t.Errorf("%s: after the refusal the pool has %s", name, got)
		}
	}
	both := object{"UserPoolId": w.pool(ownMail)}
	w.must("SetUserPoolMfaConfig", with(mail, both))
	w.refusal("UpdateUserPool", with(both, with(ownMail, object{"AccountRecoverySetting": byMailOnly})),
		"InvalidParameterException: "+onlyMail)
	noRole := sms(object{"SnsCallerArn": "arn:aws:sns:us-east-1:111111111111:topic"})
	w.refusal("SetUserPoolMfaConfig", with(noRole, object{"UserPoolId": w.pool(nil)}),
		"InvalidSmsRoleAccessPolicyException: The role for text messages is not the ARN of an IAM role.")
	// A combination that is refused as required is valid as optional, and with a passkey
	// that counts as two factors.
	w.must("SetUserPoolMfaConfig", object{
		"UserPoolId": w.pool(firstFactors("PASSWORD", "EMAIL_OTP")), "MfaConfiguration": "OPTIONAL",
		"SoftwareTokenMfaConfiguration": tokenMfa,
	})
	multi := object{
		"UserPoolId":            w.pool(firstFactors("PASSWORD", "WEB_AUTHN")),
		"WebAuthnConfiguration": object{"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"},
	}
	w.must("SetUserPoolMfaConfig", with(anyFactor, multi))
}

// Once SetUserPoolMfaConfig requires MFA, a password alone gives no tokens.
func TestSetUserPoolMfaConfigTakesEffect(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	client := w.client(pool, object{
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	w.must("AdminCreateUser", object{"UserPoolId": pool, "Username": "ann", "MessageAction": "SUPPRESS"})
	w.must("AdminSetUserPassword",
		object{"UserPoolId": pool, "Username": "ann", "Password": "Passw0rd-Passw0rd", "Permanent": true})
	in := object{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Passw0rd-Passw0rd"},
	}
	if at(w.must("InitiateAuth", in), "AuthenticationResult.AccessToken") == nil {
		t.Fatal("no tokens without MFA")
	}
	w.must("SetUserPoolMfaConfig", with(anyFactor, object{"UserPoolId": pool}))
	out, refused := w.call("InitiateAuth", in)
	if strings.Contains(asJSON(t, out), "AccessToken") || refused == "" && out["ChallengeName"] == nil {
		t.Errorf("a password alone: %v, %q", out, refused)
	}
}

package awsapi_test

import (
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// flow starts a sign-in of the user.
func flow(name string, params object) prepare {
	return func(x *fragile) object {
		return object{"AuthFlow": name, "AuthParameters": with(object{"USERNAME": x.name}, params)}
	}
}

// startSignIn starts a sign-in and returns the response.
func (x *fragile) startSignIn(name string, params object) object {
	x.t.Helper()
	return x.must("InitiateAuth", with(object{"ClientId": x.client}, flow(name, params)(x)))
}

// reply returns an answer to the challenge in out.
func (x *fragile) reply(out, responses object) object {
	in := object{
		"ChallengeName":      out["ChallengeName"],
		"ChallengeResponses": with(object{"USERNAME": x.name}, responses),
	}
	if out["Session"] != nil {
		in["Session"] = out["Session"]
	}
	return in
}

var password = object{"PASSWORD": "Right-Passw0rd"}

func choose(factor string) object { return object{"PREFERRED_CHALLENGE": factor} }

// claim answers PASSWORD_VERIFIER.
func claim(x *fragile) object {
	client := srpClient(x.t)
	out := x.startSignIn("USER_SRP_AUTH", object{"SRP_A": client.PublicHex()})
	_, pool, _ := strings.Cut(x.pool, "_")
	return x.reply(out, x.proof(client, pool, x.name, "Right-Passw0rd", out["ChallengeParameters"].(object)))
}

// startDeviceSRP answers DEVICE_SRP_AUTH.
func startDeviceSRP(x *fragile) object {
	in, _ := x.remembered(srpClient(x.t))
	return in
}

// deviceClaim answers DEVICE_PASSWORD_VERIFIER.
func deviceClaim(x *fragile) object {
	client := srpClient(x.t)
	in, group := x.remembered(client)
	out := x.must("RespondToAuthChallenge", with(object{"ClientId": x.client}, in))
	key := at(in, "ChallengeResponses.DEVICE_KEY").(string)
	return x.reply(out,
		with(object{"DEVICE_KEY": key}, x.proof(client, group, key, "secret", out["ChallengeParameters"].(object))))
}

// remembered signs the user in from a remembered device, up to the challenge of
// the device.
func (x *fragile) remembered(client *srp.Client) (answer object, group string) {
	group, key := x.firstSignIn(x.name)
	device := object{"DEVICE_KEY": key}
	return x.reply(x.startSignIn("USER_PASSWORD_AUTH", with(password, device)),
		with(device, object{"SRP_A": client.PublicHex()})), group
}

// newPassword answers NEW_PASSWORD_REQUIRED.
func newPassword(x *fragile) object {
	x.name = x.user(userpool.ForceChangePassword)
	return x.reply(x.startSignIn("USER_PASSWORD_AUTH", password), object{"NEW_PASSWORD": "Other-Passw0rd"})
}

// appCode answers with the code of an authenticator app.
func appCode(x *fragile) object {
	s := x.enrol()
	x.must("SetUserMFAPreference", object{"AccessToken": x.set.Access, "SoftwareTokenMfaSettings": preferred})
	out := x.startSignIn("USER_PASSWORD_AUTH", password)
	return x.reply(out, object{"SOFTWARE_TOKEN_MFA_CODE": s.Code(x.clk.Now())})
}

// secondFactor signs in a user with two second factors, neither of them preferred.
func (x *fragile) secondFactor() object {
	on := object{"Enabled": true}
	x.must("SetUserMFAPreference", object{"AccessToken": x.set.Access, "SMSMfaSettings": on, "EmailMfaSettings": on})
	return x.startSignIn("USER_PASSWORD_AUTH", password)
}

func chooseFactor(x *fragile) object { return x.reply(x.secondFactor(), object{"ANSWER": "SMS_MFA"}) }

// mailedCode answers with a delivered code.
func mailedCode(x *fragile) object {
	chosen := with(x.reply(x.secondFactor(), object{"ANSWER": "EMAIL_OTP"}), object{"ClientId": x.client})
	return x.reply(x.must("RespondToAuthChallenge", chosen), object{"EMAIL_OTP_CODE": code})
}

func choosePassword(x *fragile) object {
	return x.reply(x.startSignIn("USER_AUTH", nil), with(password, object{"ANSWER": "PASSWORD"}))
}

func passkeyAnswer(x *fragile) object {
	a := x.passkey()
	out := x.startSignIn("USER_AUTH", choose("WEB_AUTHN"))
	options := at(out, "ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS").(string)
	return x.reply(out, object{"CREDENTIAL": string(a.Get([]byte(options)))})
}

func customAnswer(x *fragile) object {
	return x.reply(x.startSignIn("CUSTOM_AUTH", nil), object{"ANSWER": "5"})
}

// inOtherPool is a request for a pool and a client with other settings. Requests with
// the same name share them: the keys of a pool are expensive.
func inOtherPool(name string, pool, client object, row prepare) prepare {
	return func(x *fragile) object {
		home := [2]string{x.pool, x.client}
		defer func() { x.pool, x.client = home[0], home[1] }()
		if other, ok := x.others[name]; ok {
			x.pool, x.client = other[0], other[1]
		} else {
			x.pool, x.client = x.mailPool(pool, client)
			x.others[name] = [2]string{x.pool, x.client}
		}
		x.signInNewUser()
		return with(object{"UserPoolId": x.pool, "ClientId": x.client}, row(x))
	}
}

// byCode is a request for a pool with sign-in by code.
func byCode(row prepare) prepare {
	return inOtherPool("code", firstFactors("PASSWORD", "EMAIL_OTP"),
		object{"ExplicitAuthFlows": []string{"ALLOW_USER_AUTH"}}, row)
}

// rotating is a request for a client that rotates refresh tokens.
func rotating(row prepare) prepare {
	return inOtherPool("rotating", nil, object{
		"ExplicitAuthFlows":    []string{"ALLOW_USER_AUTH"},
		"RefreshTokenRotation": object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
	}, row)
}

// setUpFirst is a request of a user who must set up a second factor; row gets the
// response of the sign-in.
func setUpFirst(row func(x *fragile, out object) object) prepare {
	return inOtherPool("setup", nil, nil, func(x *fragile) object {
		x.must("SetUserPoolMfaConfig", with(anyFactor, object{"UserPoolId": x.pool}))
		return row(x, x.startSignIn("USER_PASSWORD_AUTH", password))
	})
}

func onlySession(_ *fragile, out object) object { return object{"Session": out["Session"]} }

// firstAppCode verifies the authenticator app whose setup the sign-in requires.
func firstAppCode(x *fragile, out object) object {
	associated := x.must("AssociateSoftwareToken", object{"Session": out["Session"]})
	return object{"Session": associated["Session"], "UserCode": app(x.t, associated["SecretCode"]).Code(x.clk.Now())}
}

func setUpDone(x *fragile, out object) object {
	return x.reply(with(out, object{"Session": x.must("VerifySoftwareToken", firstAppCode(x, out))["Session"]}), nil)
}

// signedUp signs up without a password, and confirms with the Session of SignUp.
func signedUp(x *fragile) object {
	in := with(newAttributes(x), object{"ClientId": x.client})
	return object{"Username": in["Username"], "Session": x.must("SignUp", in)["Session"]}
}

// signInAfterSignUp signs in with the Session of ConfirmSignUp.
func signInAfterSignUp(x *fragile) object {
	in := signedUp(x)
	x.name = in["Username"].(string)
	out := x.must("ConfirmSignUp", with(in, object{"ClientId": x.client, "ConfirmationCode": code}))
	return with(flow("USER_AUTH", nil)(x), object{"Session": out["Session"]})
}

func choosePasswordBySRP(x *fragile) object {
	out := x.startSignIn("USER_AUTH", nil)
	return x.reply(out, object{"ANSWER": "PASSWORD_SRP", "SRP_A": srpClient(x.t).PublicHex()})
}

func chooseCode(x *fragile) object {
	return x.reply(x.startSignIn("USER_AUTH", nil), object{"ANSWER": "EMAIL_OTP"})
}

func firstCode(x *fragile) object {
	return x.reply(x.startSignIn("USER_AUTH", choose("EMAIL_OTP")), object{"EMAIL_OTP_CODE": code})
}

// wrongCustomAnswer gives a wrong answer, after which there is another challenge.
func wrongCustomAnswer(x *fragile) object {
	return x.reply(x.startSignIn("CUSTOM_AUTH", nil), object{"ANSWER": "4"})
}

var answers = []prepare{
	claim, newPassword, appCode, chooseFactor, mailedCode, choosePassword, choosePasswordBySRP, passkeyAnswer,
	customAnswer, wrongCustomAnswer, startDeviceSRP, deviceClaim, setUpFirst(setUpDone),
	byCode(chooseCode), byCode(firstCode),
}

func signInStarts(byPassword string) []prepare {
	return []prepare{
		flow(byPassword, password),
		flow("USER_SRP_AUTH", object{"SRP_A": "ab12"}),
		flow("USER_AUTH", nil),
		flow("USER_AUTH", with(password, choose("PASSWORD"))),
		func(x *fragile) object { x.passkey(); return flow("USER_AUTH", choose("WEB_AUTHN"))(x) },
		flow("CUSTOM_AUTH", nil),
		byCode(signInAfterSignUp),
		withTriggers(flow(byPassword, password)),
		withTriggers(func(x *fragile) object {
			return flow(byPassword, with(password, object{"USERNAME": x.fresh()}))(x)
		}),
		confirmed(func(x *fragile) object {
			return flow("REFRESH_TOKEN_AUTH", object{"REFRESH_TOKEN": x.set.Refresh, "DEVICE_KEY": x.device})(x)
		}),
	}
}

// withResponse replaces a response to a challenge.
func withResponse(row prepare, name, value string) prepare {
	return func(x *fragile) object {
		in := row(x)
		return with(in, object{"ChallengeResponses": with(in["ChallengeResponses"].(object), object{name: value})})
	}
}

var wrongAnswers = []prepare{
	withResponse(claim, "PASSWORD_CLAIM_SIGNATURE", b64([]byte("wrong"))),
	withResponse(newPassword, "NEW_PASSWORD", "weak"),
	withResponse(appCode, "SOFTWARE_TOKEN_MFA_CODE", "000000"),
	withResponse(mailedCode, "EMAIL_OTP_CODE", "000000"),
	withResponse(passkeyAnswer, "CREDENTIAL", "{}"),
	withResponse(deviceClaim, "PASSWORD_CLAIM_SIGNATURE", b64([]byte("wrong"))),
	withResponse(choosePassword, "PASSWORD", "Wrong-Passw0rd"),
	byCode(withResponse(firstCode, "EMAIL_OTP_CODE", "000000")),
}

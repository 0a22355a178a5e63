package awsapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// answer returns a request that answers the challenge in out.
func (w *factorWorld) answer(out object, responses object) object {
	return object{
		"ClientId": w.client, "ChallengeName": out["ChallengeName"], "Session": out["Session"],
		"ChallengeResponses": with(object{"USERNAME": "ann"}, responses),
	}
}

// challenged starts ann's sign-in and requires this challenge with these
// parameters.
func (w *factorWorld) challenged(challenge string, params object) object {
	w.t.Helper()
	out, refused := w.signIn(w.client, "ann", "Right-Passw0rd")
	if refused != "" {
		w.t.Fatal(refused)
	}
	return w.requireChallenge(out, challenge, params)
}

// requireChallenge requires out to have a challenge with these parameters.
func (w *factorWorld) requireChallenge(out object, challenge string, params object) object {
	w.t.Helper()
	if out["ChallengeName"] != challenge || asJSON(w.t, out["ChallengeParameters"]) != asJSON(w.t, params) ||
		len(out) != 3 {
		w.t.Fatalf("got %s, want %s with %s", asJSON(w.t, out), challenge, asJSON(w.t, params))
	}
	return out
}

// signedIn requires out to have tokens and nothing else.
func (w *factorWorld) signedIn(out object) {
	w.t.Helper()
	if at(out, "AuthenticationResult.AccessToken") == nil || out["Session"] != nil || out["ChallengeName"] != nil {
		w.t.Errorf("not signed in: %s", asJSON(w.t, out))
	}
}

var (
	ann         = object{"USER_ID_FOR_SRP": "ann"}
	smsParams   = with(ann, object{"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100"})
	emailParams = with(ann, object{"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***"})
	appParams   = with(ann, object{"FRIENDLY_DEVICE_NAME": "Ann's phone"})
)

func TestSigningInWithFactors(t *testing.T) {
	w := newFactorWorld(t)
	app := w.enrol()
	prefer := func(name string) {
		t.Helper()
		w.must("SetUserMFAPreference", object{"AccessToken": w.token, name: preferred})
	}
	prefer("SoftwareTokenMfaSettings")
	first := w.challenged("SOFTWARE_TOKEN_MFA", appParams)
	w.refusal("RespondToAuthChallenge", w.answer(first, object{"SOFTWARE_TOKEN_MFA_CODE": w.otherCode(app)}),
		"CodeMismatchException: Invalid code received for user")
	w.refusal("RespondToAuthChallenge", w.answer(first, object{"SOFTWARE_TOKEN_MFA_CODE": app.Code(w.clk.Now())}),
		"ExpiredCodeException: Your software token has already been used once.")
	w.refusal("RespondToAuthChallenge", w.answer(first, nil),
		"InvalidParameterException: Missing required parameter SOFTWARE_TOKEN_MFA_CODE")
	right := w.answer(first, object{"SOFTWARE_TOKEN_MFA_CODE": app.Code(w.clk.Now().Add(30 * time.Second))})
	w.signedIn(w.must("RespondToAuthChallenge", right))
	w.refusal("RespondToAuthChallenge", right,
		"NotAuthorizedException: Invalid session for the user, session can only be used once.")

	prefer("SMSMfaSettings")
	sms := w.challenged("SMS_MFA", smsParams)
	w.refusal("RespondToAuthChallenge", w.answer(sms, object{"SMS_MFA_CODE": "000000"}),
		"CodeMismatchException: Invalid code or auth state for the user.")
	w.signedIn(w.must("RespondToAuthChallenge", w.answer(sms, object{"SMS_MFA_CODE": code})))
	w.has(w.pool, "ann", map[string]string{
		"email": "ann@example.com", "email_verified": "true",
		"phone_number": "+15550100", "phone_number_verified": "true",
	})

	prefer("EmailMfaSettings")
	mail := w.challenged("EMAIL_OTP", emailParams)
	w.refusal("RespondToAuthChallenge", w.answer(mail, object{"EMAIL_OTP_CODE": "000000"}),
		"CodeMismatchException: Invalid code or auth state for the user.")
	w.signedIn(w.must("RespondToAuthChallenge", w.answer(mail, object{"EMAIL_OTP_CODE": code})))

	w.must("SetUserMFAPreference",
		object{"AccessToken": w.token, "EmailMfaSettings": object{"Enabled": true, "PreferredMfa": false}})
	choice := w.challenged("SELECT_MFA_TYPE",
		with(ann, object{"MFAS_CAN_CHOOSE": `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`}))
	w.refusal("RespondToAuthChallenge", w.answer(choice, object{"ANSWER": "PASSKEY"}),
		"MFAMethodNotFoundException: The user cannot use this MFA method.")
	picked := w.must("RespondToAuthChallenge", w.answer(choice, object{"ANSWER": "EMAIL_OTP"}))
	w.requireChallenge(picked, "EMAIL_OTP", emailParams)
	w.clk.Advance(3 * time.Minute)
	w.refusal("RespondToAuthChallenge", w.answer(picked, object{"EMAIL_OTP_CODE": code}),
		"NotAuthorizedException: Invalid session for the user, session is expired.")
	if strings.Contains(w.log.String(), app.Text()) {
		t.Error("the log shows a secret")
	}
}

// The challenges of AdminInitiateAuth are the same.
func TestAdminSignInWithFactors(t *testing.T) {
	w := newFactorWorld(t)
	w.must("AdminSetUserMFAPreference", with(w.ref, object{"SMSMfaSettings": on}))
	server := w.world.client(w.pool, object{"ExplicitAuthFlows": []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH"}})
	out := w.must("AdminInitiateAuth", object{
		"UserPoolId": w.pool, "ClientId": server, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"},
	})
	w.requireChallenge(out, "SMS_MFA", smsParams)
	in := with(w.answer(out, object{"SMS_MFA_CODE": "000000"}), object{"UserPoolId": w.pool, "ClientId": server})
	w.refusal("AdminRespondToAuthChallenge", in, "CodeMismatchException: Invalid code or auth state for the user.")
	// another client
	w.refusal("RespondToAuthChallenge", w.answer(out, object{"SMS_MFA_CODE": code}),
		"CodeMismatchException: Invalid session provided")
	in["ChallengeResponses"] = object{"USERNAME": "ann", "SMS_MFA_CODE": code}
	w.signedIn(w.must("AdminRespondToAuthChallenge", in))
}

func TestSettingUpAFactorAtSignIn(t *testing.T) {
	w := newFactorWorld(t)
	w.must("AdminDeleteUserAttributes", with(w.ref, object{"UserAttributeNames": []string{"phone_number"}}))
	w.mfa("ON", "st")
	out := w.challenged("MFA_SETUP", with(ann, object{"MFAS_CAN_SETUP": `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`}))
	w.refusal("RespondToAuthChallenge", w.answer(out, nil),
		"InvalidParameterException: User has not verified software token mfa")
	associated := w.must("AssociateSoftwareToken", object{"Session": out["Session"]})
	secret := app(t, associated["SecretCode"])
	w.refusal("AssociateSoftwareToken", object{"Session": out["Session"]},
		"NotAuthorizedException: Invalid session for the user, session can only be used once.")
	verify := object{"Session": associated["Session"], "UserCode": w.otherCode(secret)}
	w.refusal("VerifySoftwareToken", verify,
		"EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA")
	verify["UserCode"] = secret.Code(w.clk.Now())
	verified := w.must("VerifySoftwareToken", verify)
	if verified["Status"] != "SUCCESS" || len(verified) != 2 {
		t.Errorf("VerifySoftwareToken returned %v", verified)
	}
	w.refusal("VerifySoftwareToken", verify,
		"NotAuthorizedException: Invalid session for the user, session can only be used once.")
	w.refusal("RespondToAuthChallenge", w.answer(out, nil),
		"NotAuthorizedException: Invalid session for the user, session can only be used once.")
	out["Session"] = verified["Session"]
	w.signedIn(w.must("RespondToAuthChallenge", w.answer(out, nil)))
	w.shows("after the set-up", "SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA")
	w.clk.Advance(30 * time.Second)
	again := w.challenged("SOFTWARE_TOKEN_MFA", ann)
	w.signedIn(w.must("RespondToAuthChallenge",
		w.answer(again, object{"SOFTWARE_TOKEN_MFA_CODE": secret.Code(w.clk.Now())})))
	for operation, in := range map[string]object{
		"AssociateSoftwareToken": {}, "VerifySoftwareToken": {"UserCode": "123456"},
	} {
		for _, session := range []string{
			strings.Repeat("AYAB", 10), fmt.Sprint(again["Session"]), fmt.Sprint(w.token)[:900],
		} {
			w.refusal(operation, with(in, object{"Session": session}),
				"NotAuthorizedException: Invalid session for the user.")
		}
	}
	w.must("AdminDeleteSoftwareToken", w.ref)
	w.challenged("MFA_SETUP", with(ann, object{"MFAS_CAN_SETUP": `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`}))
}

// TestFirstFactorAlone is attack case M1: the Session after the first factor gives
// no access.
func TestFirstFactorAlone(t *testing.T) {
	w := newFactorWorld(t)
	w.must("AdminSetUserMFAPreference", with(w.ref, object{"SMSMfaSettings": on}))
	out := w.challenged("SMS_MFA", smsParams)
	session := fmt.Sprint(out["Session"])
	token := strings.NewReplacer("+", "-", "/", "_").Replace(session)
	for operation, in := range map[string]object{
		"GetUser": {}, "SetUserMFAPreference": {"SMSMfaSettings": off}, "AssociateSoftwareToken": {},
		"GetUserAuthFactors": {}, "DeleteUser": {}, "GlobalSignOut": {},
	} {
		w.refusal(operation, with(in, object{"AccessToken": token}), "NotAuthorizedException: Invalid Access Token")
	}
	w.refusal("AssociateSoftwareToken", object{"Session": session},
		"NotAuthorizedException: Invalid session for the user.")
	w.refusal("InitiateAuth", object{
		"ClientId": w.client, "AuthFlow": "REFRESH_TOKEN_AUTH",
		"AuthParameters": object{"REFRESH_TOKEN": session},
	}, "NotAuthorizedException: Invalid Refresh Token")
	for challenge, responses := range map[string]object{
		"NEW_PASSWORD_REQUIRED": {"NEW_PASSWORD": "Other-Passw0rd"}, "MFA_SETUP": {},
		"SELECT_MFA_TYPE": {"ANSWER": "SMS_MFA"}, "SOFTWARE_TOKEN_MFA": {"SOFTWARE_TOKEN_MFA_CODE": code},
		"EMAIL_OTP": {"EMAIL_OTP_CODE": code},
	} {
		if got, refused := w.call("RespondToAuthChallenge",
			w.answer(with(out, object{"ChallengeName": challenge}), responses)); refused == "" {
			t.Errorf("%s accepted the Session of SMS_MFA: %v", challenge, got)
		}
	}
	w.signedIn(w.must("RespondToAuthChallenge", w.answer(out, object{"SMS_MFA_CODE": code})))
}

// TestOtherCodesAreNoFactor is attack case C7 for second factors: a code that was
// sent for another purpose is not a second factor, nor the other way round.
func TestOtherCodesAreNoFactor(t *testing.T) {
	w := newFactorWorld(t)
	w.must("AdminSetUserMFAPreference", with(w.ref, object{"EmailMfaSettings": on}))
	w.challenged("EMAIL_OTP", emailParams)
	w.refusal("VerifyUserAttribute", object{"AccessToken": w.token, "AttributeName": "email", "Code": code},
		"ExpiredCodeException: Invalid code provided, please request a code again.")
	w.refusal("ConfirmForgotPassword",
		object{"ClientId": w.client, "Username": "ann", "ConfirmationCode": code, "Password": "Other-Passw0rd"},
		"ExpiredCodeException: Invalid code provided, please request a code again.")
	// The phone number is not verified, and the e-mail address is for the second factor.
	w.refusal("ForgotPassword", object{"ClientId": w.client, "Username": "ann"},
		"InvalidParameterException: "+
			"Cannot reset password for the user as there is no registered/verified email or phone_number")
}

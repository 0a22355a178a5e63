package awsapi_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

// choicePool creates a pool with these first factors, and a client with choice-based
// sign-in.
func (w *world) choicePool(factors ...string) (poolID, clientID string) {
	w.t.Helper()
	return w.mailPool(firstFactors(factors...), object{
		"ExplicitAuthFlows": []string{"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
}

func choosing(client string, params object) object {
	return object{"ClientId": client, "AuthFlow": "USER_AUTH", "AuthParameters": params}
}

// A user signs up without a password, signs in and then sets a password.
func TestSigningUpWithoutAPassword(t *testing.T) {
	w := newWorld(t)
	pool, client := w.choicePool("PASSWORD", "EMAIL_OTP")
	signUp := object{
		"ClientId": client, "Username": "ann", "UserAttributes": pairs(map[string]string{"email": "ann@example.com"}),
	}
	done := w.must("SignUp", signUp)
	session, _ := done["Session"].(string)
	if session == "" || done["UserConfirmed"] != false {
		t.Fatalf("SignUp returned %s", asJSON(t, done))
	}
	initiate := func(session any) object {
		return with(choosing(client, object{"USERNAME": "ann"}), object{"Session": session})
	}
	w.refusal("InitiateAuth", initiate(session), "NotAuthorizedException: Invalid session for the user.")
	confirm := object{"ClientId": client, "Username": "ann", "ConfirmationCode": "123456", "Session": session}
	bob := w.must("SignUp",
		with(signUp, object{"Username": "bob", "UserAttributes": pairs(map[string]string{"email": "bob@example.com"})}))
	w.refusal("ConfirmSignUp", with(confirm, object{"Session": bob["Session"]}),
		"NotAuthorizedException: Invalid session for the user.")
	w.refusal("ConfirmSignUp", with(confirm, object{"Session": "12345678901234567890"}),
		"NotAuthorizedException: Invalid session for the user.")
	w.refusal("ConfirmSignUp", with(confirm, object{"ConfirmationCode": "654321"}),
		"CodeMismatchException: Invalid verification code provided, please try again.")
	confirmed := w.must("ConfirmSignUp", confirm)
	out := w.must("InitiateAuth", initiate(confirmed["Session"]))
	token := at(out, "AuthenticationResult.AccessToken")
	if token == nil || len(out) != 2 {
		t.Fatalf("InitiateAuth returned %s", asJSON(t, out))
	}
	w.refusal("InitiateAuth", initiate(confirmed["Session"]),
		"NotAuthorizedException: Invalid session for the user, session can only be used once.")
	delete(confirm, "Session")
	confirm["Username"] = "bob"
	if later := w.must("ConfirmSignUp", confirm); later["Session"] == nil {
		t.Errorf("without the Session of SignUp, ConfirmSignUp returned %s", asJSON(t, later))
	}

	factors := func(want string) {
		t.Helper()
		out := w.must("GetUserAuthFactors", object{"AccessToken": token})
		if got := asJSON(t, out["ConfiguredUserAuthFactors"]); got != want {
			t.Errorf("factors %s, want %s", got, want)
		}
	}
	factors(`["EMAIL_OTP"]`)
	list := w.must("AdminInitiateAuth", with(
		choosing(client, object{"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Right-Passw0rd"}),
		object{"UserPoolId": pool}))
	if list["ChallengeName"] != "SELECT_CHALLENGE" || asJSON(t, list["AvailableChallenges"]) != `["EMAIL_OTP"]` {
		t.Errorf("a user without a password can choose among %s", asJSON(t, list))
	}
	answer := object{
		"UserPoolId": pool, "ClientId": client, "ChallengeName": "SELECT_CHALLENGE", "Session": list["Session"],
		"ChallengeResponses": object{"USERNAME": "ann", "ANSWER": "EMAIL_OTP"},
	}
	mailed := w.must("AdminRespondToAuthChallenge", answer)
	out = w.must("AdminRespondToAuthChallenge", with(answer, object{
		"ChallengeName": mailed["ChallengeName"], "Session": mailed["Session"],
		"ChallengeResponses": object{"USERNAME": "ann", "EMAIL_OTP_CODE": "123456"},
	}))
	if at(out, "AuthenticationResult.IdToken") == nil {
		t.Errorf("AdminRespondToAuthChallenge returned %s", asJSON(t, out))
	}

	w.must("ChangePassword", object{"AccessToken": token, "ProposedPassword": "Right-Passw0rd"})
	factors(`["PASSWORD","EMAIL_OTP"]`)
	if out, refused := w.signIn(client, "ann", "Right-Passw0rd"); refused != "" ||
		at(out, "AuthenticationResult.AccessToken") == nil {
		t.Errorf("the first password: %s", refused)
	}
	w.refusal("ChangePassword", object{"AccessToken": token, "ProposedPassword": "Other-Passw0rd"},
		"InvalidParameterException: Missing required parameter PreviousPassword")
}

// Without sign-in by code, SignUp and ConfirmSignUp return no Session.
func TestSignUpsWithoutASession(t *testing.T) {
	w := newWorld(t)
	_, client := w.choicePool("PASSWORD")
	done, refused := w.signUp(client, "ann", object{"email": "ann@example.com"})
	if refused != "" || done["Session"] != nil {
		t.Errorf("SignUp returned %v, %s", done, refused)
	}
	if done := w.must("ConfirmSignUp",
		object{"ClientId": client, "Username": "ann", "ConfirmationCode": "123456"}); len(done) != 0 {
		t.Errorf("ConfirmSignUp returned %v", done)
	}
}

func TestPasskeysAreAnAuthFactor(t *testing.T) {
	w := newWorld(t)
	pool, client := w.passkeyPool(object{"RelyingPartyId": "example.com"})
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	w.register(token, passkeytest.NewES256(t, "https://example.com"))
	for operation, in := range map[string]object{
		"GetUserAuthFactors":      {"AccessToken": token},
		"AdminGetUserAuthFactors": {"UserPoolId": pool, "Username": "ann"},
	} {
		if got := asJSON(t, w.must(operation, in)["ConfiguredUserAuthFactors"]); got != `["PASSWORD","WEB_AUTHN"]` {
			t.Errorf("%s: %s", operation, got)
		}
	}
}

package awsapi_test

import (
	"testing"
	"time"
)

// InitiateAuth and AdminInitiateAuth step a user up, and say what they refuse by
// the names and texts of the API.
func TestStepUp(t *testing.T) {
	w := newFactorWorld(t)
	w.must("UpdateUserPoolClient", object{
		"UserPoolId": w.pool, "ClientId": w.client,
		"ExplicitAuthFlows": []string{"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	request := func(params object) object {
		return with(choosing(w.client, with(object{"USERNAME": "ann"}, params)), object{"UserPoolId": w.pool})
	}
	password := object{
		"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Right-Passw0rd", "TARGET_ACR_VALUES": "urn:cognito:loa:1",
	}
	access := at(w.must("AdminInitiateAuth", request(password)), "AuthenticationResult.AccessToken")
	app := w.enrol()
	target := object{"TARGET_ACR_VALUES": "urn:cognito:loa:4", "ACCESS_TOKEN": access, "MAX_AGE": "3600"}
	for _, operation := range []string{"InitiateAuth", "AdminInitiateAuth"} {
		in := request(target)
		if operation == "InitiateAuth" {
			delete(in, "UserPoolId")
		}
		out := w.must(operation, in)
		w.requireChallenge(out, "SOFTWARE_TOKEN_MFA", appParams)
		w.refusal("RespondToAuthChallenge",
			w.answer(out, object{"SOFTWARE_TOKEN_MFA_CODE": "123456", "TARGET_ACR_VALUES": "urn:cognito:loa:1"}),
			"InvalidParameterException: TARGET_ACR_VALUES is accepted only when a sign-in begins.")
		w.clk.Advance(30 * time.Second)
		w.signedIn(w.must("RespondToAuthChallenge",
			w.answer(out, object{"SOFTWARE_TOKEN_MFA_CODE": app.Code(w.clk.Now())})))
		w.refusal(operation, with(in, object{"AuthParameters": object{"USERNAME": "ann", "ACCESS_TOKEN": access}}),
			"InvalidParameterException: ACCESS_TOKEN requires TARGET_ACR_VALUES.")
	}
}

// A step-up takes a valid access token of the same user and client. The control is
// such a token.
func TestTokensOfStepUps(t *testing.T) {
	w := newFactorWorld(t)
	flows := object{"ExplicitAuthFlows": []string{"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}
	w.must("UpdateUserPoolClient", with(flows, object{"UserPoolId": w.pool, "ClientId": w.client}))
	w.enrol()
	_, foreign := w.mailPool(nil, flows)
	otherClient := w.world.client(w.pool, flows)
	w.confirmed(foreign, "ann")
	w.confirmed(otherClient, "bob")
	signIn := func(client, name string) object {
		return at(w.must("InitiateAuth", choosing(client, object{
			"USERNAME": name, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Right-Passw0rd",
			"TARGET_ACR_VALUES": "urn:cognito:loa:1",
		})), "AuthenticationResult").(object)
	}
	stepUp := func(access any) object {
		return choosing(w.client, object{
			"USERNAME": "ann", "TARGET_ACR_VALUES": "urn:cognito:loa:4", "ACCESS_TOKEN": access,
		})
	}
	mine := signIn(w.client, "ann")
	w.requireChallenge(w.must("InitiateAuth", stepUp(mine["AccessToken"])), "SOFTWARE_TOKEN_MFA", appParams)
	const other = "NotAuthorizedException: The access token was not issued to this user and client."
	revoked := signIn(w.client, "ann")
	w.must("RevokeToken", object{"ClientId": w.client, "Token": revoked["RefreshToken"]})
	for name, c := range map[string]struct{ access, want any }{
		"of another pool":   {signIn(foreign, "ann")["AccessToken"], other},
		"of another client": {signIn(otherClient, "ann")["AccessToken"], other},
		"of another user":   {signIn(w.client, "bob")["AccessToken"], other},
		"revoked":           {revoked["AccessToken"], "NotAuthorizedException: Access Token has been revoked"},
		"an ID token":       {mine["IdToken"], "NotAuthorizedException: Invalid Access Token"},
		"a refresh token":   {mine["RefreshToken"], "NotAuthorizedException: Invalid Access Token"},
	} {
		if _, refused := w.call("InitiateAuth", stepUp(c.access)); refused != c.want {
			t.Errorf("%s: %q, want %q", name, refused, c.want)
		}
		in := with(stepUp(c.access), object{"UserPoolId": w.pool})
		if _, refused := w.call("AdminInitiateAuth", in); refused != c.want {
			t.Errorf("%s, by an administrator: %q, want %q", name, refused, c.want)
		}
	}
	w.clk.Advance(time.Hour)
	w.refusal("InitiateAuth", stepUp(mine["AccessToken"]), "NotAuthorizedException: Access Token has expired")
}

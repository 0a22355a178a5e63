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
	password := object{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Right-Passw0rd"}
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

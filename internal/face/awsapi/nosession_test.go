package awsapi_test

import "testing"

// A response to a challenge without a Session is an error of the app, whatever the
// challenge. The refusal must not be one on which apps ask the user for another
// code.
func TestChallengeResponsesWithoutSession(t *testing.T) {
	w := newFactorWorld(t)
	const missing = "InvalidParameterException: Missing required parameter Session"
	for challenge, responses := range map[string]object{
		"NEW_PASSWORD_REQUIRED": {"NEW_PASSWORD": "Other-Passw0rd"},
		"SMS_MFA":               {"SMS_MFA_CODE": "123456"},
		"EMAIL_OTP":             {"EMAIL_OTP_CODE": "123456"},
		"SMS_OTP":               {"SMS_OTP_CODE": "123456"},
		"SOFTWARE_TOKEN_MFA":    {"SOFTWARE_TOKEN_MFA_CODE": "123456"},
		"SELECT_MFA_TYPE":       {"ANSWER": "SMS_MFA"},
		"MFA_SETUP":             {},
		"CUSTOM_CHALLENGE":      {"ANSWER": "5"},
		"SELECT_CHALLENGE":      {"ANSWER": "EMAIL_OTP"},
		"PASSWORD":              {"PASSWORD": "Right-Passw0rd"},
		"PASSWORD_SRP":          {"SRP_A": "0a0b0c"},
		"WEB_AUTHN":             {"CREDENTIAL": "{}"},
		"DEVICE_SRP_AUTH":       {"DEVICE_KEY": "us-east-1_x", "SRP_A": "0a0b0c"},
	} {
		t.Run(challenge, func(t *testing.T) {
			in := object{
				"ClientId": w.client, "ChallengeName": challenge,
				"ChallengeResponses": with(object{"USERNAME": "ann"}, responses),
			}
			w.refusal("RespondToAuthChallenge", in, missing)
			w.refusal("AdminRespondToAuthChallenge", with(in, object{"UserPoolId": w.pool}), missing)
			in["Session"] = "no session at all, but long enough"
			w.refusal("RespondToAuthChallenge", in, "CodeMismatchException: Invalid session provided")
		})
	}
}

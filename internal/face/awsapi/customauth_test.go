package awsapi_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// questioner implements the three functions of a custom sign-in whose right answer
// is 5. The answer "throw" makes VerifyAuthChallengeResponse throw.
func questioner(_ context.Context, _ string, event []byte) ([]byte, error) {
	var e struct {
		TriggerSource string
		Request       struct {
			Session         []trigger.ChallengeResult
			ChallengeAnswer string
			ClientMetadata  map[string]string
		}
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	response := `{"publicChallengeParameters":{"sum":"2+3"},"privateChallengeParameters":{"answer":"5"}}`
	switch n := len(e.Request.Session); e.TriggerSource {
	case "DefineAuthChallenge_Authentication":
		response = `{"challengeName":"CUSTOM_CHALLENGE"}`
		if n > 0 && e.Request.Session[n-1].ChallengeResult {
			response = `{"issueTokens":true}`
		}
	case "VerifyAuthChallengeResponse_Authentication":
		if e.Request.ClientMetadata["throw"] != "" {
			return nil, &trigger.FunctionError{Message: "Not today"}
		}
		response = `{"answerCorrect":false}`
		if e.Request.ChallengeAnswer == "5" {
			response = `{"answerCorrect":true}`
		}
	}
	return trigger.Complete(event, []byte(`{"response":`+response+`}`)), nil
}

func TestCustomAuth(t *testing.T) {
	w := newWorld(t)
	w.functions = questioner
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	pool := w.pool(object{"LambdaConfig": object{
		"DefineAuthChallenge": arn, "CreateAuthChallenge": arn, "VerifyAuthChallengeResponse": arn,
	}})
	app := w.client(pool, object{"ExplicitAuthFlows": []string{"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})
	w.must("AdminCreateUser", object{"UserPoolId": pool, "Username": "ann", "MessageAction": "SUPPRESS"})
	for _, variant := range []struct {
		start, answer string
		more          object
	}{
		{"InitiateAuth", "RespondToAuthChallenge", nil},
		{"AdminInitiateAuth", "AdminRespondToAuthChallenge", object{"UserPoolId": pool}},
	} {
		start := with(object{"ClientId": app, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": object{"USERNAME": "ann"}},
			variant.more)
		begin := func() object {
			out := w.must(variant.start, start)
			if got := asJSON(t, out["ChallengeParameters"]); out["ChallengeName"] != "CUSTOM_CHALLENGE" ||
				got != `{"USERNAME":"ann","USER_ID_FOR_SRP":"ann","sum":"2+3"}` || len(out) != 3 {
				t.Fatalf("%s: %s", variant.start, asJSON(t, out))
			}
			return out
		}
		answer := func(out object, text string, more object) object {
			return with(with(object{
				"ClientId": app, "ChallengeName": "CUSTOM_CHALLENGE", "Session": out["Session"],
				"ChallengeResponses": object{"USERNAME": "ann", "ANSWER": text},
			}, variant.more), more)
		}
		wrong := w.must(variant.answer, answer(begin(), "4", nil))
		if wrong["ChallengeName"] != "CUSTOM_CHALLENGE" {
			t.Errorf("%s: a wrong answer: %s", variant.answer, asJSON(t, wrong))
		}
		done := w.must(variant.answer, answer(wrong, "5", nil))
		token := at(done, "AuthenticationResult.AccessToken")
		if token == nil || done["Session"] != nil || done["ChallengeName"] != nil {
			t.Errorf("%s: not signed in: %s", variant.answer, asJSON(t, done))
		}
		w.refusal(variant.answer, answer(wrong, "5", nil),
			"NotAuthorizedException: Invalid session for the user, session can only be used once.")
		w.refusal(variant.answer, answer(begin(), "5", object{"ClientMetadata": object{"throw": "yes"}}),
			"UserLambdaValidationException: VerifyAuthChallengeResponse failed with error Not today.")
	}
	nobody := object{"ClientId": app, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": object{"USERNAME": "nobody"}}
	w.refusal("InitiateAuth", nobody, "UserNotFoundException: User does not exist.")
}

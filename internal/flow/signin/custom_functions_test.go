package signin_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// customFunctions are the functions of a custom sign-in. By default they set
// one challenge, with the answer "5".
type customFunctions struct {
	mu sync.Mutex
	// define returns the response for the rounds so far, verify for the answer.
	// The response "throw" makes the function throw.
	define func(rounds []trigger.ChallengeResult) string
	create string
	verify func(answer string) string
	calls  []functionCall
}

// functionCall is the event of a call.
type functionCall struct {
	Source   string `json:"triggerSource"`
	UserName string `json:"userName"`
	Request  struct {
		UserAttributes, ClientMetadata, PrivateChallengeParameters, ValidationData map[string]string
		UserNotFound                                                               *bool
		Session                                                                    []trigger.ChallengeResult
		ChallengeName, ChallengeAnswer                                             string
	} `json:"request"`
}

const (
	nextCustom   = `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":false}`
	nextPassword = `{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}`
	issueTokens  = `{"challengeName":null,"issueTokens":true,"failAuthentication":false}`
	failSignIn   = `{"challengeName":null,"issueTokens":false,"failAuthentication":true}`
)

// nextChallenge is a response that sets a challenge, as nextCustom does.
func nextChallenge(name string) string {
	return strings.Replace(nextCustom, "CUSTOM_CHALLENGE", name, 1)
}

// oneRightAnswer issues tokens if the last answer was right, else it sets
// another challenge.
func oneRightAnswer(rounds []trigger.ChallengeResult) string {
	if n := len(rounds); n > 0 && rounds[n-1].ChallengeName == "CUSTOM_CHALLENGE" && rounds[n-1].ChallengeResult {
		return issueTokens
	}
	return nextCustom
}

// passwordFirst requires the password and then is oneRightAnswer.
func passwordFirst(rounds []trigger.ChallengeResult) string {
	if len(rounds) == 1 && rounds[0].ChallengeName == "SRP_A" {
		return nextPassword
	}
	return oneRightAnswer(rounds)
}

// customFunctions gives the pool the functions and the client the flow.
func (w *world) customFunctions() *customFunctions {
	w.t.Helper()
	q := &customFunctions{
		define: oneRightAnswer,
		create: `{"publicChallengeParameters":{"sum":"2+3","USERNAME":"mallory"},` +
			`"privateChallengeParameters":{"answer":"5"},"challengeMetadata":"SUM"}`,
		verify: func(answer string) string {
			if answer == "5" {
				return `{"answerCorrect":true}`
			}
			return `{"answerCorrect":false}`
		},
	}
	arn := "arn:aws:lambda:us-east-1:111111111111:function:questions"
	l := &w.pool.LambdaConfig
	l.DefineAuthChallenge, l.CreateAuthChallenge, l.VerifyAuthChallengeResponse = &arn, &arn, &arn
	w.function = q.invoke
	if !slices.Contains(w.client.ExplicitAuthFlows, "ALLOW_CUSTOM_AUTH") {
		w.client = w.addClient("questions", allowsCustom)
	}
	return q
}

func (q *customFunctions) invoke(_ context.Context, _ string, event []byte) ([]byte, error) {
	var h functionCall
	if err := json.Unmarshal(event, &h); err != nil {
		return nil, err
	}
	q.mu.Lock()
	q.calls = append(q.calls, h)
	q.mu.Unlock()
	response := "{}"
	switch kind, _, _ := strings.Cut(h.Source, "_"); kind {
	case "DefineAuthChallenge":
		response = q.define(h.Request.Session)
	case "CreateAuthChallenge":
		response = q.create
	case "VerifyAuthChallengeResponse":
		response = q.verify(h.Request.ChallengeAnswer)
	default:
		return event, nil
	}
	if response == "throw" {
		return nil, &trigger.FunctionError{Message: "Not today"}
	}
	return trigger.Complete(event, []byte(`{"response":`+response+`}`)), nil
}

// takeCalls returns and removes the recorded calls.
func (q *customFunctions) takeCalls() (calls []functionCall) {
	q.mu.Lock()
	defer q.mu.Unlock()
	calls, q.calls = q.calls, nil
	return calls
}

// kinds lists the triggers of calls, without the part after the underscore.
func kinds(calls []functionCall) string {
	var found []string
	for _, h := range calls {
		kind, _, _ := strings.Cut(h.Source, "_")
		found = append(found, kind)
	}
	return strings.Join(found, " ")
}

// rounds formats a session: name, sign, metadata.
func rounds(list []trigger.ChallengeResult) string {
	var found []string
	for _, r := range list {
		text := r.ChallengeName + map[bool]string{true: "+", false: "-"}[r.ChallengeResult]
		if r.ChallengeMetadata != nil {
			text += *r.ChallengeMetadata
		}
		found = append(found, text)
	}
	return strings.Join(found, " ")
}

func (w *world) byCustom(name string) (signin.Outcome, error) {
	return w.start("CUSTOM_AUTH", map[string]string{"USERNAME": name})
}

// guess answers the custom challenge of out.
func (w *world) guess(out signin.Outcome, answer string) (signin.Outcome, error) {
	return w.answer("CUSTOM_CHALLENGE", out.Session,
		map[string]string{"USERNAME": out.Parameters["USERNAME"], "ANSWER": answer})
}

// startCustom starts a custom sign-in of the user.
func (w *world) startCustom() signin.Outcome {
	w.t.Helper()
	out, err := w.byCustom(w.user.Username)
	return w.expect("CUSTOM_CHALLENGE", out, err)
}

func (w *world) failures(subject string) (l userpool.Lockout) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		l, err = tx.Lockout(w.pool.ID, subject)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

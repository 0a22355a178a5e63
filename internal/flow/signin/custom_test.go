package signin_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestCustomSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		preAuthentication(&w.pool.LambdaConfig, w.pool.LambdaConfig.DefineAuthChallenge)
		postAuthentication(&w.pool.LambdaConfig, w.pool.LambdaConfig.DefineAuthChallenge)
		preTokenGeneration(&w.pool.LambdaConfig, w.pool.LambdaConfig.DefineAuthChallenge)
		ofStart, ofAnswer := map[string]string{"of": "the start"}, map[string]string{"of": "the answer"}
		out, err := w.engine.Start(t.Context(), signin.Start{
			Pool: w.pool, Client: w.client, Flow: "CUSTOM_AUTH", Metadata: ofStart,
			Params: map[string]string{"USERNAME": "ann@example.com", "CHALLENGE_NAME": "CUSTOM_CHALLENGE"},
		})
		w.expect("CUSTOM_CHALLENGE", out, err)
		want := map[string]string{"sum": "2+3", "USERNAME": "ann", "USER_ID_FOR_SRP": "ann"}
		if !maps.Equal(out.Parameters, want) {
			t.Errorf("parameters %v, want %v", out.Parameters, want)
		}
		calls := q.takeCalls()
		if got := kinds(calls); got != "PreAuthentication DefineAuthChallenge CreateAuthChallenge" {
			t.Fatalf("called %s", got)
		}
		if !maps.Equal(calls[0].Request.ValidationData, ofStart) {
			t.Errorf("validation data %v", calls[0].Request.ValidationData)
		}
		for _, h := range calls[1:] {
			if h.Request.ClientMetadata != nil || h.Request.UserNotFound != nil || len(h.Request.Session) != 0 ||
				h.UserName != "ann" || h.Request.UserAttributes["sub"] != "sub-ann" {
				t.Errorf("%s: %+v", h.Source, h)
			}
		}
		if calls[2].Request.ChallengeName != "CUSTOM_CHALLENGE" {
			t.Errorf("create: %+v", calls[2])
		}

		out, err = w.engine.Answer(t.Context(), signin.Answer{
			Pool: w.pool, Client: w.client, Challenge: "CUSTOM_CHALLENGE", Session: out.Session, Metadata: ofAnswer,
			Responses: map[string]string{"USERNAME": "ann", "ANSWER": "5"},
		})
		signedIn(t, "the right answer", out, err)
		calls = q.takeCalls()
		const wantCalls = "VerifyAuthChallengeResponse DefineAuthChallenge PostAuthentication TokenGeneration"
		if got := kinds(calls); got != wantCalls {
			t.Fatalf("called %s", got)
		}
		for _, h := range calls {
			if !maps.Equal(h.Request.ClientMetadata, ofAnswer) {
				t.Errorf("%s: metadata %v", h.Source, h.Request.ClientMetadata)
			}
		}
		if v := calls[0].Request; v.ChallengeAnswer != "5" ||
			!maps.Equal(v.PrivateChallengeParameters, map[string]string{"answer": "5"}) {
			t.Errorf("verify: %+v", v)
		}
		if got := rounds(calls[1].Request.Session); got != "CUSTOM_CHALLENGE+SUM" {
			t.Errorf("rounds %s", got)
		}
		if l := w.failures("ann"); l.Failures != 0 {
			t.Errorf("failures after a right answer: %+v", l)
		}
	})
}

// The responses of DefineAuthChallenge, at the start and after an answer.
func TestDefineAuthChallengeResponses(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	const tokens, challenge = "tokens", "challenge"
	check := func(what string, out signin.Outcome, err error, want any) {
		w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, "ann") })
		if refusal, ok := want.(*fault.Fault); ok {
			wants(t, what, err, refusal)
			return
		}
		gotTokens, gotChallenge := out.Tokens != nil, out.Challenge == "CUSTOM_CHALLENGE"
		if err != nil || gotTokens != (want == tokens) || gotChallenge != (want == challenge) {
			t.Errorf("%s: %+v, %v", what, out, err)
		}
	}
	refusal := fault.IncorrectUsernameOrPassword
	for response, want := range map[string]any{
		nextCustom:  challenge,
		issueTokens: tokens,
		failSignIn:  refusal,
		`{"challengeName":"CUSTOM_CHALLENGE","issueTokens":true,"failAuthentication":true}`:  refusal,
		`{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":true}`: refusal,
		`{"challengeName":"CUSTOM_CHALLENGE","issueTokens":true,"failAuthentication":false}`: tokens,
		`{"challengeName":null,"issueTokens":false,"failAuthentication":false}`:              trigger.Unrecognizable,
		`{}`:                                   trigger.Unrecognizable,
		nextPassword:                           trigger.Unrecognizable,
		nextChallenge("SRP_A"):                 trigger.Unrecognizable,
		nextChallenge("NEW_PASSWORD_REQUIRED"): trigger.Unrecognizable,
		nextChallenge("SMS_MFA"):               trigger.Unrecognizable,
		nextChallenge("MY_CHALLENGE"):          trigger.Unrecognizable,
		`{"challengeName":"CUSTOM_CHALLENGE","issueTokens":"true"}`: trigger.Unrecognizable,
		"throw": fault.New(fault.UserLambdaValidation, "DefineAuthChallenge failed with error Not today."),
	} {
		respond := func([]trigger.ChallengeResult) string { return response }
		q.define = respond
		started, err := w.byCustom("ann")
		check("start: "+response, started, err, want)
		q.define = oneRightAnswer
		out := w.startCustom()
		q.define = respond
		out, err = w.guess(out, "5")
		check("answer: "+response, out, err, want)
	}
}

// The other two functions can fail, too. An answer that could not be verified
// consumes its Session.
func TestCustomFunctionsFail(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	w.engine.CustomAuthLockout = true
	valid := q.create
	for response, want := range map[string]*fault.Fault{
		"throw": fault.New(fault.UserLambdaValidation,
			"CreateAuthChallenge failed with error Not today."),
		`{"publicChallengeParameters":"no"}`:                                               trigger.Unrecognizable,
		`{"privateChallengeParameters":{"answer":"` + strings.Repeat("5", 300_000) + `"}}`: trigger.Unrecognizable,
	} {
		q.create = response
		_, err := w.byCustom("ann")
		wants(t, "create", err, want)
	}
	q.create = valid
	for response, want := range map[string]struct {
		*fault.Fault
		failures int
	}{
		"throw": {
			fault.New(fault.UserLambdaValidation, "VerifyAuthChallengeResponse failed with error Not today."), 1,
		},
		`{"answerCorrect":"yes"}`: {trigger.Unrecognizable, 0},
	} {
		out := w.startCustom()
		right := q.verify
		q.verify = func(string) string { return response }
		_, err := w.guess(out, "5")
		wants(t, "verify", err, want.Fault)
		q.verify = right
		if l := w.failures("ann"); l.Failures != want.failures {
			t.Errorf("%s: %d failures, want %d", response, l.Failures, want.failures)
		}
		w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, "ann") })
		_, err = w.guess(out, "5")
		wants(t, "again", err, fault.SessionInvalid)
	}
}

func TestCustomAuthNeedsItsFunctions(t *testing.T) {
	w := openWorld(t)
	w.customFunctions()
	all := w.pool.LambdaConfig
	out := w.startCustom()
	missing := fault.New(fault.InvalidParameter, "Custom auth lambda trigger is not configured for the user pool.")
	for name, remove := range map[string]func(*userpool.LambdaConfig){
		"define": func(l *userpool.LambdaConfig) { l.DefineAuthChallenge = nil },
		"create": func(l *userpool.LambdaConfig) { l.CreateAuthChallenge = nil },
		"verify": func(l *userpool.LambdaConfig) { l.VerifyAuthChallengeResponse = nil },
	} {
		w.pool.LambdaConfig = all
		remove(&w.pool.LambdaConfig)
		_, err := w.byCustom("ann")
		wants(t, "start without "+name, err, missing)
		_, err = w.guess(out, "5")
		wants(t, "answer without "+name, err, missing)
	}
	w.pool.LambdaConfig = all
	done, err := w.guess(out, "5")
	signedIn(t, "with all of them", done, err)
	w.client = w.addClient("without the flow")
	_, err = w.byCustom("ann")
	wants(t, "a client without the flow", err,
		fault.New(fault.InvalidParameter, "CUSTOM_AUTH is not enabled for the client."))
}

func TestCustomParameters(t *testing.T) {
	w := openWorld(t)
	w.customFunctions()
	for name, c := range map[string]struct {
		params map[string]string
		want   *fault.Fault
	}{
		"no name": {map[string]string{}, fault.MissingParameter("USERNAME")},
		"SRP without value": {
			map[string]string{"USERNAME": "ann", "CHALLENGE_NAME": "SRP_A"}, fault.MissingParameter("SRP_A"),
		},
		"ChallengeName as the key": {
			map[string]string{"USERNAME": "ann", "ChallengeName": "SRP_A"}, fault.MissingParameter("SRP_A"),
		},
		"SRP_A of zero": {
			map[string]string{"USERNAME": "ann", "CHALLENGE_NAME": "SRP_A", "SRP_A": "0"},
			fault.New(fault.InvalidParameter, "Invalid SRP_A."),
		},
		"another challenge": {
			map[string]string{"USERNAME": "ann", "CHALLENGE_NAME": "SMS_MFA"},
			fault.New(fault.InvalidParameter, "CHALLENGE_NAME must be SRP_A or CUSTOM_CHALLENGE."),
		},
	} {
		_, err := w.start("CUSTOM_AUTH", c.params)
		wants(t, name, err, c.want)
	}
	_, err := w.answer("CUSTOM_CHALLENGE", w.startCustom().Session, map[string]string{"USERNAME": "ann"})
	wants(t, "no answer", err, fault.MissingParameter("ANSWER"))
}

// Rounds repeat until the functions issue tokens. Their metadata and results
// are passed on in order. Each answer needs the latest Session.
func TestCustomRounds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		w.engine.CustomAuthLockout = true
		q.define = func(list []trigger.ChallengeResult) string {
			if len(list) == 3 {
				return issueTokens
			}
			return nextCustom
		}
		out := w.startCustom()
		for round, answer := range []string{"5", "4"} {
			old := out
			next, err := w.guess(out, answer)
			out = w.expect("CUSTOM_CHALLENGE", next, err)
			_, err = w.guess(old, "5")
			wants(t, "the old session", err, fault.SessionUsed)
			if l := w.failures("ann"); l.Failures != round {
				t.Errorf("after %d wrong answers: %+v", round, l)
			}
		}
		q.takeCalls()
		done, err := w.guess(out, "5")
		signedIn(t, "the third round", done, err)
		calls := q.takeCalls()
		const want = "CUSTOM_CHALLENGE+SUM CUSTOM_CHALLENGE-SUM CUSTOM_CHALLENGE+SUM"
		if got := rounds(calls[1].Request.Session); got != want {
			t.Errorf("rounds %s", got)
		}
		if l := w.failures("ann"); l.Failures != 0 {
			t.Errorf("failures after tokens: %+v", l)
		}
	})
}

// Three wrong answers end a sign-in, unless the functions issue tokens.
func TestThreeWrongCustomAnswers(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	wrong := func(out signin.Outcome) signin.Outcome {
		next, err := w.guess(out, "4")
		return w.expect("CUSTOM_CHALLENGE", next, err)
	}
	out := wrong(wrong(w.startCustom()))
	_, err := w.guess(out, "4")
	wants(t, "the third", err, fault.IncorrectUsernameOrPassword)
	_, err = w.guess(out, "5")
	wants(t, "the session after that", err, fault.SessionInvalid)

	w.clk.Advance(15 * time.Minute)
	q.define = func(list []trigger.ChallengeResult) string {
		if len(list) == 3 {
			return issueTokens
		}
		return nextCustom
	}
	done, err := w.guess(wrong(wrong(w.startCustom())), "4")
	signedIn(t, "tokens after the third", done, err)
}

func TestCustomSessionsAreBound(t *testing.T) {
	w := openWorld(t)
	w.customFunctions()
	w.addUser(w.accounts(), "bob", userpool.Confirmed)
	out := w.startCustom()
	right := map[string]string{"USERNAME": "ann", "ANSWER": "5"}
	other := w.addClient("other", allowsCustom)
	elsewhere := *w.pool
	elsewhere.ID = "us-east-1_Other"
	for name, a := range map[string]signin.Answer{
		"another client":     {Pool: w.pool, Client: other, Session: out.Session},
		"another pool":       {Pool: &elsewhere, Client: w.client, Session: out.Session},
		"a modified session": {Pool: w.pool, Client: w.client, Session: flip(out.Session)},
	} {
		a.Challenge, a.Responses = "CUSTOM_CHALLENGE", right
		_, err := w.engine.Answer(t.Context(), a)
		wants(t, name, err, fault.SessionMalformed)
	}
	_, err := w.answer("CUSTOM_CHALLENGE", out.Session, map[string]string{"USERNAME": "bob", "ANSWER": "5"})
	wants(t, "another user", err, fault.SessionInvalid)
	_, err = w.answer("SOFTWARE_TOKEN_MFA", out.Session,
		map[string]string{"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": "123456"})
	wants(t, "another challenge", err, fault.SessionInvalid)
	done, err := w.answer("CUSTOM_CHALLENGE", out.Session,
		map[string]string{"USERNAME": "ann@example.com", "ANSWER": "5"})
	signedIn(t, "positive control", done, err)
	_, err = w.answer("CUSTOM_CHALLENGE", out.Session, right)
	wants(t, "again", err, fault.SessionUsed)

	out = w.startCustom()
	w.clk.Advance(3 * time.Minute)
	_, err = w.guess(out, "5")
	wants(t, "after three minutes", err, fault.SessionExpired)
	out = w.startCustom()
	w.change(func(u *userpool.User) { u.Enabled = false })
	_, err = w.guess(out, "5")
	wants(t, "disabled later", err, fault.UserIsDisabled)
}

// Of parallel answers to one Session, one is verified.
func TestCustomSessionsAreUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		out := w.startCustom()
		q.takeCalls()
		won := w.race(200, func(int) (signin.Outcome, error) { return w.guess(out, "5") },
			fault.SessionInvalid, fault.SessionUsed, fault.PasswordAttemptsExceeded)
		if won != 1 {
			t.Errorf("one session signed in %d times", won)
		}
		if got := kinds(q.takeCalls()); got != "VerifyAuthChallengeResponse DefineAuthChallenge" {
			t.Errorf("called %s", got)
		}
	})
}

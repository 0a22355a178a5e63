package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// ChallengeResult is one round of a custom sign-in.
type ChallengeResult struct {
	ChallengeName   string `json:"challengeName"`
	ChallengeResult bool   `json:"challengeResult"`
	// ChallengeMetadata is nil for rounds without a function.
	ChallengeMetadata *string `json:"challengeMetadata"`
}

// challengeNames are the challenges of a custom sign-in. Source: guide pages
// user-pool-lambda-define-auth-challenge and -create-auth-challenge.
var challengeNames = []string{
	"CUSTOM_CHALLENGE", "SRP_A", "PASSWORD_VERIFIER", "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA",
	"DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "ADMIN_NO_SRP_AUTH", "NEW_PASSWORD_REQUIRED",
}

// DefineAuthChallengeRequest requests the next step of a custom sign-in.
type DefineAuthChallengeRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	Session        []ChallengeResult `json:"session"` // oldest first
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
	UserNotFound   *bool             `json:"userNotFound,omitempty"` // as in PreAuthenticationRequest
}

// DefineAuthChallengeResponse is the next step. The precedence is
// FailAuthentication, IssueTokens, ChallengeName.
type DefineAuthChallengeResponse struct {
	FailAuthentication, IssueTokens bool
	ChallengeName                   string
}

func (DefineAuthChallengeRequest) serves(t userpool.Trigger) bool { return t == DefineAuthChallenge }

func (r DefineAuthChallengeRequest) event(occasion) (any, string) {
	r.UserAttributes, r.Session = orEmpty(r.UserAttributes), orNoRounds(r.Session)
	return r, `{"challengeName":null,"issueTokens":null,"failAuthentication":null}`
}

func (DefineAuthChallengeRequest) answer(_ occasion, o object) DefineAuthChallengeResponse {
	r := DefineAuthChallengeResponse{
		FailAuthentication: o.flagOrNull("failAuthentication"),
		IssueTokens:        o.flagOrNull("issueTokens"),
		ChallengeName:      o.oneOf("challengeName", challengeNames...),
	}
	if r == (DefineAuthChallengeResponse{}) {
		o.reject("response decides nothing")
	}
	return r
}

// CreateAuthChallengeRequest requests a challenge.
type CreateAuthChallengeRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ChallengeName  string            `json:"challengeName"`
	Session        []ChallengeResult `json:"session"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
	UserNotFound   *bool             `json:"userNotFound,omitempty"`
}

// CreateAuthChallengeResponse is a challenge: public parameters for the client,
// private ones for the verifying function, and metadata for the session.
type CreateAuthChallengeResponse struct {
	PublicChallengeParameters, PrivateChallengeParameters map[string]string
	ChallengeMetadata                                     string
}

func (CreateAuthChallengeRequest) serves(t userpool.Trigger) bool { return t == CreateAuthChallenge }

func (r CreateAuthChallengeRequest) event(occasion) (any, string) {
	r.UserAttributes, r.Session = orEmpty(r.UserAttributes), orNoRounds(r.Session)
	return r, `{"publicChallengeParameters":null,"privateChallengeParameters":null,"challengeMetadata":null}`
}

func (CreateAuthChallengeRequest) answer(_ occasion, o object) CreateAuthChallengeResponse {
	return CreateAuthChallengeResponse{
		PublicChallengeParameters:  o.texts("publicChallengeParameters"),
		PrivateChallengeParameters: o.texts("privateChallengeParameters"),
		ChallengeMetadata:          o.text("challengeMetadata"),
	}
}

// VerifyAuthChallengeRequest requests verification of the user's answer.
type VerifyAuthChallengeRequest struct {
	UserAttributes             map[string]string `json:"userAttributes"`
	PrivateChallengeParameters map[string]string `json:"privateChallengeParameters"`
	ChallengeAnswer            string            `json:"challengeAnswer"`
	ClientMetadata             map[string]string `json:"clientMetadata,omitempty"`
	UserNotFound               *bool             `json:"userNotFound,omitempty"`
}

// VerifyAuthChallengeResponse is the result.
type VerifyAuthChallengeResponse struct{ AnswerCorrect bool }

func (VerifyAuthChallengeRequest) serves(t userpool.Trigger) bool {
	return t == VerifyAuthChallenge
}

func (r VerifyAuthChallengeRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	r.PrivateChallengeParameters = orEmpty(r.PrivateChallengeParameters)
	return r, `{"answerCorrect":null}`
}

func (VerifyAuthChallengeRequest) answer(_ occasion, o object) VerifyAuthChallengeResponse {
	return VerifyAuthChallengeResponse{o.flagOrNull("answerCorrect")}
}

func orNoRounds(rounds []ChallengeResult) []ChallengeResult {
	if rounds == nil {
		return []ChallengeResult{}
	}
	return rounds
}

package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

const (
	region   = "us-east-1"
	password = "Correct-horse-9"
)

// ok returns the result of a call that must succeed: ok(c.SignUp(…))(t).
func ok[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// errOf drops the result of a call that is expected to fail.
func errOf[T any](_ T, err error) error { return err }

// Names of errors.
const (
	invalid       = "InvalidParameterException"
	notAuthorized = "NotAuthorizedException"
	notFound      = "ResourceNotFoundException"
	userNotFound  = "UserNotFoundException"
	badPassword   = "InvalidPasswordException"
)

// refused asserts that the server refused: the error's name and exact text, of which
// either matches any value when it is "".
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		t.Errorf("accepted, want %s %q", code, message)
	case !errors.As(err, &api):
		t.Errorf("%v, want %s %q", err, code, message)
	case api.ErrorFault() == smithy.FaultServer,
		code != "" && api.ErrorCode() != code,
		message != "" && api.ErrorMessage() != message:
		t.Errorf("%s %q, want %s %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

// wholeResponses reads a response to its end before the SDK reads it. Version 1.28
// of smithy-go closes the request's body as soon as the response begins. If the
// transport has not finished with that body, it then drops the connection and
// the rest of a long response. See docs/divergences CL-1.
type wholeResponses struct{ http.Client }

func (c *wholeResponses) Do(r *http.Request) (*http.Response, error) {
	res, err := c.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

// sdk is the AWS SDK for Go, pointed at the server.
func (s *server) sdk(t *testing.T, options ...func(*cip.Options)) *cip.Client {
	t.Helper()
	load := []func(*config.LoadOptions) error{
		config.WithRegion(region),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("dev", "dev", "")),
		config.WithRetryMaxAttempts(1),
	}
	if s.URL != "" { // otherwise the environment has the endpoint
		load = append(load, config.WithBaseEndpoint(s.URL))
	}
	cfg, err := config.LoadDefaultConfig(t.Context(), load...)
	if err != nil {
		t.Fatal(err)
	}
	whole := func(o *cip.Options) { o.HTTPClient = &wholeResponses{} }
	return cip.NewFromConfig(cfg, append([]func(*cip.Options){whole}, options...)...)
}

// message is a delivered message as /_dev/messages shows it.
type message struct {
	ID, Medium, To, Subject, Body, Code, Link string
	UserPoolID, Username, TriggerSource       string
	Time                                      time.Time
}

// messages returns what was sent to an address, newest first.
func (s *server) messages(t *testing.T, to string) []message {
	t.Helper()
	res, err := http.Get(s.URL + "/_dev/messages?to=" + url.QueryEscape(to))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var found []message
	if err := json.NewDecoder(res.Body).Decode(&found); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("/_dev/messages: %s: %v", res.Status, err)
	}
	return found
}

// code is the newest code sent to the address.
func (s *server) code(t *testing.T, to string) string {
	t.Helper()
	found := s.messages(t, to)
	if len(found) == 0 || found[0].Code == "" {
		t.Fatalf("no code was sent to %s: %+v", to, found)
	}
	return found[0].Code
}

// advance moves the server's clock.
func (s *server) advance(t *testing.T, d time.Duration) {
	t.Helper()
	body := fmt.Sprintf(`{"advance":%q}`, d)
	res, err := http.Post(s.URL+"/_dev/clock", "application/json", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if response, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		t.Fatalf("/_dev/clock: %s %s", res.Status, response)
	}
}

// now is the time of the server's clock.
func (s *server) now(t *testing.T) time.Time {
	t.Helper()
	res, err := http.Get(s.URL + "/_dev/clock")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var clock struct {
		Now time.Time `json:"now"`
	}
	if err := json.NewDecoder(res.Body).Decode(&clock); err != nil || clock.Now.IsZero() {
		t.Fatalf("/_dev/clock: %+v, %v", clock, err)
	}
	return clock.Now
}

// pool is a user pool of a server.
type pool struct {
	srv *server
	c   *cip.Client
	id  string
}

// newPool creates a pool that verifies e-mail addresses; change adjusts it.
func newPool(t *testing.T, srv *server, change ...func(*cip.CreateUserPoolInput)) *pool {
	t.Helper()
	in := &cip.CreateUserPoolInput{
		PoolName:               aws.String("e2e"),
		AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
	}
	for _, c := range change {
		c(in)
	}
	p := &pool{srv: srv, c: srv.sdk(t)}
	p.id = *ok(p.c.CreateUserPool(t.Context(), in))(t).UserPool.Id
	return p
}

// app is an app client of a pool; a public one has no secret.
type app struct {
	*pool
	id, secret string
}

var everyFlow = []types.ExplicitAuthFlowsType{
	"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
}

// newApp creates a public client with every password flow; change adjusts it.
func (p *pool) newApp(t *testing.T, change ...func(*cip.CreateUserPoolClientInput)) *app {
	t.Helper()
	in := &cip.CreateUserPoolClientInput{
		UserPoolId: &p.id, ClientName: aws.String("e2e"), ExplicitAuthFlows: everyFlow,
	}
	for _, c := range change {
		c(in)
	}
	made := ok(p.c.CreateUserPoolClient(t.Context(), in))(t).UserPoolClient
	return &app{pool: p, id: *made.ClientId, secret: aws.ToString(made.ClientSecret)}
}

func confidential(in *cip.CreateUserPoolClientInput) { in.GenerateSecret = true }

func hidesUsers(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" }

func attr(name, value string) types.AttributeType {
	return types.AttributeType{Name: &name, Value: &value}
}

// reachable returns the attributes of a user with a verified e-mail address.
func reachable(email string) []types.AttributeType {
	return []types.AttributeType{attr("email", email), attr("email_verified", "true")}
}

// addUser creates a CONFIRMED user with the password of this package.
func (p *pool) addUser(t *testing.T, name string, attributes ...types.AttributeType) string {
	t.Helper()
	p.invite(t, name, "Temporary-1!", attributes...)
	ok(p.c.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: &p.id, Username: &name, Password: aws.String(password), Permanent: true,
	}))(t)
	return name
}

// invite creates a user with a temporary password, without a message.
func (p *pool) invite(t *testing.T, name, temporary string, attributes ...types.AttributeType) {
	t.Helper()
	ok(p.c.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &p.id, Username: &name, TemporaryPassword: &temporary,
		UserAttributes: attributes, MessageAction: types.MessageActionTypeSuppress,
	}))(t)
}

// signUp creates an UNCONFIRMED user through the client.
func (a *app) signUp(t *testing.T, name, pass string, attributes ...types.AttributeType) (*cip.SignUpOutput, error) {
	return a.c.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: &a.id, SecretHash: a.hash(name), Username: &name, Password: &pass, UserAttributes: attributes,
	})
}

func (a *app) confirm(t *testing.T, name, code string) error {
	return errOf(a.c.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &a.id, SecretHash: a.hash(name), Username: &name, ConfirmationCode: &code,
	}))
}

// hash is SECRET_HASH, nil for a public client.
func (a *app) hash(name string) *string {
	if a.secret == "" {
		return nil
	}
	h := hmac.New(sha256.New, []byte(a.secret))
	h.Write([]byte(name + a.id))
	return aws.String(base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

// params are AuthParameters or ChallengeResponses with SECRET_HASH added.
func (a *app) params(name string, pairs ...string) map[string]string {
	m := map[string]string{"USERNAME": name}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	if h := a.hash(name); h != nil {
		m["SECRET_HASH"] = *h
	}
	return m
}

func (a *app) initiate(t *testing.T, flow string, params map[string]string) (*cip.InitiateAuthOutput, error) {
	return a.c.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &a.id, AuthFlow: types.AuthFlowType(flow), AuthParameters: params,
	})
}

func (a *app) adminInitiate(t *testing.T, flow string, params map[string]string) (*cip.AdminInitiateAuthOutput, error) {
	return a.c.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
		UserPoolId: &a.pool.id, ClientId: &a.id, AuthFlow: types.AuthFlowType(flow), AuthParameters: params,
	})
}

func (a *app) respond(
	t *testing.T, challenge string, session *string, responses map[string]string,
) (*cip.RespondToAuthChallengeOutput, error) {
	return a.c.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &a.id, ChallengeName: types.ChallengeNameType(challenge), Session: session,
		ChallengeResponses: responses,
	})
}

// passwordSignIn is USER_PASSWORD_AUTH.
func (a *app) passwordSignIn(t *testing.T, name, pass string) (*cip.InitiateAuthOutput, error) {
	return a.initiate(t, "USER_PASSWORD_AUTH", a.params(name, "PASSWORD", pass))
}

// srpStart is the first step of USER_SRP_AUTH.
func (a *app) srpStart(t *testing.T, name string) (*srpExchange, *cip.InitiateAuthOutput, error) {
	e := newSRP()
	out, err := a.initiate(t, "USER_SRP_AUTH", a.params(name, "SRP_A", e.srpA()))
	return e, out, err
}

// srpSignIn is both steps of USER_SRP_AUTH.
func (a *app) srpSignIn(t *testing.T, name, pass string) (*cip.RespondToAuthChallengeOutput, error) {
	e, out, err := a.srpStart(t, name)
	if err != nil {
		return nil, err
	}
	return a.respond(t, "PASSWORD_VERIFIER", out.Session, a.srpClaim(e, out.ChallengeParameters, pass))
}

func (a *app) srpClaim(e *srpExchange, challenge map[string]string, pass string) map[string]string {
	claim := e.claim(a.pool.id, challenge, pass, time.Now())
	if h := a.hash(claim["USERNAME"]); h != nil {
		claim["SECRET_HASH"] = *h
	}
	return claim
}

// tokens signs in with a password and returns the tokens.
func (a *app) tokens(t *testing.T, name, pass string) *types.AuthenticationResultType {
	t.Helper()
	out := ok(a.passwordSignIn(t, name, pass))(t)
	if out.AuthenticationResult == nil {
		t.Fatalf("%s: unexpected challenge %s", name, out.ChallengeName)
	}
	return out.AuthenticationResult
}

// refresh is REFRESH_TOKEN_AUTH. SECRET_HASH is computed over name, which is not
// sent.
func (a *app) refresh(t *testing.T, name, token string) (*cip.InitiateAuthOutput, error) {
	params := map[string]string{"REFRESH_TOKEN": token}
	if h := a.hash(name); h != nil {
		params["SECRET_HASH"] = *h
	}
	return a.initiate(t, "REFRESH_TOKEN_AUTH", params)
}

// exchange is GetTokensFromRefreshToken.
func (a *app) exchange(t *testing.T, token string) (*cip.GetTokensFromRefreshTokenOutput, error) {
	return a.c.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{
		ClientId: &a.id, ClientSecret: a.secretOrNil(), RefreshToken: &token,
	})
}

func (a *app) secretOrNil() *string {
	if a.secret == "" {
		return nil
	}
	return &a.secret
}

func (p *pool) getUser(t *testing.T, access string) (*cip.GetUserOutput, error) {
	return p.c.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &access})
}

func (p *pool) adminGetUser(t *testing.T, name string) *cip.AdminGetUserOutput {
	t.Helper()
	return ok(p.c.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &p.id, Username: &name}))(t)
}

// values returns attributes as a map.
func values(attributes []types.AttributeType) map[string]string {
	m := map[string]string{}
	for _, a := range attributes {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}

// claims decodes a token's payload without verifying it.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := bytes.Split([]byte(token), []byte("."))
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	body, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// isCode reports whether the server refused with the error of this name.
func isCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

// isMessage reports whether the server refused with this text.
func isMessage(err error, text string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorMessage() == text
}

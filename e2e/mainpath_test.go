package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestMainPath follows a user from sign-up to deletion, with a public and a
// confidential client.
func TestMainPath(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv)
		t.Run("public client", func(t *testing.T) { mainPath(t, p.newApp(t), "pia") })
		t.Run("confidential client", func(t *testing.T) { mainPath(t, p.newApp(t, confidential), "carl") })
	})
}

func mainPath(t *testing.T, a *app, name string) {
	email := name + "@example.com"
	sub := signUpAndConfirm(t, a, name, email)
	tokens := srpTokens(t, a, name, sub)
	access := refreshBothWays(t, a, name, tokens)

	user := ok(a.getUser(t, access))(t)
	got := values(user.UserAttributes)
	if *user.Username != name || got["sub"] != sub || got["email"] != email || got["email_verified"] != "true" {
		t.Errorf("GetUser: %s %v", *user.Username, got)
	}
	recovered := changeAndRecover(t, a, name, email, access)
	signOut(t, a, name, recovered)
}

// signUpAndConfirm returns the new user's sub.
func signUpAndConfirm(t *testing.T, a *app, name, email string) string {
	t.Helper()
	made := ok(a.signUp(t, name, password, attr("email", email), attr("name", "Some One")))(t)
	if made.UserConfirmed {
		t.Error("confirmed without a code")
	}
	delivery := made.CodeDeliveryDetails
	if delivery == nil {
		t.Fatal("SignUp returns no delivery details")
	}
	masked := email[:1] + "***@e***"
	if *delivery.Destination != masked || delivery.DeliveryMedium != "EMAIL" || *delivery.AttributeName != "email" {
		t.Errorf("delivery %s %s %s, want %s", *delivery.Destination, delivery.DeliveryMedium, *delivery.AttributeName,
			masked)
	}
	refused(t, errOf(a.passwordSignIn(t, name, password)), "UserNotConfirmedException", "User is not confirmed.")

	sent := a.srv.messages(t, email)
	if len(sent) != 1 || len(sent[0].Code) != 6 || !strings.Contains(sent[0].Body, sent[0].Code) ||
		sent[0].Medium != "EMAIL" {
		t.Fatalf("messages: %+v", sent)
	}
	code := sent[0].Code
	refused(t, a.confirm(t, name, wrong(code)), "CodeMismatchException",
		"Invalid verification code provided, please try again.")
	if err := a.confirm(t, name, code); err != nil {
		t.Fatal(err)
	}
	refused(t, a.confirm(t, name, code), notAuthorized, "User cannot be confirmed. Current status is CONFIRMED")

	user := a.adminGetUser(t, name)
	if user.UserStatus != "CONFIRMED" || !user.Enabled || values(user.UserAttributes)["email_verified"] != "true" {
		t.Errorf("confirmed user: %s %v", user.UserStatus, values(user.UserAttributes))
	}
	return *made.UserSub
}

// wrong returns a code other than the given one.
func wrong(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func srpTokens(t *testing.T, a *app, name, sub string) *types.AuthenticationResultType {
	t.Helper()
	e, out, err := a.srpStart(t, name)
	if err != nil {
		t.Fatal(err)
	}
	if out.ChallengeName != "PASSWORD_VERIFIER" || out.ChallengeParameters["USER_ID_FOR_SRP"] != name ||
		out.AuthenticationResult != nil {
		t.Errorf("first step: %s %v", out.ChallengeName, out.ChallengeParameters)
	}
	bad := a.srpClaim(e, out.ChallengeParameters, "Wrong-horse-9")
	refused(t, errOf(a.respond(t, "PASSWORD_VERIFIER", out.Session, bad)), notAuthorized,
		"Incorrect username or password.")

	done := ok(a.srpSignIn(t, name, password))(t)
	r := done.AuthenticationResult
	if r == nil || r.ExpiresIn != 3600 || *r.TokenType != "Bearer" || r.RefreshToken == nil ||
		done.ChallengeName != "" || done.Session != nil {
		t.Fatalf("signed in: %+v", done)
	}
	id, access := claims(t, *r.IdToken), claims(t, *r.AccessToken)
	issuer := a.srv.URL + "/" + a.pool.id
	for claim, want := range map[string]any{
		"sub": sub, "iss": issuer, "aud": a.id, "token_use": "id", "cognito:username": name,
		"email_verified": true, "name": "Some One",
	} {
		if id[claim] != want {
			t.Errorf("ID token: %s is %v, want %v", claim, id[claim], want)
		}
	}
	for claim, want := range map[string]any{
		"sub": sub, "iss": issuer, "client_id": a.id, "token_use": "access", "username": name,
		"scope": "aws.cognito.signin.user.admin",
	} {
		if access[claim] != want {
			t.Errorf("access token: %s is %v, want %v", claim, access[claim], want)
		}
	}
	if id["origin_jti"] == nil || id["origin_jti"] != access["origin_jti"] || id["jti"] == access["jti"] {
		t.Errorf("jti %v and %v, origin_jti %v and %v",
			id["jti"], access["jti"], id["origin_jti"], access["origin_jti"])
	}
	return r
}

// refreshBothWays refreshes by InitiateAuth and by GetTokensFromRefreshToken, and
// returns a new access token.
func refreshBothWays(t *testing.T, a *app, name string, old *types.AuthenticationResultType) string {
	t.Helper()
	legacy := ok(a.refresh(t, name, *old.RefreshToken))(t).AuthenticationResult
	current := ok(a.exchange(t, *old.RefreshToken))(t).AuthenticationResult
	for method, r := range map[string]*types.AuthenticationResultType{
		"REFRESH_TOKEN_AUTH": legacy, "GetTokensFromRefreshToken": current,
	} {
		if r == nil || r.AccessToken == nil || r.IdToken == nil || r.RefreshToken != nil {
			t.Fatalf("%s: %+v", method, r)
		}
		before, after := claims(t, *old.AccessToken), claims(t, *r.AccessToken)
		if before["origin_jti"] != after["origin_jti"] || before["auth_time"] != after["auth_time"] ||
			before["jti"] == after["jti"] {
			t.Errorf("%s: claims %v became %v", method, before, after)
		}
	}
	return *current.AccessToken
}

const (
	changedPassword   = "Changed-horse-9"
	recoveredPassword = "Recovered-horse-9"
)

// changeAndRecover changes the password, resets it by a code, and returns tokens
// of a sign-in with the new one.
func changeAndRecover(t *testing.T, a *app, name, email, access string) *types.AuthenticationResultType {
	t.Helper()
	ok(a.c.ChangePassword(t.Context(), &cip.ChangePasswordInput{
		AccessToken: &access, PreviousPassword: aws.String(password), ProposedPassword: aws.String(changedPassword),
	}))(t)
	refused(t, errOf(a.srpSignIn(t, name, password)), notAuthorized, "Incorrect username or password.")
	ok(a.srpSignIn(t, name, changedPassword))(t)

	sent := ok(a.c.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{
		ClientId: &a.id, SecretHash: a.hash(name), Username: &name,
	}))(t)
	if *sent.CodeDeliveryDetails.Destination != email[:1]+"***@e***" {
		t.Errorf("reset code to %s", *sent.CodeDeliveryDetails.Destination)
	}
	code := a.srv.code(t, email)
	reset := func(code string) error {
		return errOf(a.c.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
			ClientId: &a.id, SecretHash: a.hash(name), Username: &name,
			ConfirmationCode: &code, Password: aws.String(recoveredPassword),
		}))
	}
	refused(t, reset(wrong(code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
	if err := reset(code); err != nil {
		t.Fatal(err)
	}
	refused(t, reset(code), "ExpiredCodeException", "Invalid code provided, please request a code again.")
	refused(t, errOf(a.srpSignIn(t, name, changedPassword)), notAuthorized, "Incorrect username or password.")
	return ok(a.srpSignIn(t, name, recoveredPassword))(t).AuthenticationResult
}

// signOut ends every session: all tokens are then refused.
func signOut(t *testing.T, a *app, name string, tokens *types.AuthenticationResultType) {
	t.Helper()
	ok(a.getUser(t, *tokens.AccessToken))(t)
	ok(a.c.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: tokens.AccessToken}))(t)
	const revoked = "Access Token has been revoked"
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), notAuthorized, revoked)
	refused(t, errOf(a.c.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: tokens.AccessToken})),
		notAuthorized, revoked)
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	refused(t, errOf(a.exchange(t, *tokens.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	again := ok(a.srpSignIn(t, name, recoveredPassword))(t).AuthenticationResult
	ok(a.getUser(t, *again.AccessToken))(t)
	ok(a.c.DeleteUser(t.Context(), &cip.DeleteUserInput{AccessToken: again.AccessToken}))(t)
	refused(t, errOf(a.srpSignIn(t, name, recoveredPassword)), userNotFound, "User does not exist.")
}

// TestEndpointVariable configures the endpoint through the environment, as the
// documentation of the SDKs describes.
func TestEndpointVariable(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed")
	t.Setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", srv.URL)
	bare := &server{}
	c := bare.sdk(t)
	made := ok(c.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("by environment")}))(t)
	if id := *made.UserPool.Id; !strings.HasPrefix(id, region+"_") || len(id) != len(region)+10 {
		t.Errorf("pool id %s", id)
	}
	pages := cip.NewListUserPoolsPaginator(c, &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)})
	listed := ok(pages.NextPage(t.Context()))(t)
	if len(listed.UserPools) != 1 || *listed.UserPools[0].Name != "by environment" {
		t.Errorf("listed %+v", listed.UserPools)
	}
}

// TestMessagesAreReadableAtOnce: a message can be read as soon as the call that
// caused it has returned.
func TestMessagesAreReadableAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		a := newPool(t, srv).newApp(t)
		for i := range 200 {
			name := fmt.Sprintf("user%d", i)
			ok(a.signUp(t, name, password, attr("email", name+"@example.com")))(t)
			if sent := srv.messages(t, name+"@example.com"); len(sent) != 1 {
				t.Fatalf("%d messages to %s", len(sent), name)
			}
		}
	})
}

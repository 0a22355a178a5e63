package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func requireGivenName(in *cip.CreateUserPoolInput) {
	in.Schema = []types.SchemaAttributeType{required("given_name")}
}

func required(name string) types.SchemaAttributeType {
	return types.SchemaAttributeType{
		Name: &name, Required: aws.Bool(true), Mutable: aws.Bool(true), AttributeDataType: "String",
	}
}

// TestNewPassword follows an invited user through NEW_PASSWORD_REQUIRED, by
// SRP, by plain password and by the administrator's pair of operations.
func TestNewPassword(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv, requireGivenName)
		a := p.newApp(t)
		const temporary = "Temporary-1!"
		starts := map[string]func(name string) newPasswordChallenge{
			"srp": func(name string) newPasswordChallenge {
				out := ok(a.srpSignIn(t, name, temporary))(t)
				params := newPasswordRequired(t, out.ChallengeName, out.ChallengeParameters)
				return newPasswordChallenge{name: name, params: params, session: out.Session}
			},
			"password": func(name string) newPasswordChallenge {
				out := ok(a.passwordSignIn(t, name, temporary))(t)
				params := newPasswordRequired(t, out.ChallengeName, out.ChallengeParameters)
				return newPasswordChallenge{name: name, params: params, session: out.Session}
			},
			"admin": func(name string) newPasswordChallenge {
				out := ok(a.adminInitiate(t, "ADMIN_USER_PASSWORD_AUTH", a.params(name, "PASSWORD", temporary)))(t)
				params := newPasswordRequired(t, out.ChallengeName, out.ChallengeParameters)
				return newPasswordChallenge{name: name, params: params, session: out.Session, admin: true}
			},
		}
		for flow, start := range starts {
			t.Run(flow, func(t *testing.T) {
				name := "invited-" + flow
				p.invite(t, name, temporary, reachable(name+"@example.com")...)
				completeNewPassword(t, a, start(name))
			})
		}
	})
}

// newPasswordRequired requires that a challenge is NEW_PASSWORD_REQUIRED and returns its parameters.
func newPasswordRequired(t *testing.T, name types.ChallengeNameType, params map[string]string) map[string]string {
	t.Helper()
	if name != "NEW_PASSWORD_REQUIRED" {
		t.Fatalf("challenge %q", name)
	}
	return params
}

// newPasswordChallenge is a pending NEW_PASSWORD_REQUIRED challenge.
type newPasswordChallenge struct {
	name    string
	params  map[string]string
	session *string
	admin   bool
}

// answer answers through the pair of operations that the challenge came from.
func (c newPasswordChallenge) answer(t *testing.T, a *app, pairs ...string) (*types.AuthenticationResultType, error) {
	responses := a.params(c.name, append([]string{"NEW_PASSWORD", password}, pairs...)...)
	if !c.admin {
		out, err := a.respond(t, "NEW_PASSWORD_REQUIRED", c.session, responses)
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	out, err := a.c.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
		UserPoolId: &a.pool.id, ClientId: &a.id, ChallengeName: "NEW_PASSWORD_REQUIRED", Session: c.session,
		ChallengeResponses: responses,
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func completeNewPassword(t *testing.T, a *app, c newPasswordChallenge) {
	t.Helper()
	var required []string
	var current map[string]string
	if err := json.Unmarshal([]byte(c.params["requiredAttributes"]), &required); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(c.params["userAttributes"]), &current); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(required, []string{"userAttributes.given_name"}) {
		t.Errorf("required: %v", required)
	}
	want := map[string]string{"email": c.name + "@example.com", "email_verified": "true"}
	if !maps.Equal(current, want) {
		t.Errorf("current: %v, want %v", current, want)
	}
	const given = "userAttributes.given_name"
	refused(t, errOf(c.answer(t, a, given, "Ina", "userAttributes.email", "other@example.com")),
		notAuthorized, "Cannot modify an already provided email")
	refused(t, errOf(c.answer(t, a)), invalid, "")
	refused(t, errOf(c.answer(t, a, "NEW_PASSWORD", "short", given, "Ina")),
		"InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	tokens := ok(c.answer(t, a, given, "Ina"))(t)
	if got := claims(t, *tokens.IdToken)["given_name"]; got != "Ina" {
		t.Errorf("given_name in the ID token: %v", got)
	}
	refused(t, errOf(c.answer(t, a, given, "Ina")), notAuthorized,
		"Invalid session for the user, session can only be used once.")
	if status := a.adminGetUser(t, c.name).UserStatus; status != "CONFIRMED" {
		t.Errorf("status %s", status)
	}
	ok(a.srpSignIn(t, c.name, password))(t)
	refused(t, errOf(a.srpSignIn(t, c.name, "Temporary-1!")), notAuthorized, "Incorrect username or password.")
}

// TestAdministration takes users through every status by the API.
func TestAdministration(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv)
		a := p.newApp(t)
		t.Run("invitation", func(t *testing.T) { invitation(t, a) })
		t.Run("disable and enable", func(t *testing.T) { disableAndEnable(t, a) })
		t.Run("reset", func(t *testing.T) { adminReset(t, a) })
		t.Run("confirm and delete", func(t *testing.T) { adminConfirm(t, a) })
		t.Run("sign out", func(t *testing.T) { adminSignOut(t, a) })
		t.Run("list", func(t *testing.T) { listUsers(t, srv) })
	})
}

// invitation reads the temporary password from the e-mail and uses it.
func invitation(t *testing.T, a *app) {
	const name, email = "guest", "guest@example.com"
	create := func(action types.MessageActionType) *types.UserType {
		out := ok(a.c.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &a.pool.id, Username: aws.String(name), UserAttributes: reachable(email),
			DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"}, MessageAction: action,
		}))(t)
		return out.User
	}
	made := create("")
	if made.UserStatus != "FORCE_CHANGE_PASSWORD" || !made.Enabled || *made.Username != name ||
		time.Since(*made.UserCreateDate).Abs() > time.Minute {
		t.Errorf("created: %+v", made)
	}
	first := a.srv.code(t, email)
	create(types.MessageActionTypeResend)
	second := a.srv.code(t, email)
	if first == second {
		t.Error("the second invitation has the first one's password")
	}
	refused(t, errOf(a.passwordSignIn(t, name, first)), notAuthorized, "Incorrect username or password.")
	out := ok(a.passwordSignIn(t, name, second))(t)
	newPasswordRequired(t, out.ChallengeName, out.ChallengeParameters)
}

func disableAndEnable(t *testing.T, a *app) {
	name := a.addUser(t, "dan", reachable("dan@example.com")...)
	tokens := a.tokens(t, name, password)
	ok(a.c.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	if a.adminGetUser(t, name).Enabled {
		t.Error("still enabled")
	}
	refused(t, errOf(a.passwordSignIn(t, name, password)), notAuthorized, "User is disabled.")
	refused(t, errOf(a.srpSignIn(t, name, password)), notAuthorized, "User is disabled.")
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), notAuthorized, "")
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "User is disabled.")
	ok(a.c.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), notAuthorized, "Access Token has been revoked")
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	ok(a.passwordSignIn(t, name, password))(t)
}

func adminReset(t *testing.T, a *app) {
	name := a.addUser(t, "rita", reachable("rita@example.com")...)
	ok(a.c.AdminResetUserPassword(t.Context(),
		&cip.AdminResetUserPasswordInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	if status := a.adminGetUser(t, name).UserStatus; status != "RESET_REQUIRED" {
		t.Errorf("status %s", status)
	}
	refused(t, errOf(a.passwordSignIn(t, name, password)), "PasswordResetRequiredException",
		"Password reset required for the user")
	code := a.srv.code(t, "rita@example.com")
	ok(a.c.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &a.id, Username: &name, ConfirmationCode: &code, Password: aws.String(recoveredPassword),
	}))(t)
	ok(a.srpSignIn(t, name, recoveredPassword))(t)
}

func adminConfirm(t *testing.T, a *app) {
	name := "una"
	ok(a.signUp(t, name, password, attr("email", "una@example.com")))(t)
	ok(a.c.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	user := a.adminGetUser(t, name)
	if user.UserStatus != "CONFIRMED" || values(user.UserAttributes)["email_verified"] == "true" {
		t.Errorf("%s %v", user.UserStatus, values(user.UserAttributes))
	}
	tokens := a.tokens(t, name, password)
	ok(a.c.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Invalid Refresh Token")
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), userNotFound, "User does not exist.")
	// A new user of the same name is another user: the old tokens stay invalid.
	a.addUser(t, name)
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Invalid Refresh Token")
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), userNotFound, "User does not exist.")
}

func adminSignOut(t *testing.T, a *app) {
	name := a.addUser(t, "sid")
	tokens := a.tokens(t, name, password)
	ok(a.c.AdminUserGlobalSignOut(t.Context(),
		&cip.AdminUserGlobalSignOutInput{UserPoolId: &a.pool.id, Username: &name}))(t)
	refused(t, errOf(a.getUser(t, *tokens.AccessToken)), notAuthorized, "Access Token has been revoked")
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	ok(a.getUser(t, *a.tokens(t, name, password).AccessToken))(t)
}

func listUsers(t *testing.T, srv *server) {
	p := newPool(t, srv)
	for i := range 7 {
		p.invite(t, fmt.Sprintf("user%d", i), "Temporary-1!", attr("email", fmt.Sprintf("mail%d@example.com", i)))
	}
	pages := cip.NewListUsersPaginator(p.c, &cip.ListUsersInput{UserPoolId: &p.id, Limit: aws.Int32(3)})
	seen := map[string]bool{}
	for pages.HasMorePages() {
		page := ok(pages.NextPage(t.Context()))(t)
		if len(page.Users) > 3 {
			t.Errorf("a page of %d", len(page.Users))
		}
		for _, u := range page.Users {
			if seen[*u.Username] {
				t.Errorf("%s twice", *u.Username)
			}
			seen[*u.Username] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("seen: %v", seen)
	}
	for filter, want := range map[string]int{
		`username = "user3"`: 1, `email ^= "mail"`: 7, `"email"^="mail4"`: 1, `email = "nobody@example.com"`: 0,
		`cognito:user_status = "FORCE_CHANGE_PASSWORD"`: 7, `status = "Disabled"`: 0,
	} {
		found := ok(p.c.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &p.id, Filter: &filter}))(t)
		if len(found.Users) != want {
			t.Errorf("%s finds %d, want %d", filter, len(found.Users), want)
		}
	}
}

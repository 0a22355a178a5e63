package awsapi_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Every delivered code is 123456.
const code = "123456"

func (w *world) signUp(client, name string, attributes object) (object, string) {
	w.t.Helper()
	var list []object
	for k, v := range attributes {
		list = append(list, object{"Name": k, "Value": v})
	}
	return w.call("SignUp",
		object{"ClientId": client, "Username": name, "Password": "Right-Passw0rd", "UserAttributes": list})
}

// confirmed signs a user up and confirms it.
func (w *world) confirmed(client, name string) {
	w.t.Helper()
	mailbox := strings.NewReplacer(`"`, "", "%", "").Replace(name)
	if _, refused := w.signUp(client, name, object{"email": mailbox + "@example.com"}); refused != "" {
		w.t.Fatal(refused)
	}
	w.must("ConfirmSignUp", object{"ClientId": client, "Username": name, "ConfirmationCode": code})
}

func (w *world) signIn(client, name, password string) (object, string) {
	w.t.Helper()
	return w.call("InitiateAuth", object{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": name, "PASSWORD": password},
	})
}

// mailPool creates a pool that verifies e-mail addresses, with a client for
// passwords.
func (w *world) mailPool(pool, client object) (poolID, clientID string) {
	w.t.Helper()
	poolID = w.pool(with(object{"AutoVerifiedAttributes": []string{"email"}}, pool))
	return poolID, w.client(poolID,
		with(object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}, client))
}

// TestCodesServeOnePurpose is attack case C7.
func TestCodesServeOnePurpose(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, nil)
	if _, refused := w.signUp(client, "ann", object{"email": "ann@example.com"}); refused != "" {
		t.Fatal(refused)
	}
	const expired = "ExpiredCodeException: Invalid code provided, please request a code again."
	reset := object{"ClientId": client, "Username": "ann", "ConfirmationCode": code, "Password": "Other-Passw0rd"}
	if _, refused := w.call("ConfirmForgotPassword", reset); refused == "" {
		t.Error("a sign-up code resets a password")
	}
	confirm := object{"ClientId": client, "Username": "ann", "ConfirmationCode": code}
	w.must("ConfirmSignUp", confirm)
	w.refusal("ConfirmSignUp", confirm, "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED")
	w.refusal("ConfirmForgotPassword", reset, expired)
	w.must("ForgotPassword", object{"ClientId": client, "Username": "ann"})
	w.refusal("ConfirmForgotPassword", with(reset, object{"ConfirmationCode": "000000"}),
		"CodeMismatchException: Invalid verification code provided, please try again.")
	w.must("ConfirmForgotPassword", reset)
	w.refusal("ConfirmForgotPassword", reset, expired)
	if _, refused := w.signIn(client, "ann", "Other-Passw0rd"); refused != "" {
		t.Error(refused)
	}
}

// Of concurrent requests with one code, one succeeds. The code expires on time.
func TestCodesAreRedeemedOnceAndExpire(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	w.must("ForgotPassword", object{"ClientId": client, "Username": "ann"})
	var won atomic.Int64
	var done sync.WaitGroup
	for n := range 15 {
		done.Go(func() {
			_, refused := w.call("ConfirmForgotPassword", object{
				"ClientId": client, "Username": "ann", "ConfirmationCode": code,
				"Password": fmt.Sprintf("Passw0rd-%d", n),
			})
			if refused == "" {
				won.Add(1)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("the code was redeemed %d times", won.Load())
	}
	w.clk.Advance(time.Hour)
	w.must("ForgotPassword", object{"ClientId": client, "Username": "ann"})
	w.clk.Advance(time.Hour)
	w.refusal("ConfirmForgotPassword",
		object{"ClientId": client, "Username": "ann", "ConfirmationCode": code, "Password": "Late-Passw0rd"},
		"ExpiredCodeException: Invalid code provided, please request a code again.")
}

// TestSelfGrantedAttributes is attack case M6.
func TestSelfGrantedAttributes(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(object{"Schema": []object{
		{"Name": "level", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
	}}, nil)
	for attribute, value := range map[string]string{
		"email_verified": "true", "phone_number_verified": "true", "sub": "00000000-0000-4000-8000-000000000000",
		"identities": "[]", "dev:custom:level": "9", "cognito:groups": "admin", "username": "root",
	} {
		_, refused := w.signUp(client, "eve", object{"email": "eve@example.com", attribute: value})
		kind, _, _ := strings.Cut(refused, ": ")
		if kind != "NotAuthorizedException" && kind != "InvalidParameterException" {
			t.Errorf("%s: %q", attribute, refused)
		}
	}
	narrow := w.client(pool, object{"WriteAttributes": []string{"email"}})
	_, refused := w.signUp(narrow, "eve", object{"email": "eve@example.com", "name": "Eve"})
	if refused != "NotAuthorizedException: A client attempted to write unauthorized attribute" {
		t.Errorf("an attribute that the client may not write: %q", refused)
	}
	if _, refused := w.signUp(narrow, "eve", object{"email": "eve@example.com"}); refused != "" {
		t.Errorf("positive control: %s", refused)
	}
}

// TestSignUpCanBeDisabled is attack case S14.
func TestSignUpCanBeDisabled(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(object{"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true}}, nil)
	_, refused := w.signUp(client, "ann", object{"email": "ann@example.com"})
	if refused != "NotAuthorizedException: SignUp is not permitted for this user pool" {
		t.Errorf("sign-up: %q", refused)
	}
	w.must("AdminCreateUser", object{"UserPoolId": pool, "Username": "ann", "MessageAction": "SUPPRESS"})
}

// TestUnknownUsersAreNotRevealed is attack case M5: with PreventUserExistenceErrors every
// operation has the same response for an unknown and for an existing user.
func TestUnknownUsersAreNotRevealed(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, object{"PreventUserExistenceErrors": "ENABLED"})
	w.confirmed(client, "ann")
	if _, refused := w.signUp(client, "new", object{"email": "new@example.com"}); refused != "" {
		t.Fatal(refused)
	}
	for name, c := range map[string]struct {
		operation, known string
		in               object
	}{
		"sign-in": {
			"InitiateAuth", "ann",
			object{"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"PASSWORD": "Wrong-Passw0rd"}},
		},
		"wrong code": {"ConfirmSignUp", "new", object{"ConfirmationCode": "000000"}},
		"no reset code": {
			"ConfirmForgotPassword", "ann",
			object{"ConfirmationCode": "000000", "Password": "Other-Passw0rd"},
		},
	} {
		refusal := func(user string) string {
			in := with(c.in, object{"ClientId": client, "Username": user})
			if c.operation == "InitiateAuth" {
				delete(in, "Username")
				in["AuthParameters"] = with(in["AuthParameters"].(object), object{"USERNAME": user})
			}
			_, refused := w.call(c.operation, in)
			return refused
		}
		known, unknown := refusal(c.known), refusal("nobody")
		if known == "" || known != unknown {
			t.Errorf("%s: %q for a user, %q for an unknown one", name, known, unknown)
		}
	}
	for _, operation := range []string{"ForgotPassword", "ResendConfirmationCode"} {
		details := func(user string) object {
			return at(w.must(operation, object{"ClientId": client, "Username": user}), "CodeDeliveryDetails").(object)
		}
		if first, again := asJSON(t, details("nobody")), asJSON(t, details("nobody")); first != again ||
			!strings.Contains(first, `"DeliveryMedium":"EMAIL"`) {
			t.Errorf("%s for an unknown user: %s, then %s", operation, first, again)
		}
	}
}

// TestFilterInjection is attack case S2 through the API.
func TestFilterInjection(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	for _, name := range []string{"ann", "bob", `o"neil`, "100%_"} {
		w.confirmed(client, name)
	}
	for filter, want := range map[string]int{
		``: 4, `username = "ann"`: 1, `username ^= "a"`: 1, `username = "o\"neil"`: 1, `username ^= "1%"`: 0,
		`username = "100%_"`: 1, `username ^= "%"`: 0, `email = "ann@example.com' OR '1'='1"`: 0,
		`username = "ann\" OR \"1\"=\"1"`: 0,
	} {
		users := w.must("ListUsers", object{"UserPoolId": pool, "Filter": filter})["Users"].([]any)
		if len(users) != want {
			t.Errorf("%s finds %d users, want %d", filter, len(users), want)
		}
	}
	page := w.must("ListUsers", object{"UserPoolId": pool, "Limit": 2})
	in := object{"UserPoolId": pool, "Limit": 2, "PaginationToken": page["PaginationToken"]}
	const invalidToken = "InvalidParameterException: Invalid pagination token."
	w.refusal("ListUsers", with(in, object{"Filter": `username ^= "a"`}), invalidToken)
	w.refusal("ListUsers", with(in, object{"UserPoolId": w.pool(nil)}), invalidToken)
	if rest := w.must("ListUsers", in)["Users"].([]any); len(rest) != 2 {
		t.Errorf("the second page: %v", rest)
	}
	w.refusal("ListUsers", object{"UserPoolId": pool, "AttributesToGet": []string{"custom:none"}},
		"InvalidParameterException: One or more requested attributes do not exist.")
	attributes := func(names ...string) any {
		out := w.must("ListUsers", object{
			"UserPoolId": pool, "Filter": `username = "ann"`, "AttributesToGet": append([]string{}, names...),
		})
		return out["Users"].([]any)[0].(object)["Attributes"]
	}
	sameJSON(t, "with AttributesToGet", attributes("email"), []object{{"Name": "email", "Value": "ann@example.com"}})
	sameJSON(t, "with empty AttributesToGet", attributes(), []any{})
}

// TestUsersOfOtherPools is attack case S3.
func TestUsersOfOtherPools(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	other, otherClient := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	w.refusal("AdminGetUser", object{"UserPoolId": other, "Username": "ann"},
		"UserNotFoundException: User does not exist.")
	_, refused := w.signIn(otherClient, "ann", "Right-Passw0rd")
	if refused != "UserNotFoundException: User does not exist." {
		t.Errorf("through another pool's client: %q", refused)
	}
	w.account = "222222222222"
	for _, operation := range []string{
		"AdminGetUser", "AdminDeleteUser", "AdminDisableUser", "AdminConfirmSignUp", "AdminResetUserPassword",
		"AdminUserGlobalSignOut",
	} {
		w.refusal(operation, object{"UserPoolId": pool, "Username": "ann"},
			"ResourceNotFoundException: User pool "+pool+" does not exist.")
	}
	w.account = "111111111111"
	// A new user with the name of a deleted one is another user.
	tokens, refused := w.signIn(client, "ann", "Right-Passw0rd")
	if refused != "" {
		t.Fatal(refused)
	}
	access := at(tokens, "AuthenticationResult.AccessToken")
	w.must("GetUser", object{"AccessToken": access})
	w.must("AdminDeleteUser", object{"UserPoolId": pool, "Username": "ann"})
	w.confirmed(client, "ann")
	w.refusal("GetUser", object{"AccessToken": access}, "UserNotFoundException: User does not exist.")
}

// Attempts are limited per hour and user.
func TestAttemptLimits(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, nil)
	if _, refused := w.signUp(client, "ann", object{"email": "ann@example.com"}); refused != "" {
		t.Fatal(refused)
	}
	in := object{"ClientId": client, "Username": "ann", "ConfirmationCode": "000000"}
	for range 15 {
		w.refusal("ConfirmSignUp", in, "CodeMismatchException: Invalid verification code provided, please try again.")
	}
	in["ConfirmationCode"] = code
	w.refusal("ConfirmSignUp", in, "LimitExceededException: Attempt limit exceeded, please try after some time.")
	w.clk.Advance(time.Hour)
	w.must("ConfirmSignUp", in)
}

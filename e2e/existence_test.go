package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// TestExistence uses unknown names with both kinds of clients:
// PreventUserExistenceErrors LEGACY shows that they are unknown, ENABLED does not.
func TestExistence(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv)
		legacy, hidden := p.newApp(t), p.newApp(t, hidesUsers)
		p.addUser(t, "real", reachable("real@example.com")...)
		t.Run("legacy", func(t *testing.T) { legacyExistence(t, legacy) })
		t.Run("enabled", func(t *testing.T) { hiddenExistence(t, hidden) })
		t.Run("enabled, sign-up code", func(t *testing.T) { hiddenConfirmation(t, hidden) })
		t.Run("enabled, states", func(t *testing.T) { hiddenStates(t, hidden) })
	})
}

func legacyExistence(t *testing.T, a *app) {
	const absent = "User does not exist."
	const combination = "Username/client id combination not found."
	refused(t, errOf(a.passwordSignIn(t, "ghost", password)), userNotFound, absent)
	refused(t, errOf(a.srpSignIn(t, "ghost", password)), userNotFound, absent)
	refused(t, errOf(a.adminInitiate(t, "ADMIN_USER_PASSWORD_AUTH", a.params("ghost", "PASSWORD", password))),
		userNotFound, absent)
	refused(t, errOf(a.forgot(t, "ghost")), userNotFound, combination)
	refused(t, a.reset(t, "ghost", "123456"), userNotFound, combination)
	refused(t, errOf(a.resend(t, "ghost")), userNotFound, combination)
	refused(t, a.confirm(t, "ghost", "123456"), userNotFound, combination)
	refused(t, errOf(a.signUp(t, "real", password)), "UsernameExistsException", "User already exists")
}

func (a *app) forgot(t *testing.T, name string) (*cip.ForgotPasswordOutput, error) {
	return a.c.ForgotPassword(t.Context(),
		&cip.ForgotPasswordInput{ClientId: &a.id, SecretHash: a.hash(name), Username: &name})
}

func (a *app) reset(t *testing.T, name, code string) error {
	return a.resetTo(t, name, code, recoveredPassword)
}

func (a *app) resetTo(t *testing.T, name, code, pass string) error {
	return errOf(a.c.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &a.id, SecretHash: a.hash(name), Username: &name, ConfirmationCode: &code, Password: &pass,
	}))
}

func (a *app) resend(t *testing.T, name string) (*cip.ResendConfirmationCodeOutput, error) {
	return a.c.ResendConfirmationCode(t.Context(),
		&cip.ResendConfirmationCodeInput{ClientId: &a.id, SecretHash: a.hash(name), Username: &name})
}

func hiddenExistence(t *testing.T, a *app) {
	const generic = "Incorrect username or password."
	refused(t, errOf(a.passwordSignIn(t, "ghost", password)), notAuthorized, generic)
	refused(t, errOf(a.passwordSignIn(t, "real", "Wrong-horse-9")), notAuthorized, generic)
	refused(t, errOf(a.adminInitiate(t, "ADMIN_USER_PASSWORD_AUTH", a.params("ghost", "PASSWORD", password))),
		notAuthorized, generic)

	// The decoy is the same for each request, and never accepts a proof.
	_, first, err := a.srpStart(t, "ghost")
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := a.srpStart(t, "ghost")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"SALT", "USER_ID_FOR_SRP"} {
		if first.ChallengeParameters[key] != second.ChallengeParameters[key] {
			t.Errorf("%s of an absent user changes", key)
		}
	}
	if first.ChallengeParameters["SRP_B"] == second.ChallengeParameters["SRP_B"] {
		t.Error("SRP_B of an absent user does not change")
	}
	_, other, err := a.srpStart(t, "spectre")
	if err != nil {
		t.Fatal(err)
	}
	if other.ChallengeParameters["SALT"] == first.ChallengeParameters["SALT"] {
		t.Error("two absent users have the same SALT")
	}
	_, real, err := a.srpStart(t, "real")
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range real.ChallengeParameters {
		if _, has := first.ChallengeParameters[key]; !has || value == "" {
			t.Errorf("existing users have %s, absent ones do not", key)
		}
	}
	refused(t, errOf(a.srpSignIn(t, "ghost", password)), notAuthorized, generic)
	refused(t, errOf(a.srpSignIn(t, "real", "Wrong-horse-9")), notAuthorized, generic)

	delivery := ok(a.forgot(t, "ghost"))(t).CodeDeliveryDetails
	if delivery == nil ||
		delivery.Destination == nil || delivery.DeliveryMedium == "" || delivery.AttributeName == nil {
		t.Errorf("delivery for an absent user: %+v", delivery)
	}
	refused(t, a.reset(t, "ghost", "123456"), "CodeMismatchException",
		"Invalid verification code provided, please try again.")
	refused(t, a.reset(t, "spectre", "123456"), "ExpiredCodeException",
		"Invalid code provided, please request a code again.")
	ok(a.resend(t, "ghost"))(t)
	refused(t, errOf(a.signUp(t, "real", password)), "UsernameExistsException", "User already exists")
}

// hiddenConfirmation: a wrong code gets the same response for every name.
func hiddenConfirmation(t *testing.T, a *app) {
	ok(a.signUp(t, "fresh", password, attr("email", "fresh@example.com")))(t)
	code := a.srv.code(t, "fresh@example.com")
	fresh := a.confirm(t, "fresh", wrong(code))
	refused(t, fresh, "CodeMismatchException", "Invalid verification code provided, please try again.")
	for _, name := range []string{"ghost", "real"} {
		if err := a.confirm(t, name, wrong(code)); err == nil {
			t.Errorf("%s is confirmed by a guess", name)
		}
	}
	if err := a.confirm(t, "fresh", code); err != nil {
		t.Fatal(err)
	}
}

// hiddenStates: states of users that would show that they exist are hidden.
func hiddenStates(t *testing.T, a *app) {
	a.addUser(t, "lost", reachable("lost@example.com")...)
	ok(a.c.AdminResetUserPassword(t.Context(),
		&cip.AdminResetUserPasswordInput{UserPoolId: &a.pool.id, Username: aws.String("lost")}))(t)
	refused(t, errOf(a.passwordSignIn(t, "lost", password)), notAuthorized, "Incorrect username or password.")

	a.addUser(t, "mute") // no verified contact
	sent := ok(a.forgot(t, "mute"))(t).CodeDeliveryDetails
	if sent == nil || sent.Destination == nil {
		t.Errorf("delivery to a user without contact: %+v", sent)
	}
	a.addUser(t, "off", reachable("off@example.com")...)
	ok(a.c.AdminDisableUser(t.Context(),
		&cip.AdminDisableUserInput{UserPoolId: &a.pool.id, Username: aws.String("off")}))(t)
	before := len(a.srv.messages(t, "off@example.com"))
	ok(a.forgot(t, "off"))(t)
	if after := len(a.srv.messages(t, "off@example.com")); after != before {
		t.Error("a disabled user is sent a code")
	}
}

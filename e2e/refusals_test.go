package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// refusal is one row of the table: a call, and the known error of Amazon Cognito
// for it. UI libraries translate by these exact texts.
type refusal struct {
	name          string
	code, message string
	call          func(s *scene) error
}

// TestRefusals checks every error text that is known for the operations.
func TestRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		s := newScene(t, srv)
		all := slices.Concat(
			signUpRefusals, confirmRefusals, signInRefusals, challengeRefusals, recoveryRefusals, tokenRefusals,
			adminRefusals, listRefusals, poolRefusals, clientRefusals, s.generatedRefusals(),
		)
		for _, r := range all {
			t.Run(r.name, func(t *testing.T) {
				inner := *s
				inner.T = t
				refused(t, r.call(&inner), r.code, r.message)
			})
		}
	})
}

const (
	selfPolicy      = "Password did not conform with policy: "
	adminPolicy     = "Password did not conform with password policy: "
	challengePolicy = "Password does not conform to policy: "
)

var signUpRefusals = []refusal{
	{"SignUp: name taken", "UsernameExistsException", "User already exists",
		func(s *scene) error { return s.signUp(s.app, "ann", password) }},
	{"SignUp: address taken", "UsernameExistsException", "User already exists",
		func(s *scene) error { return s.signUp(s.byEmail, "ann@example.com", password) }},
	{"SignUp: closed", notAuthorized, "SignUp is not permitted for this user pool",
		func(s *scene) error { return s.signUp(s.closed, "new", password) }},
	{"SignUp: attribute not writable", notAuthorized, "A client attempted to write unauthorized attribute",
		func(s *scene) error { return s.signUp(s.restricted, "new", password, attr("name", "N")) }},
	{"SignUp: short password", badPassword, selfPolicy + "Password not long enough",
		func(s *scene) error { return s.signUp(s.app, "new", "Aa1!aaa") }},
	{"SignUp: no upper case", badPassword, selfPolicy + "Password must have uppercase characters",
		func(s *scene) error { return s.signUp(s.app, "new", "aaaa1111!") }},
	{"SignUp: no lower case", badPassword, selfPolicy + "Password must have lowercase characters",
		func(s *scene) error { return s.signUp(s.app, "new", "AAAA1111!") }},
	{"SignUp: no number", badPassword, selfPolicy + "Password must have numeric characters",
		func(s *scene) error { return s.signUp(s.app, "new", "AAAAaaaa!") }},
	{"SignUp: no symbol", badPassword, selfPolicy + "Password must have symbol characters",
		func(s *scene) error { return s.signUp(s.app, "new", "AAAAaaaa1") }},
	{"SignUp: neither e-mail nor phone", invalid, "Username should be either an email or a phone number.",
		func(s *scene) error { return s.signUp(s.byEither, "new", password) }},
	{"SignUp: e-mail as username beside alias", invalid,
		"Username cannot be of email format, since user pool is configured for email alias.",
		func(s *scene) error { return s.signUp(s.aliased, "new@example.com", password) }},
	{"SignUp: required attributes", invalid,
		"Attributes did not conform to the schema: " +
			"name: The attribute is required\nfamily_name: The attribute is required\n",
		func(s *scene) error { return s.signUp(s.requiring, "new", password) }},
	{"SignUp: unknown attribute", invalid,
		"Attributes did not conform to the schema: shoe_size: Attribute does not exist in the schema.\n",
		func(s *scene) error { return s.signUp(s.app, "new", password, attr("shoe_size", "9")) }},
	{"SignUp: malformed e-mail", invalid, "Invalid email address format.",
		func(s *scene) error { return s.signUp(s.app, "new", password, attr("email", "nobody")) }},
	{"SignUp: malformed phone number", invalid, "Invalid phone number format.",
		func(s *scene) error { return s.signUp(s.app, "new", password, attr("phone_number", "5551212")) }},
	{"SignUp: unknown client", notFound, "User pool client " + noClient + " does not exist.",
		func(s *scene) error {
			return s.signUp(&app{pool: s.plain, id: noClient}, "new", password)
		}},
}

var confirmRefusals = []refusal{
	{"ConfirmSignUp: wrong code", "CodeMismatchException", "Invalid verification code provided, please try again.",
		func(s *scene) error { return s.app.confirm(s.T, "una", wrong(s.app.srv.code(s.T, "una@example.com"))) }},
	{"ConfirmSignUp: none outstanding", "ExpiredCodeException", "Invalid code provided, please request a code again.",
		func(s *scene) error { return s.silent.confirm(s.T, "una", "123456") }},
	{"ConfirmSignUp: confirmed", notAuthorized, "User cannot be confirmed. Current status is CONFIRMED",
		func(s *scene) error { return s.app.confirm(s.T, "ann", "123456") }},
	{"ConfirmSignUp: invited", notAuthorized, "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD",
		func(s *scene) error { return s.app.confirm(s.T, "fay", "123456") }},
	{"ConfirmSignUp: alias taken", "AliasExistsException", "An account with the email already exists.",
		func(s *scene) error { return s.aliased.confirm(s.T, "rival", s.app.srv.code(s.T, "taken@example.com")) }},
	{"ConfirmSignUp: absent", userNotFound, "Username/client id combination not found.",
		func(s *scene) error { return s.app.confirm(s.T, "ghost", "123456") }},
	{"ConfirmSignUp: unknown client", notFound, "User pool client " + noClient + " does not exist.",
		func(s *scene) error { return (&app{pool: s.plain, id: noClient}).confirm(s.T, "una", "123456") }},
	{"ResendConfirmationCode: confirmed", invalid, "User is already confirmed.",
		func(s *scene) error { return errOf(s.app.resend(s.T, "ann")) }},
	{"ResendConfirmationCode: nothing is verified", invalid, "Cannot resend codes. Auto verification not turned on.",
		func(s *scene) error { return errOf(s.silent.resend(s.T, "una")) }},
	{"ResendConfirmationCode: absent", userNotFound, "Username/client id combination not found.",
		func(s *scene) error { return errOf(s.app.resend(s.T, "ghost")) }},
}

var signInRefusals = []refusal{
	{"InitiateAuth: wrong password", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return s.signIn(s.app, "mute", "Wrong-horse-9") }},
	{"InitiateAuth: absent", userNotFound, "User does not exist.",
		func(s *scene) error { return s.signIn(s.app, "ghost", password) }},
	{"InitiateAuth: absent, by SRP", userNotFound, "User does not exist.",
		func(s *scene) error { return errOf(s.app.srpSignIn(s.T, "ghost", password)) }},
	{"InitiateAuth: absent, hidden", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return s.signIn(s.hidden, "ghost", password) }},
	{"InitiateAuth: absent, hidden, by SRP", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return errOf(s.hidden.srpSignIn(s.T, "ghost", password)) }},
	{"InitiateAuth: unconfirmed", "UserNotConfirmedException", "User is not confirmed.",
		func(s *scene) error { return s.signIn(s.app, "una", password) }},
	{"InitiateAuth: unconfirmed, by SRP", "UserNotConfirmedException", "User is not confirmed.",
		func(s *scene) error { return errOf(s.app.srpSignIn(s.T, "una", password)) }},
	{"InitiateAuth: unconfirmed, wrong password", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return s.signIn(s.app, "una", "Wrong-horse-9") }},
	{"InitiateAuth: reset required", "PasswordResetRequiredException", "Password reset required for the user",
		func(s *scene) error { return s.signIn(s.app, "rex", password) }},
	{"InitiateAuth: reset required, hidden", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return s.signIn(s.hidden, "rex", password) }},
	{"InitiateAuth: disabled", notAuthorized, "User is disabled.",
		func(s *scene) error { return s.signIn(s.app, "dora", password) }},
	{"InitiateAuth: locked", notAuthorized, "Password attempts exceeded",
		func(s *scene) error {
			name := s.plain.addUser(s.T, "lola")
			return repeat(6, func() error { return s.signIn(s.app, name, "Wrong-horse-9") })
		}},
	{"InitiateAuth: USER_PASSWORD_AUTH off", invalid, "USER_PASSWORD_AUTH flow not enabled for this client",
		func(s *scene) error { return s.signIn(s.narrow, "ann", password) }},
	{"InitiateAuth: USER_SRP_AUTH off", invalid, "USER_SRP_AUTH is not enabled for the client.",
		func(s *scene) error { return errOf(s.narrow.srpSignIn(s.T, "ann", password)) }},
	{"InitiateAuth: CUSTOM_AUTH off", invalid, "CUSTOM_AUTH is not enabled for the client.",
		func(s *scene) error { return s.start(s.app, "CUSTOM_AUTH") }},
	{"InitiateAuth: USER_AUTH off", invalid, "USER_AUTH flow not enabled for this client",
		func(s *scene) error { return s.start(s.app, "USER_AUTH") }},
	{"InitiateAuth: no custom triggers", invalid, "Custom auth lambda trigger is not configured for the user pool.",
		func(s *scene) error { return s.start(s.narrow, "CUSTOM_AUTH") }},
	{"InitiateAuth: admin flow", invalid, "Initiate Auth method not supported.",
		func(s *scene) error { return s.start(s.app, "ADMIN_USER_PASSWORD_AUTH", "PASSWORD", password) }},
	{"InitiateAuth: unknown client", notFound, "User pool client " + noClient + " does not exist.",
		func(s *scene) error { return s.signIn(&app{pool: s.plain, id: noClient}, "ann", password) }},
	{"AdminInitiateAuth: admin flow off", invalid, "Auth flow not enabled for this client",
		func(s *scene) error { return s.adminStart(s.narrow, "ADMIN_USER_PASSWORD_AUTH") }},
	{"AdminInitiateAuth: user's flow", invalid, "Initiate Auth method not supported.",
		func(s *scene) error { return s.adminStart(s.app, "USER_PASSWORD_AUTH") }},
	{"AdminInitiateAuth: absent", userNotFound, "User does not exist.",
		func(s *scene) error {
			params := s.app.params("ghost", "PASSWORD", password)
			return errOf(s.app.adminInitiate(s.T, "ADMIN_USER_PASSWORD_AUTH", params))
		}},
	{"AdminInitiateAuth: client of another pool", notFound, "",
		func(s *scene) error {
			return s.adminStart(&app{pool: s.plain, id: s.foreign.id}, "ADMIN_USER_PASSWORD_AUTH")
		}},
}

var challengeRefusals = []refusal{
	{"RespondToAuthChallenge: wrong proof", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return errOf(s.app.srpSignIn(s.T, "ann", "Wrong-horse-9")) }},
	{"RespondToAuthChallenge: proof used twice", notAuthorized, "",
		func(s *scene) error {
			e, out, err := s.app.srpStart(s.T, "ann")
			if err != nil {
				s.Fatal(err)
			}
			claim := s.app.srpClaim(e, out.ChallengeParameters, password)
			ok(s.app.respond(s.T, "PASSWORD_VERIFIER", out.Session, claim))(s.T)
			return errOf(s.app.respond(s.T, "PASSWORD_VERIFIER", out.Session, claim))
		}},
	{"RespondToAuthChallenge: unknown session", "CodeMismatchException", "Invalid session provided",
		func(s *scene) error {
			return s.answerNewPassword(aws.String(strings.Repeat("AYABeA", 20)), "fay", password)
		}},
	{"RespondToAuthChallenge: another user's session", notAuthorized, "Invalid session for the user.",
		func(s *scene) error {
			session := ok(s.app.passwordSignIn(s.T, "fay", "Temporary-1!"))(s.T).Session
			return s.answerNewPassword(session, "ann", password)
		}},
	{"RespondToAuthChallenge: session used twice", notAuthorized,
		"Invalid session for the user, session can only be used once.",
		func(s *scene) error {
			s.plain.invite(s.T, "ike", "Temporary-1!")
			session := ok(s.app.passwordSignIn(s.T, "ike", "Temporary-1!"))(s.T).Session
			if err := s.answerNewPassword(session, "ike", password); err != nil {
				s.Fatal(err)
			}
			return s.answerNewPassword(session, "ike", password)
		}},
	{"RespondToAuthChallenge: given attribute", notAuthorized, "Cannot modify an already provided email",
		func(s *scene) error {
			return s.newPassword("fay", password, "userAttributes.email", "other@example.com")
		}},
	{"RespondToAuthChallenge: short password", badPassword, challengePolicy + "Password not long enough",
		func(s *scene) error { return s.newPassword("fay", "Aa1!aaa") }},
	{"RespondToAuthChallenge: no upper case", badPassword, challengePolicy + "Password must have uppercase characters",
		func(s *scene) error { return s.newPassword("fay", "aaaa1111!") }},
	{"RespondToAuthChallenge: no number", badPassword, challengePolicy + "Password must have numeric characters",
		func(s *scene) error { return s.newPassword("fay", "AAAAaaaa!") }},
}

var recoveryRefusals = []refusal{
	{"ForgotPassword: absent", userNotFound, "Username/client id combination not found.",
		func(s *scene) error { return errOf(s.app.forgot(s.T, "ghost")) }},
	{"ForgotPassword: no contact", invalid,
		"Cannot reset password for the user as there is no registered/verified email or phone_number",
		func(s *scene) error { return errOf(s.app.forgot(s.T, "mute")) }},
	{"ForgotPassword: unconfirmed", invalid,
		"Cannot reset password for the user as there is no registered/verified email or phone_number",
		func(s *scene) error { return errOf(s.app.forgot(s.T, "una")) }},
	{"ForgotPassword: invited", notAuthorized, "User password cannot be reset in the current state.",
		func(s *scene) error { return errOf(s.app.forgot(s.T, "fay")) }},
	{"ForgotPassword: disabled", notAuthorized, "User is disabled.",
		func(s *scene) error { return errOf(s.app.forgot(s.T, "dora")) }},
	{"ForgotPassword: administrators only", notAuthorized, "Contact administrator to reset password.",
		func(s *scene) error { return errOf(s.adminOnly.forgot(s.T, "ann")) }},
	{"ForgotPassword: too often", "LimitExceededException", "Attempt limit exceeded, please try after some time.",
		func(s *scene) error {
			s.plain.addUser(s.T, "fred", reachable("fred@example.com")...)
			return repeat(21, func() error { return errOf(s.app.forgot(s.T, "fred")) })
		}},
	{"ConfirmForgotPassword: wrong code", "CodeMismatchException",
		"Invalid verification code provided, please try again.",
		func(s *scene) error { return s.app.reset(s.T, "rex", wrong(s.app.srv.code(s.T, "rex@example.com"))) }},
	{"ConfirmForgotPassword: none outstanding", "ExpiredCodeException",
		"Invalid code provided, please request a code again.",
		func(s *scene) error { return s.app.reset(s.T, "ann", "123456") }},
	{"ConfirmForgotPassword: no symbol", badPassword, selfPolicy + "Password must have symbol characters",
		func(s *scene) error {
			return s.app.resetTo(s.T, "rex", s.app.srv.code(s.T, "rex@example.com"), "AAAAaaaa1")
		}},
	{"ConfirmForgotPassword: absent", userNotFound, "Username/client id combination not found.",
		func(s *scene) error { return s.app.reset(s.T, "ghost", "123456") }},
	{"ChangePassword: wrong previous", notAuthorized, "Incorrect username or password.",
		func(s *scene) error { return s.changePassword(*s.tokens.AccessToken, "Wrong-horse-9", changedPassword) }},
	{"ChangePassword: no lower case", badPassword, selfPolicy + "Password must have lowercase characters",
		func(s *scene) error { return s.changePassword(*s.tokens.AccessToken, password, "AAAA1111!") }},
	{"ChangePassword: too often", "LimitExceededException", "Attempt limit exceeded, please try after some time.",
		func(s *scene) error {
			access := *s.app.tokens(s.T, s.plain.addUser(s.T, "chas"), password).AccessToken
			passwords := []string{password, changedPassword}
			turn := 0
			return repeat(6, func() error {
				turn++
				return s.changePassword(access, passwords[(turn+1)%2], passwords[turn%2])
			})
		}},
}

var poolRefusals = []refusal{
	{"CreateUserPool: aliases and username attributes", invalid, "",
		func(s *scene) error {
			return errOf(s.c.CreateUserPool(s.Context(), &cip.CreateUserPoolInput{
				PoolName: aws.String("both"), AliasAttributes: []types.AliasAttributeType{"email"},
				UsernameAttributes: []types.UsernameAttributeType{"email"},
			}))
		}},
	{"CreateUserPool: MFA without SMS", invalid,
		"SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
		func(s *scene) error {
			return errOf(s.c.CreateUserPool(s.Context(),
				&cip.CreateUserPoolInput{PoolName: aws.String("mfa"), MfaConfiguration: "ON"}))
		}},
	{"CreateUserPool: verification before update of what is not verified", invalid,
		"All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
		func(s *scene) error {
			return errOf(s.c.CreateUserPool(s.Context(), &cip.CreateUserPoolInput{
				PoolName: aws.String("strict"),
				UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{
					AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"email"},
				},
			}))
		}},
	{"DescribeUserPool: unknown", notFound, "User pool " + noPool + " does not exist.",
		func(s *scene) error {
			return s.describePool(noPool)
		}},
	{"DescribeUserPool: no pool id", invalid,
		`1 validation error detected: Value 'string' at 'userPoolId' failed to satisfy constraint: ` +
			`Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`,
		func(s *scene) error {
			return s.describePool("string")
		}},
}

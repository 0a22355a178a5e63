package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// scene has the resources that the table of refusals uses.
type scene struct {
	*testing.T
	c *cip.Client
	// plain and its clients; hidden has PreventUserExistenceErrors=ENABLED,
	// secret is confidential, narrow enables no flow but CUSTOM_AUTH.
	plain                          *pool
	app, hidden, secret, narrow    *app
	aliased, byEmail, byEither     *app
	closed, silent, adminOnly      *app
	requiring, restricted, foreign *app
	tokens                         *types.AuthenticationResultType
}

const (
	noPool   = "us-east-1_AAAAAAAAA"
	noClient = "0000000000abcdefghijklmnop"
)

func newScene(t *testing.T, srv *server) *scene {
	t.Helper()
	s := &scene{T: t, plain: newPool(t, srv)}
	s.c = s.plain.c
	s.app, s.hidden = s.plain.newApp(t), s.plain.newApp(t, hidesUsers)
	s.secret = s.plain.newApp(t, confidential)
	s.narrow = s.plain.newApp(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_CUSTOM_AUTH"}
	})
	s.aliased = newPool(t, srv, withAliases).newApp(t)
	s.byEmail = newPool(t, srv, byEmail).newApp(t)
	s.byEither = newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.UsernameAttributes = []types.UsernameAttributeType{"email", "phone_number"}
	}).newApp(t)
	s.closed = newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}
	}).newApp(t)
	s.silent = newPool(t, srv, func(in *cip.CreateUserPoolInput) { in.AutoVerifiedAttributes = nil }).newApp(t)
	s.adminOnly = newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.AccountRecoverySetting = &types.AccountRecoverySettingType{
			RecoveryMechanisms: []types.RecoveryOptionType{{Name: "admin_only", Priority: aws.Int32(1)}},
		}
	}).newApp(t)
	s.requiring = newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{required("name"), required("family_name")}
	}).newApp(t)
	s.restricted = s.plain.newApp(t, func(in *cip.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email"} })
	s.foreign = newPool(t, srv).newApp(t)
	s.addUsers()
	return s
}

// addUsers creates the users, one for each state.
func (s *scene) addUsers() {
	t, p := s.T, s.plain
	t.Helper()
	p.addUser(t, "ann", reachable("ann@example.com")...)
	s.tokens = s.app.tokens(t, "ann", password)
	p.addUser(t, "mute")
	p.invite(t, "fay", "Temporary-1!", reachable("fay@example.com")...)
	ok(s.app.signUp(t, "una", password, attr("email", "una@example.com")))(t)
	p.addUser(t, "dora", reachable("dora@example.com")...)
	ok(s.c.AdminDisableUser(t.Context(),
		&cip.AdminDisableUserInput{UserPoolId: &p.id, Username: aws.String("dora")}))(t)
	p.addUser(t, "rex", reachable("rex@example.com")...)
	ok(s.c.AdminResetUserPassword(t.Context(),
		&cip.AdminResetUserPasswordInput{UserPoolId: &p.id, Username: aws.String("rex")}))(t)
	s.adminOnly.addUser(t, "ann", reachable("ann@example.com")...)
	s.foreign.addUser(t, "zoe", reachable("zoe@example.com")...)
	s.byEmail.addUser(t, "ann@example.com")
	ok(s.silent.signUp(t, "una", password, attr("email", "una@example.com")))(t)
	s.aliased.addUser(t, "owner", reachable("taken@example.com")...)
	ok(s.aliased.signUp(t, "rival", password, attr("email", "taken@example.com")))(t)
}

// Short forms of frequent calls of the table.

func (s *scene) signUp(a *app, name, pass string, attributes ...types.AttributeType) error {
	return errOf(a.signUp(s.T, name, pass, attributes...))
}

func (s *scene) signIn(a *app, name, pass string) error {
	return errOf(a.passwordSignIn(s.T, name, pass))
}

func (s *scene) start(a *app, flow string, pairs ...string) error {
	return errOf(a.initiate(s.T, flow, a.params("ann", pairs...)))
}

func (s *scene) adminStart(a *app, flow string) error {
	return errOf(a.adminInitiate(s.T, flow, a.params("ann", "PASSWORD", password)))
}

func (s *scene) setPassword(name, pass string) error {
	return errOf(s.c.AdminSetUserPassword(s.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: &s.plain.id, Username: &name, Password: &pass, Permanent: true,
	}))
}

func (s *scene) create(a *app, name string, change ...func(*cip.AdminCreateUserInput)) error {
	in := &cip.AdminCreateUserInput{
		UserPoolId: &a.pool.id, Username: &name, MessageAction: types.MessageActionTypeSuppress,
	}
	for _, c := range change {
		c(in)
	}
	return errOf(s.c.AdminCreateUser(s.Context(), in))
}

func (s *scene) changePassword(access, previous, proposed string) error {
	return errOf(s.c.ChangePassword(s.Context(), &cip.ChangePasswordInput{
		AccessToken: &access, PreviousPassword: &previous, ProposedPassword: &proposed,
	}))
}

// newPassword answers the NEW_PASSWORD_REQUIRED of an invited user.
func (s *scene) newPassword(name, pass string, pairs ...string) error {
	session := ok(s.app.passwordSignIn(s.T, name, "Temporary-1!"))(s.T).Session
	return s.answerNewPassword(session, name, pass, pairs...)
}

func (s *scene) answerNewPassword(session *string, name, pass string, pairs ...string) error {
	return errOf(s.app.respond(s.T, "NEW_PASSWORD_REQUIRED", session,
		s.app.params(name, append([]string{"NEW_PASSWORD", pass}, pairs...)...)))
}

func (s *scene) list(filter string, attributes ...string) error {
	return errOf(s.c.ListUsers(s.Context(),
		&cip.ListUsersInput{UserPoolId: &s.plain.id, Filter: &filter, AttributesToGet: attributes}))
}

func (s *scene) describePool(id string) error {
	return errOf(s.c.DescribeUserPool(s.Context(), &cip.DescribeUserPoolInput{UserPoolId: &id}))
}

func (s *scene) newClient(change func(*cip.CreateUserPoolClientInput)) error {
	in := &cip.CreateUserPoolClientInput{UserPoolId: &s.plain.id, ClientName: aws.String("refused")}
	change(in)
	return errOf(s.c.CreateUserPoolClient(s.Context(), in))
}

// repeat makes a call several times and returns the last refusal.
func repeat(n int, call func() error) error {
	var err error
	for range n {
		err = call()
	}
	return err
}

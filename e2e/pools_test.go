package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func byEmail(in *cip.CreateUserPoolInput) {
	in.UsernameAttributes = []types.UsernameAttributeType{"email"}
}

func withAliases(in *cip.CreateUserPoolInput) {
	in.AliasAttributes = []types.AliasAttributeType{"email", "preferred_username"}
}

func ignoringCase(in *cip.CreateUserPoolInput) {
	in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)}
}

// TestKindsOfPools signs in by every kind of name that each kind of pool allows.
func TestKindsOfPools(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		t.Run("username attributes", func(t *testing.T) { usernameAttributes(t, srv) })
		t.Run("username attributes, confidential", func(t *testing.T) { usernameAttributesWithSecret(t, srv) })
		t.Run("aliases", func(t *testing.T) { aliases(t, srv) })
		t.Run("case", func(t *testing.T) { caseInsensitive(t, srv) })
		t.Run("case matters by default", func(t *testing.T) { caseSensitive(t, srv) })
		t.Run("configuration", func(t *testing.T) { configuration(t, srv) })
	})
}

// usernameAttributes: the e-mail address signs up and in; the username is the sub.
func usernameAttributes(t *testing.T, srv *server) {
	a := newPool(t, srv, byEmail).newApp(t)
	const email = "eve@example.com"
	made := ok(a.signUp(t, email, password))(t)
	if err := a.confirm(t, email, srv.code(t, email)); err != nil {
		t.Fatal(err)
	}
	user := a.adminGetUser(t, email)
	if *user.Username != *made.UserSub || values(user.UserAttributes)["email"] != email {
		t.Errorf("username %s, sub %s, %v", *user.Username, *made.UserSub, values(user.UserAttributes))
	}
	_, out, err := a.srpStart(t, email)
	if err != nil {
		t.Fatal(err)
	}
	if out.ChallengeParameters["USER_ID_FOR_SRP"] != *made.UserSub {
		t.Errorf("USER_ID_FOR_SRP %s, want %s", out.ChallengeParameters["USER_ID_FOR_SRP"], *made.UserSub)
	}
	signed := ok(a.srpSignIn(t, email, password))(t).AuthenticationResult
	if got := claims(t, *signed.IdToken)["cognito:username"]; got != *made.UserSub {
		t.Errorf("cognito:username %v", got)
	}
	ok(a.srpSignIn(t, *made.UserSub, password))(t)
	// Python clients respond with the name that the user typed.
	e, out, err := a.srpStart(t, email)
	if err != nil {
		t.Fatal(err)
	}
	responses := a.srpClaim(e, out.ChallengeParameters, password)
	responses["USERNAME"] = email
	ok(a.respond(t, "PASSWORD_VERIFIER", out.Session, responses))(t)
}

// usernameAttributesWithSecret computes SECRET_HASH over the USERNAME of each
// request, and for a refresh over the sub.
func usernameAttributesWithSecret(t *testing.T, srv *server) {
	a := newPool(t, srv, byEmail).newApp(t, confidential)
	const email = "seth@example.com"
	sub := *ok(a.signUp(t, email, password))(t).UserSub
	if err := a.confirm(t, email, srv.code(t, email)); err != nil {
		t.Fatal(err)
	}
	tokens := a.tokens(t, email, password)
	ok(a.srpSignIn(t, email, password))(t)
	ok(a.refresh(t, sub, *tokens.RefreshToken))(t)
	wrongHash := "SecretHash does not match for the client: " + a.id
	for _, name := range []string{email, "somebody"} {
		refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, wrongHash)
	}
	// A hash over another user's name is refused, also if the request names that
	// user.
	refused(t, errOf(a.initiate(t, "REFRESH_TOKEN_AUTH", a.params("somebody", "REFRESH_TOKEN", *tokens.RefreshToken))),
		notAuthorized, wrongHash)
}

// aliases: an alias can sign in after verification, and belongs to one user at a time.
func aliases(t *testing.T, srv *server) {
	a := newPool(t, srv, withAliases).newApp(t)
	const email = "shared@example.com"
	ok(a.signUp(t, "first", password, attr("email", email)))(t)
	refused(t, errOf(a.passwordSignIn(t, email, password)), userNotFound, "User does not exist.")
	if err := a.confirm(t, "first", srv.code(t, email)); err != nil {
		t.Fatal(err)
	}
	signed := ok(a.srpSignIn(t, email, password))(t).AuthenticationResult
	if got := claims(t, *signed.AccessToken)["username"]; got != "first" {
		t.Errorf("signed in as %v", got)
	}
	ok(a.srpSignIn(t, "first", password))(t)

	ok(a.signUp(t, "second", password, attr("email", email)))(t)
	code := srv.code(t, email)
	refused(t, a.confirm(t, "second", code), "AliasExistsException", "An account with the email already exists.")
	ok(a.c.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &a.id, Username: aws.String("second"), ConfirmationCode: &code, ForceAliasCreation: true,
	}))(t)
	signed = ok(a.srpSignIn(t, email, password))(t).AuthenticationResult
	if got := claims(t, *signed.AccessToken)["username"]; got != "second" {
		t.Errorf("after the alias moved: signed in as %v", got)
	}
	if got := values(a.adminGetUser(t, "first").UserAttributes)["email_verified"]; got != "false" {
		t.Errorf("email_verified of the previous user: %q", got)
	}
	a.addUser(t, "third", attr("preferred_username", "nick"))
	ok(a.srpSignIn(t, "nick", password))(t)
}

// caseInsensitive: every spelling names the same user, and is returned in lower
// case.
func caseInsensitive(t *testing.T, srv *server) {
	a := newPool(t, srv, ignoringCase).newApp(t)
	ok(a.signUp(t, "MiXed", password, attr("email", "MiXed@Example.com")))(t)
	refused(t, errOf(a.signUp(t, "mixeD", password)), "UsernameExistsException", "User already exists")
	if err := a.confirm(t, "MIXED", srv.code(t, "mixed@example.com")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mixed", "MiXed", "MIXED"} {
		ok(a.srpSignIn(t, name, password))(t)
		ok(a.passwordSignIn(t, name, password))(t)
	}
	user := a.adminGetUser(t, "Mixed")
	if *user.Username != "mixed" || values(user.UserAttributes)["email"] != "mixed@example.com" {
		t.Errorf("%s %v", *user.Username, values(user.UserAttributes))
	}
}

func caseSensitive(t *testing.T, srv *server) {
	a := newPool(t, srv).newApp(t)
	a.addUser(t, "Kay")
	refused(t, errOf(a.passwordSignIn(t, "kay", password)), userNotFound, "User does not exist.")
	a.addUser(t, "kay")
	ok(a.passwordSignIn(t, "Kay", password))(t)
}

// configuration reads, changes and deletes a pool and its clients.
func configuration(t *testing.T, srv *server) {
	p := newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.UserPoolTags = map[string]string{"team": "identity"}
		in.Schema = []types.SchemaAttributeType{
			{Name: aws.String("team"), AttributeDataType: "String", Mutable: aws.Bool(true)},
		}
	})
	seen := ok(p.c.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &p.id}))(t).UserPool
	if !regexp.MustCompile(`^us-east-1_[A-Za-z0-9]{9}$`).MatchString(p.id) {
		t.Errorf("pool id %s", p.id)
	}
	if want := "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + p.id; *seen.Arn != want {
		t.Errorf("ARN %s, want %s", *seen.Arn, want)
	}
	custom := slices.ContainsFunc(seen.SchemaAttributes,
		func(a types.SchemaAttributeType) bool { return *a.Name == "custom:team" })
	if !custom || seen.UserPoolTags["team"] != "identity" || seen.Policies.PasswordPolicy.MinimumLength == nil {
		t.Errorf("described: %+v", seen)
	}
	a := p.newApp(t, confidential)
	if !regexp.MustCompile(`^[a-z0-9]{26}$`).MatchString(a.id) || len(a.secret) < 51 ||
		strings.ToLower(a.secret) != a.secret {
		t.Errorf("client id %s with a secret of %d", a.id, len(a.secret))
	}
	ok(p.c.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{
		UserPoolId: &p.id, ClientId: &a.id, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH"},
	}))(t)
	client := ok(p.c.DescribeUserPoolClient(t.Context(),
		&cip.DescribeUserPoolClientInput{UserPoolId: &p.id, ClientId: &a.id}))(t).UserPoolClient
	if len(client.ExplicitAuthFlows) != 1 || *client.ClientSecret != a.secret || client.RefreshTokenValidity != 30 {
		t.Errorf("client: %+v", client)
	}
	rotateSecrets(t, a)
	ok(p.c.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &p.id, ClientId: &a.id}))(t)
	ok(p.c.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &p.id}))(t)
	refused(t, errOf(p.c.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &p.id})),
		notFound, "User pool "+p.id+" does not exist.")
}

// rotateSecrets: while a client has two secrets, both are valid.
func rotateSecrets(t *testing.T, a *app) {
	t.Helper()
	a.addUser(t, "rob")
	ok(a.srpSignIn(t, "rob", password))(t)
	added := ok(a.c.AddUserPoolClientSecret(t.Context(),
		&cip.AddUserPoolClientSecretInput{UserPoolId: &a.pool.id, ClientId: &a.id}))(t)
	newer := &app{pool: a.pool, id: a.id, secret: *added.ClientSecretDescriptor.ClientSecretValue}
	ok(newer.srpSignIn(t, "rob", password))(t)
	ok(a.srpSignIn(t, "rob", password))(t)
	refused(t, errOf(a.c.AddUserPoolClientSecret(t.Context(),
		&cip.AddUserPoolClientSecretInput{UserPoolId: &a.pool.id, ClientId: &a.id})),
		"LimitExceededException", "")
	listed := ok(a.c.ListUserPoolClientSecrets(t.Context(),
		&cip.ListUserPoolClientSecretsInput{UserPoolId: &a.pool.id, ClientId: &a.id}))(t)
	if len(listed.ClientSecrets) != 2 {
		t.Fatalf("%d secrets", len(listed.ClientSecrets))
	}
	for _, s := range listed.ClientSecrets {
		if s.ClientSecretValue != nil {
			t.Error("a listed secret shows its value")
		}
		if *s.ClientSecretId == *added.ClientSecretDescriptor.ClientSecretId {
			continue
		}
		ok(a.c.DeleteUserPoolClientSecret(t.Context(), &cip.DeleteUserPoolClientSecretInput{
			UserPoolId: &a.pool.id, ClientId: &a.id, ClientSecretId: s.ClientSecretId,
		}))(t)
	}
	refused(t, errOf(a.srpSignIn(t, "rob", password)), notAuthorized,
		"Unable to verify secret hash for client "+a.id)
	ok(newer.srpSignIn(t, "rob", password))(t)
}

package e2e

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

var tokenRefusals = []refusal{
	{"tokens: garbage", notAuthorized, "Invalid Access Token",
		func(s *scene) error { return errOf(s.plain.getUser(s.T, "abc.def.ghi")) }},
	{"tokens: an ID token", notAuthorized, "Invalid Access Token",
		func(s *scene) error { return errOf(s.plain.getUser(s.T, *s.tokens.IdToken)) }},
	{"tokens: another signature", notAuthorized, "Could not verify signature for Access Token",
		func(s *scene) error { return errOf(s.plain.getUser(s.T, part(*s.tokens.AccessToken, 2, flip))) }},
	{"tokens: user deleted", userNotFound, "User does not exist.",
		func(s *scene) error {
			access := s.app.tokens(s.T, s.plain.addUser(s.T, "del"), password).AccessToken
			ok(s.c.DeleteUser(s.Context(), &cip.DeleteUserInput{AccessToken: access}))(s.T)
			return errOf(s.plain.getUser(s.T, *access))
		}},
	{"refresh: garbage", notAuthorized, "Invalid Refresh Token",
		func(s *scene) error { return errOf(s.app.refresh(s.T, "ann", "garbage")) }},
	{"refresh: another client's", notAuthorized, "Invalid Refresh Token",
		func(s *scene) error { return errOf(s.hidden.refresh(s.T, "ann", *s.tokens.RefreshToken)) }},
	{"GetTokensFromRefreshToken: garbage", notAuthorized, "Invalid Refresh Token",
		func(s *scene) error { return errOf(s.app.exchange(s.T, "garbage")) }},
	{"GetTokensFromRefreshToken: user deleted", notAuthorized, "Invalid Refresh Token",
		func(s *scene) error {
			tokens := s.app.tokens(s.T, s.plain.addUser(s.T, "gone"), password)
			ok(s.c.DeleteUser(s.Context(), &cip.DeleteUserInput{AccessToken: tokens.AccessToken}))(s.T)
			return errOf(s.app.exchange(s.T, *tokens.RefreshToken))
		}},
	{"RevokeToken: an access token", "UnsupportedTokenTypeException", "",
		func(s *scene) error { return s.app.revoke(s.T, *s.tokens.AccessToken) }},
	{"RevokeToken: another client's", "UnauthorizedException", "",
		func(s *scene) error { return s.hidden.revoke(s.T, *s.tokens.RefreshToken) }},
}

// onAbsentUser is every operation of an administrator on a user.
var onAbsentUser = map[string]func(s *scene, pool, name *string) error{
	"AdminGetUser": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminGetUser(s.Context(), &cip.AdminGetUserInput{UserPoolId: p, Username: n}))
	},
	"AdminConfirmSignUp": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminConfirmSignUp(s.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: p, Username: n}))
	},
	"AdminSetUserPassword": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminSetUserPassword(s.Context(),
			&cip.AdminSetUserPasswordInput{UserPoolId: p, Username: n, Password: aws.String(password)}))
	},
	"AdminResetUserPassword": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminResetUserPassword(s.Context(),
			&cip.AdminResetUserPasswordInput{UserPoolId: p, Username: n}))
	},
	"AdminDeleteUser": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminDeleteUser(s.Context(), &cip.AdminDeleteUserInput{UserPoolId: p, Username: n}))
	},
	"AdminEnableUser": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminEnableUser(s.Context(), &cip.AdminEnableUserInput{UserPoolId: p, Username: n}))
	},
	"AdminDisableUser": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminDisableUser(s.Context(), &cip.AdminDisableUserInput{UserPoolId: p, Username: n}))
	},
	"AdminUserGlobalSignOut": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminUserGlobalSignOut(s.Context(),
			&cip.AdminUserGlobalSignOutInput{UserPoolId: p, Username: n}))
	},
	"AdminCreateUser RESEND": func(s *scene, p, n *string) error {
		return errOf(s.c.AdminCreateUser(s.Context(),
			&cip.AdminCreateUserInput{UserPoolId: p, Username: n, MessageAction: types.MessageActionTypeResend}))
	},
}

// onAbsentPool is every operation that names a pool and none of its users.
var onAbsentPool = map[string]func(s *scene, pool *string) error{
	"ListUsers": func(s *scene, p *string) error {
		return errOf(s.c.ListUsers(s.Context(), &cip.ListUsersInput{UserPoolId: p}))
	},
	"UpdateUserPool": func(s *scene, p *string) error {
		return errOf(s.c.UpdateUserPool(s.Context(), &cip.UpdateUserPoolInput{UserPoolId: p}))
	},
	"DeleteUserPool": func(s *scene, p *string) error {
		return errOf(s.c.DeleteUserPool(s.Context(), &cip.DeleteUserPoolInput{UserPoolId: p}))
	},
	"CreateUserPoolClient": func(s *scene, p *string) error {
		return errOf(s.c.CreateUserPoolClient(s.Context(),
			&cip.CreateUserPoolClientInput{UserPoolId: p, ClientName: aws.String("c")}))
	},
	"ListUserPoolClients": func(s *scene, p *string) error {
		return errOf(s.c.ListUserPoolClients(s.Context(),
			&cip.ListUserPoolClientsInput{UserPoolId: p, MaxResults: aws.Int32(9)}))
	},
	"AdminInitiateAuth": func(s *scene, p *string) error {
		return s.adminStart(&app{pool: &pool{c: s.c, id: *p}, id: s.app.id}, "ADMIN_USER_PASSWORD_AUTH")
	},
	"AdminCreateUser": func(s *scene, p *string) error {
		return s.create(&app{pool: &pool{c: s.c, id: *p}}, "new")
	},
}

// generatedRefusals are rows that are generated from lists of operations, and those
// whose text names a client of the scene.
func (s *scene) generatedRefusals() []refusal {
	var rows []refusal
	for op, call := range onAbsentUser {
		rows = append(rows,
			refusal{op + ": absent", userNotFound, "User does not exist.",
				func(s *scene) error { return call(s, &s.plain.id, aws.String("ghost")) }},
			refusal{op + ": unknown pool", notFound, "User pool " + noPool + " does not exist.",
				func(s *scene) error { return call(s, aws.String(noPool), aws.String("ann")) }})
	}
	for op, call := range onAbsentPool {
		rows = append(rows, refusal{op + ": unknown pool", notFound, "User pool " + noPool + " does not exist.",
			func(s *scene) error { return call(s, aws.String(noPool)) }})
	}
	return append(rows, s.secretRefusals()...)
}

// secretRefusals are refusals to a confidential client.
func (s *scene) secretRefusals() []refusal {
	missing := "Client " + s.secret.id + " is configured with secret but SECRET_HASH was not received"
	unable := "Unable to verify secret hash for client " + s.secret.id
	noHash := func(s *scene) *app { return &app{pool: s.plain, id: s.secret.id} }
	wrongHash := func(s *scene) *app { return &app{pool: s.plain, id: s.secret.id, secret: "wrong"} }
	calls := map[string]func(s *scene, a *app) error{
		"SignUp":                 func(s *scene, a *app) error { return s.signUp(a, "new", password) },
		"ConfirmSignUp":          func(s *scene, a *app) error { return a.confirm(s.T, "una", "123456") },
		"ResendConfirmationCode": func(s *scene, a *app) error { return errOf(a.resend(s.T, "una")) },
		"ForgotPassword":         func(s *scene, a *app) error { return errOf(a.forgot(s.T, "ann")) },
		"ConfirmForgotPassword":  func(s *scene, a *app) error { return a.reset(s.T, "ann", "123456") },
		"InitiateAuth":           func(s *scene, a *app) error { return s.signIn(a, "ann", password) },
		"InitiateAuth by SRP":    func(s *scene, a *app) error { return errOf(a.srpSignIn(s.T, "ann", password)) },
		"AdminInitiateAuth":      func(s *scene, a *app) error { return s.adminStart(a, "ADMIN_USER_PASSWORD_AUTH") },
		"RespondToAuthChallenge": func(s *scene, a *app) error {
			e, out, err := s.secret.srpStart(s.T, "ann")
			if err != nil {
				return err
			}
			claim := a.srpClaim(e, out.ChallengeParameters, password)
			return errOf(a.respond(s.T, "PASSWORD_VERIFIER", out.Session, claim))
		},
	}
	rows := []refusal{{"refresh: wrong hash", notAuthorized, "SecretHash does not match for the client: " + s.secret.id,
		func(s *scene) error {
			tokens := s.secret.tokens(s.T, "ann", password)
			return errOf(wrongHash(s).refresh(s.T, "ann", *tokens.RefreshToken))
		}}}
	for op, call := range calls {
		rows = append(rows,
			refusal{op + ": no hash", notAuthorized, missing, func(s *scene) error { return call(s, noHash(s)) }},
			refusal{op + ": wrong hash", notAuthorized, unable, func(s *scene) error { return call(s, wrongHash(s)) }})
	}
	return rows
}

var adminRefusals = []refusal{
	{"AdminCreateUser: name taken", "UsernameExistsException", "User account already exists",
		func(s *scene) error { return s.create(s.app, "ann") }},
	{"AdminCreateUser: address taken", "UsernameExistsException", "An account with the given email already exists.",
		func(s *scene) error { return s.create(s.byEmail, "ann@example.com") }},
	{"AdminCreateUser: resend to a confirmed user", "UnsupportedUserStateException",
		"Resend not possible. ann status is not FORCE_CHANGE_PASSWORD",
		func(s *scene) error {
			return s.create(s.app, "ann",
				func(in *cip.AdminCreateUserInput) { in.MessageAction = types.MessageActionTypeResend })
		}},
	{"AdminCreateUser: no symbol", badPassword, adminPolicy + "Password must have symbol characters",
		func(s *scene) error {
			return s.create(s.app, "new", func(in *cip.AdminCreateUserInput) {
				in.TemporaryPassword = aws.String("AAAAaaaa1")
			})
		}},
	{"AdminCreateUser: malformed e-mail", invalid, "Invalid email address format.",
		func(s *scene) error {
			return s.create(s.app, "new", func(in *cip.AdminCreateUserInput) {
				in.UserAttributes = []types.AttributeType{attr("email", "nobody")}
			})
		}},
	{"AdminSetUserPassword: short", badPassword, adminPolicy + "Password not long enough",
		func(s *scene) error { return s.setPassword("ann", "Aa1!aaa") }},
	{"AdminSetUserPassword: no upper case", badPassword, adminPolicy + "Password must have uppercase characters",
		func(s *scene) error { return s.setPassword("ann", "aaaa1111!") }},
	{"AdminResetUserPassword: invited", notAuthorized, "User password cannot be reset in the current state.",
		func(s *scene) error { return onAbsentUser["AdminResetUserPassword"](s, &s.plain.id, aws.String("fay")) }},
	{"AdminResetUserPassword: no contact", invalid,
		"Cannot reset password for the user as there is no registered/verified email or phone_number",
		func(s *scene) error {
			return onAbsentUser["AdminResetUserPassword"](s, &s.plain.id, aws.String("mute"))
		}},
	{"AdminConfirmSignUp: confirmed", notAuthorized, "User cannot be confirmed. Current status is CONFIRMED",
		func(s *scene) error { return onAbsentUser["AdminConfirmSignUp"](s, &s.plain.id, aws.String("ann")) }},
}

var listRefusals = []refusal{
	{"ListUsers: no filter", invalid, "Error while parsing filter.",
		func(s *scene) error { return s.list("nonsense") }},
	{"ListUsers: unknown filter attribute", invalid, "Invalid search attribute: locale",
		func(s *scene) error { return s.list(`locale = "en"`) }},
	{"ListUsers: unknown attribute requested", invalid, "One or more requested attributes do not exist.",
		func(s *scene) error { return s.list("", "shoe_size") }},
}

var clientRefusals = []refusal{
	{"DescribeUserPoolClient: unknown", notFound, "User pool client " + noClient + " does not exist.",
		func(s *scene) error {
			return errOf(s.c.DescribeUserPoolClient(s.Context(),
				&cip.DescribeUserPoolClientInput{UserPoolId: &s.plain.id, ClientId: aws.String(noClient)}))
		}},
	{"CreateUserPoolClient: token validity", invalid, "Invalid range for token validity.",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) { in.AccessTokenValidity = aws.Int32(25) })
		}},
	{"CreateUserPoolClient: read attributes", invalid, "Invalid read attributes specified while creating a client",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) { in.ReadAttributes = []string{"shoe_size"} })
		}},
	{"CreateUserPoolClient: write attributes", invalid, "Invalid write attributes specified while creating a client",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) {
				in.WriteAttributes = []string{"email_verified"}
			})
		}},
	{"CreateUserPoolClient: OAuth without flows", invalid,
		"AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) { in.AllowedOAuthFlowsUserPoolClient = true })
		}},
	{"CreateUserPoolClient: no callback", "InvalidOAuthFlowException",
		"CallbackUrls can not be empty when code flow or implicit flow is selected",
		func(s *scene) error { return s.newClient(oauth("code")) }},
	{"CreateUserPoolClient: client_credentials beside code", "InvalidOAuthFlowException",
		"client_credentials flow can not be selected along with code flow or implicit flow.",
		func(s *scene) error { return s.newClient(oauth("code", "client_credentials")) }},
	{"CreateUserPoolClient: client_credentials without secret", "InvalidOAuthFlowException",
		"client_credentials flow can not be selected if client does not have a client secret.",
		func(s *scene) error { return s.newClient(oauth("client_credentials")) }},
	{"CreateUserPoolClient: http callback", invalid, "http://example.com/back cannot use the HTTP protocol.",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) {
				oauth("code")(in)
				in.CallbackURLs = []string{"http://example.com/back"}
			})
		}},
	{"CreateUserPoolClient: default not a callback", invalid,
		"The default redirect URI https://example.com/other is not in the callback URIs list.",
		func(s *scene) error {
			return s.newClient(func(in *cip.CreateUserPoolClientInput) {
				oauth("code")(in)
				in.CallbackURLs = []string{"https://example.com/back"}
				in.DefaultRedirectURI = aws.String("https://example.com/other")
			})
		}},
}

func oauth(flows ...types.OAuthFlowType) func(*cip.CreateUserPoolClientInput) {
	return func(in *cip.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient = true
		in.AllowedOAuthFlows = flows
		in.AllowedOAuthScopes = []string{"openid"}
	}
}

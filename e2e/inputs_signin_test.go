package e2e

// Inputs of sign-up, sign-in, recovery and tokens.

var (
	analytics   = object{"AnalyticsEndpointId": "endpoint"}
	userContext = object{"EncodedData": "AmazonCognitoAdvancedSecurityData", "IpAddress": "192.0.2.1"}
	adminData   = object{
		"EncodedData": "x", "IpAddress": "192.0.2.1", "ServerName": "example.com", "ServerPath": "/sign-in",
		"HttpHeaders": []any{object{"headerName": "User-Agent", "headerValue": "test"}},
	}
)

// byClient is a request of a confidential client about a user.
func (f *fixture) byClient(name string, more object) object {
	return with(object{
		"ClientId": f.secretClient(), "Username": name, "SecretHash": f.hash(name), "AnalyticsMetadata": analytics,
		"ClientMetadata": metadata, "UserContextData": userContext,
	}, more)
}

// newcomer has signed up through the confidential client, with an address that
// is unique among fixtures.
func (f *fixture) newcomer() string {
	return f.once("newcomer", func() string {
		f.must("SignUp", object{
			"ClientId": f.secretClient(), "Username": "uma", "Password": password, "SecretHash": f.hash("uma"),
			"UserAttributes": []any{attribute("email", f.mailbox("uma"))},
		})
		return "uma"
	})
}

// resetCode is the code with which the user rex can choose a new password.
func (f *fixture) resetCode() string {
	f.once("reachable", func() string {
		f.must("AdminCreateUser", f.in(object{
			"Username": "rex", "MessageAction": "SUPPRESS",
			"UserAttributes": []any{attribute("email", f.mailbox("rex")), attribute("email_verified", "true")},
		}))
		f.must("AdminSetUserPassword", f.in(object{"Username": "rex", "Password": password, "Permanent": true}))
		f.must("ForgotPassword", object{"ClientId": f.client(), "Username": "rex"})
		return "rex"
	})
	return f.srv.code(f.T, f.mailbox("rex"))
}

// challenge is the session of an invited user who must choose a password.
func (f *fixture) challenge(client string, more object) string {
	out := f.must("AdminInitiateAuth", f.in(object{
		"ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": with(object{"USERNAME": f.invited(), "PASSWORD": "Temporary-1!"}, more),
	}))
	return dig(out, "Session")
}

// newPassword answers the challenge of the invited user.
func (f *fixture) newPassword(client string, more object) object {
	return object{
		"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": f.challenge(client, more),
		"ChallengeResponses": with(object{"USERNAME": f.invited(), "NEW_PASSWORD": password}, more),
	}
}

func passwords(f *fixture) object { return object{"USERNAME": f.user(), "PASSWORD": password} }

// confidentialPasswords are the passwords with the hash of the confidential client.
func confidentialPasswords(f *fixture) object {
	return with(passwords(f), object{"SECRET_HASH": f.hash(f.user())})
}

var signInInputs = map[string]inputs{
	"AdminInitiateAuth": {
		smallest: func(f *fixture) object {
			return f.in(object{
				"ClientId": f.client(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": passwords(f),
			})
		},
		largest: func(f *fixture) object {
			return f.in(object{
				"ClientId": f.secretClient(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
				"AuthParameters":    confidentialPasswords(f),
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "ContextData": adminData,
			})
		},
		without: []string{"Session"}, // of a sign-up, in USER_AUTH
		more:    ofAdmin(map[string]func(*fixture) object{"after a sign-up": (*fixture).afterSignUp}),
	},
	"AdminRespondToAuthChallenge": {
		smallest: func(f *fixture) object {
			return f.in(f.newPassword(f.client(), nil))
		},
		largest: func(f *fixture) object {
			answer := f.newPassword(f.secretClient(), object{"SECRET_HASH": f.hash(f.invited())})
			return f.in(with(answer, object{
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "ContextData": adminData,
			}))
		},
		more: ofAdmin(choices),
	},
	"ChangePassword": both(func(f *fixture) object {
		return object{"AccessToken": f.access(), "PreviousPassword": password, "ProposedPassword": changedPassword}
	}),
	"ConfirmForgotPassword": {
		smallest: func(f *fixture) object {
			return object{
				"ClientId": f.client(), "Username": "rex",
				"ConfirmationCode": f.resetCode(), "Password": changedPassword,
			}
		},
		largest: func(f *fixture) object {
			return f.byClient("rex", object{"ConfirmationCode": f.resetCode(), "Password": changedPassword})
		},
	},
	"ConfirmSignUp": {
		smallest: func(f *fixture) object {
			return object{
				"ClientId": f.secretClient(), "Username": f.newcomer(), "SecretHash": f.hash("uma"),
				"ConfirmationCode": f.srv.code(f.T, f.mailbox("uma")),
			}
		},
		largest: func(f *fixture) object {
			return f.byClient(f.newcomer(),
				object{"ConfirmationCode": f.srv.code(f.T, f.mailbox("uma")), "ForceAliasCreation": true})
		},
		without: []string{"Session"}, // of a sign-up that continues with USER_AUTH
		more: map[string]func(*fixture) object{
			"session": func(f *fixture) object {
				name, out := f.newSignUp()
				return with(f.confirmation(name), object{"Session": out["Session"]})
			},
		},
	},
	"ForgotPassword": {
		smallest: func(f *fixture) object { return object{"ClientId": f.client(), "Username": f.user()} },
		largest:  func(f *fixture) object { return f.byClient(f.user(), nil) },
	},
	"GetClientToken": {
		smallest: func(f *fixture) object { return f.machine() },
		largest: func(f *fixture) object {
			return with(f.machine(), object{"Scopes": []any{f.resourceServer() + "/read"}, "ClientMetadata": metadata})
		},
	},
	"GetTokensFromRefreshToken": {
		smallest: func(f *fixture) object {
			return object{"ClientId": f.client(), "RefreshToken": f.signIn("RefreshToken")}
		},
		largest: func(f *fixture) object {
			return object{
				"ClientId": f.secretClient(), "RefreshToken": f.confidentialRefresh(),
				"ClientSecret": f.stored["secret"], "ClientMetadata": metadata,
			}
		},
		without: []string{"DeviceKey"}, // of a remembered device
	},
	"InitiateAuth": {
		smallest: func(f *fixture) object {
			return object{"ClientId": f.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(f)}
		},
		largest: func(f *fixture) object {
			return object{
				"ClientId": f.secretClient(), "AuthFlow": "USER_PASSWORD_AUTH",
				"AuthParameters":    confidentialPasswords(f),
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "UserContextData": userContext,
			}
		},
		without: []string{"Session"}, // of a sign-up, in USER_AUTH
		more:    map[string]func(*fixture) object{"after a sign-up": (*fixture).afterSignUp},
	},
	"ResendConfirmationCode": {
		smallest: func(f *fixture) object {
			return object{"ClientId": f.client(), "Username": f.unconfirmed(f.client(), nil)}
		},
		largest: func(f *fixture) object { return f.byClient(f.newcomer(), nil) },
	},
	"RespondToAuthChallenge": {
		smallest: func(f *fixture) object {
			return f.newPassword(f.client(), nil)
		},
		largest: func(f *fixture) object {
			answer := f.newPassword(f.secretClient(), object{"SECRET_HASH": f.hash(f.invited())})
			return with(answer, object{
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "UserContextData": userContext,
			})
		},
		more: choices,
	},
	"RevokeToken": {
		smallest: func(f *fixture) object { return object{"ClientId": f.client(), "Token": f.signIn("RefreshToken")} },
		largest: func(f *fixture) object {
			return object{
				"ClientId": f.secretClient(), "Token": f.confidentialRefresh(), "ClientSecret": f.stored["secret"],
				"RevokeAssociatedSessions": "NONE",
			}
		},
	},
	"SignUp": {
		smallest: func(f *fixture) object {
			return object{"ClientId": f.client(), "Username": "new", "Password": password}
		},
		largest: func(f *fixture) object {
			return f.byClient("new", object{"Password": password,
				"UserAttributes": []any{attribute("email", "new@example.com"), attribute("custom:team", "a")},
				"ValidationData": []any{attribute("any", "thing")}})
		},
	},
}

// machine is a client that gets tokens for itself, by GetClientToken.
func (f *fixture) machine() object {
	made := f.must("CreateUserPoolClient", f.in(object{
		"ClientName": "machine", "GenerateSecret": true,
		"ExplicitAuthFlows":  []any{"ALLOW_CLIENT_TOKEN_AUTH"},
		"AllowedOAuthScopes": []any{f.resourceServer() + "/read"},
	}))
	return object{
		"ClientId": dig(made, "UserPoolClient", "ClientId"), "Secret": dig(made, "UserPoolClient", "ClientSecret"),
	}
}

// confidentialRefresh is a refresh token of the confidential client.
func (f *fixture) confidentialRefresh() string {
	out := f.must("InitiateAuth", object{
		"ClientId": f.secretClient(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": confidentialPasswords(f),
	})
	return dig(out, "AuthenticationResult", "RefreshToken")
}

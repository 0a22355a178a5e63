package e2e

// Inputs of sign-up, sign-in, recovery and tokens.

var (
	analytics   = object{"AnalyticsEndpointId": "endpoint"}
	userContext = object{"EncodedData": "AmazonCognitoAdvancedSecurityData", "IpAddress": "192.0.2.1"}
	adminData   = object{"EncodedData": "x", "IpAddress": "192.0.2.1", "ServerName": "example.com",
		"ServerPath":  "/sign-in",
		"HttpHeaders": []any{object{"headerName": "User-Agent", "headerValue": "test"}}}
)

// byClient is a request of a confidential client about a user.
func (e *estate) byClient(name string, more object) object {
	return with(object{
		"ClientId": e.secretClient(), "Username": name, "SecretHash": e.hash(name), "AnalyticsMetadata": analytics,
		"ClientMetadata": metadata, "UserContextData": userContext,
	}, more)
}

// newcomer has signed up through the confidential client, with an address that
// is unique among estates.
func (e *estate) newcomer() string {
	return e.once("newcomer", func() string {
		e.must("SignUp",
			object{"ClientId": e.secretClient(), "Username": "uma", "Password": password, "SecretHash": e.hash("uma"),
				"UserAttributes": []any{attribute("email", e.mailbox("uma"))}})
		return "uma"
	})
}

// reset is a code that lets a user choose a new password.
func (e *estate) reset() string {
	e.once("reachable", func() string {
		e.must("AdminCreateUser", e.in(object{
			"Username": "rex", "MessageAction": "SUPPRESS",
			"UserAttributes": []any{attribute("email", e.mailbox("rex")), attribute("email_verified", "true")},
		}))
		e.must("AdminSetUserPassword", e.in(object{"Username": "rex", "Password": password, "Permanent": true}))
		e.must("ForgotPassword", object{"ClientId": e.client(), "Username": "rex"})
		return "rex"
	})
	return e.srv.code(e.T, e.mailbox("rex"))
}

// challenge is the session of an invited user who must choose a password.
func (e *estate) challenge(client string, more object) string {
	out := e.must("AdminInitiateAuth", e.in(object{"ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": with(object{"USERNAME": e.invited(), "PASSWORD": "Temporary-1!"}, more)}))
	return dig(out, "Session")
}

func (e *estate) chosen(more object) object {
	return with(object{"USERNAME": e.invited(), "NEW_PASSWORD": password}, more)
}

func passwords(e *estate) object { return object{"USERNAME": e.user(), "PASSWORD": password} }

var signInInputs = map[string]inputs{
	"AdminInitiateAuth": {
		smallest: func(e *estate) object {
			return e.in(object{"ClientId": e.client(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": passwords(e)})
		},
		largest: func(e *estate) object {
			return e.in(object{"ClientId": e.secretClient(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
				"AuthParameters": with(passwords(e), object{"SECRET_HASH": e.hash(e.user())}), "AnalyticsMetadata": analytics,
				"ClientMetadata": metadata, "ContextData": adminData})
		},
		without: []string{"Session"}, // of a sign-up, in USER_AUTH
		more:    ofAdmin(map[string]func(*estate) object{"after a sign-up": (*estate).entering}),
	},
	"AdminRespondToAuthChallenge": {
		smallest: func(e *estate) object {
			return e.in(object{
				"ClientId": e.client(), "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": e.challenge(e.client(), nil),
				"ChallengeResponses": e.chosen(nil),
			})
		},
		largest: func(e *estate) object {
			hash := object{"SECRET_HASH": e.hash(e.invited())}
			return e.in(object{"ClientId": e.secretClient(), "ChallengeName": "NEW_PASSWORD_REQUIRED",
				"Session": e.challenge(e.secretClient(), hash), "ChallengeResponses": e.chosen(hash),
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "ContextData": adminData})
		},
		more: ofAdmin(choices),
	},
	"ChangePassword": both(func(e *estate) object {
		return object{"AccessToken": e.access(), "PreviousPassword": password, "ProposedPassword": changedPassword}
	}),
	"ConfirmForgotPassword": {
		smallest: func(e *estate) object {
			return object{
				"ClientId": e.client(), "ConfirmationCode": e.reset(), "Username": e.had["reachable"], "Password": changedPassword,
			}
		},
		largest: func(e *estate) object {
			return e.byClient("rex", object{"ConfirmationCode": e.reset(), "Password": changedPassword})
		},
	},
	"ConfirmSignUp": {
		smallest: func(e *estate) object {
			return object{
				"ClientId": e.secretClient(), "Username": e.newcomer(), "SecretHash": e.hash("uma"),
				"ConfirmationCode": e.srv.code(e.T, e.mailbox("uma")),
			}
		},
		largest: func(e *estate) object {
			return e.byClient(e.newcomer(),
				object{"ConfirmationCode": e.srv.code(e.T, e.mailbox("uma")), "ForceAliasCreation": true})
		},
		without: []string{"Session"}, // of a sign-up that continues with USER_AUTH
		more: map[string]func(*estate) object{
			"session": func(e *estate) object {
				name, out := e.fresh()
				return with(e.confirms(name), object{"Session": out["Session"]})
			},
		},
	},
	"ForgotPassword": {
		smallest: func(e *estate) object { return object{"ClientId": e.client(), "Username": e.user()} },
		largest:  func(e *estate) object { return e.byClient(e.user(), nil) },
	},
	"GetClientToken": {
		smallest: func(e *estate) object { return e.machine() },
		largest: func(e *estate) object {
			return with(e.machine(), object{"Scopes": []any{e.resourceServer() + "/read"}, "ClientMetadata": metadata})
		},
	},
	"GetTokensFromRefreshToken": {
		smallest: func(e *estate) object {
			return object{"ClientId": e.client(), "RefreshToken": e.signIn("RefreshToken")}
		},
		largest: func(e *estate) object {
			return object{
				"ClientId": e.secretClient(), "RefreshToken": e.confidentialRefresh(), "ClientSecret": e.had["secret"],
				"ClientMetadata": metadata,
			}
		},
		without: []string{"DeviceKey"}, // of a remembered device
	},
	"InitiateAuth": {
		smallest: func(e *estate) object {
			return object{"ClientId": e.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(e)}
		},
		largest: func(e *estate) object {
			return object{"ClientId": e.secretClient(), "AuthFlow": "USER_PASSWORD_AUTH",
				"AuthParameters": with(passwords(e), object{"SECRET_HASH": e.hash(e.user())}), "AnalyticsMetadata": analytics,
				"ClientMetadata": metadata, "UserContextData": userContext}
		},
		without: []string{"Session"}, // of a sign-up, in USER_AUTH
		more:    map[string]func(*estate) object{"after a sign-up": (*estate).entering},
	},
	"ResendConfirmationCode": {
		smallest: func(e *estate) object {
			return object{"ClientId": e.client(), "Username": e.unconfirmed(e.client(), nil)}
		},
		largest: func(e *estate) object { return e.byClient(e.newcomer(), nil) },
	},
	"RespondToAuthChallenge": {
		smallest: func(e *estate) object {
			return object{
				"ClientId": e.client(), "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": e.challenge(e.client(), nil),
				"ChallengeResponses": e.chosen(nil),
			}
		},
		largest: func(e *estate) object {
			hash := object{"SECRET_HASH": e.hash(e.invited())}
			return object{"ClientId": e.secretClient(), "ChallengeName": "NEW_PASSWORD_REQUIRED",
				"Session": e.challenge(e.secretClient(), hash), "ChallengeResponses": e.chosen(hash),
				"AnalyticsMetadata": analytics, "ClientMetadata": metadata, "UserContextData": userContext}
		},
		more: choices,
	},
	"RevokeToken": {
		smallest: func(e *estate) object { return object{"ClientId": e.client(), "Token": e.signIn("RefreshToken")} },
		largest: func(e *estate) object {
			return object{
				"ClientId": e.secretClient(), "Token": e.confidentialRefresh(), "ClientSecret": e.had["secret"],
				"RevokeAssociatedSessions": "NONE",
			}
		},
	},
	"SignUp": {
		smallest: func(e *estate) object { return object{"ClientId": e.client(), "Username": "new", "Password": password} },
		largest: func(e *estate) object {
			return e.byClient("new", object{"Password": password,
				"UserAttributes": []any{attribute("email", "new@example.com"), attribute("custom:team", "a")},
				"ValidationData": []any{attribute("any", "thing")}})
		},
	},
}

// machine is a client that gets tokens for itself, by GetClientToken.
func (e *estate) machine() object {
	made := e.must("CreateUserPoolClient", e.in(object{"ClientName": "machine", "GenerateSecret": true,
		"ExplicitAuthFlows": []any{"ALLOW_CLIENT_TOKEN_AUTH"}, "AllowedOAuthScopes": []any{e.resourceServer() + "/read"}}))
	return object{
		"ClientId": dig(made, "UserPoolClient", "ClientId"), "Secret": dig(made, "UserPoolClient", "ClientSecret"),
	}
}

// confidentialRefresh is a refresh token of the confidential client.
func (e *estate) confidentialRefresh() string {
	out := e.must("InitiateAuth", object{"ClientId": e.secretClient(), "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": with(passwords(e), object{"SECRET_HASH": e.hash(e.user())})})
	return dig(out, "AuthenticationResult", "RefreshToken")
}

package e2e

import (
	"strconv"

	"github.com/descope/virtualwebauthn"
)

// Inputs of choice-based sign-in.

// choosing is the public client of a pool whose users may choose how to sign
// in; the pool is e.had["choosers"].
func (e *estate) choosing() string {
	return e.once("choosing", func() string {
		pool := dig(e.must("CreateUserPool",
			object{"PoolName": "choosers", "AutoVerifiedAttributes": []any{"email"}, "Policies": object{
				"SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}}}}), "UserPool", "Id")
		e.must("SetUserPoolMfaConfig",
			object{"UserPoolId": pool, "WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty}})
		e.had["choosers"] = pool
		return dig(e.must("CreateUserPoolClient", object{
			"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": []any{"ALLOW_USER_AUTH"},
		}), "UserPoolClient", "ClientId")
	})
}

func (e *estate) chooses(name string, more object) object {
	return object{
		"ClientId": e.choosing(), "AuthFlow": "USER_AUTH", "AuthParameters": with(object{"USERNAME": name}, more),
	}
}

// fresh signs up without a password and returns the name, which is new each time,
// and the response.
func (e *estate) fresh() (name string, out object) {
	name = "val" + strconv.Itoa(len(e.had))
	e.had[name] = name
	return name, e.must("SignUp",
		object{"ClientId": e.choosing(), "Username": name, "UserAttributes": []any{attribute("email", e.mailbox(name))}})
}

func (e *estate) confirms(name string) object {
	return object{"ClientId": e.choosing(), "Username": name, "ConfirmationCode": e.srv.code(e.T, e.mailbox(name))}
}

// entering starts a sign-in by the Session of ConfirmSignUp.
func (e *estate) entering() object {
	name, _ := e.fresh()
	return with(e.chooses(name, nil), object{"Session": e.must("ConfirmSignUp", e.confirms(name))["Session"]})
}

// chooser is a user who has every factor that can be chosen.
type chooser struct {
	name string
	app  virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func (e *estate) chooser() (c chooser) {
	e.Helper()
	in := e.entering()
	c.name = dig(in, "AuthParameters", "USERNAME")
	token := dig(e.must("InitiateAuth", in), "AuthenticationResult", "AccessToken")
	e.must("ChangePassword", object{"AccessToken": token, "ProposedPassword": password})
	options := e.must("StartWebAuthnRegistration", object{"AccessToken": token})["CredentialCreationOptions"]
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(marshal(e.T, options)))
	if err != nil {
		e.Fatal(err)
	}
	c.app, c.key = virtualwebauthn.NewAuthenticator(), e.newKey(virtualwebauthn.KeyTypeEC2)
	c.app.Options.UserHandle = []byte(parsed.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(relyingParty, c.app, c.key, *parsed)
	e.must("CompleteWebAuthnRegistration", object{"AccessToken": token, "Credential": e.parsed(answer)})
	return c
}

// asked is the response of a chooser to a challenge of InitiateAuth.
func (e *estate) asked(preferred object, responses func(c chooser, out object) object) object {
	e.Helper()
	c := e.chooser()
	out := e.must("InitiateAuth", e.chooses(c.name, preferred))
	return object{"ClientId": e.choosing(), "ChallengeName": out["ChallengeName"], "Session": out["Session"],
		"ChallengeResponses": with(object{"USERNAME": c.name}, responses(c, out))}
}

// byPasskey answers request options.
func (e *estate) byPasskey(c chooser, out object) string {
	e.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(dig(out, "ChallengeParameters", "CREDENTIAL_REQUEST_OPTIONS"))
	if err != nil {
		e.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(relyingParty, c.app, c.key, *options)
}

var relyingParty = virtualwebauthn.RelyingParty{
	ID: passkeyParty, Name: passkeyParty, Origin: "https://login." + passkeyParty,
}

// choices are the inputs of RespondToAuthChallenge in a choice-based sign-in.
var choices = map[string]func(*estate) object{
	"a chosen password": func(e *estate) object {
		return e.asked(nil, func(chooser, object) object { return object{"ANSWER": "PASSWORD", "PASSWORD": password} })
	},
	"a code": func(e *estate) object {
		return e.asked(object{"PREFERRED_CHALLENGE": "EMAIL_OTP"}, func(c chooser, _ object) object {
			return object{"EMAIL_OTP_CODE": e.srv.code(e.T, e.mailbox(c.name))}
		})
	},
	"a passkey": func(e *estate) object {
		return e.asked(object{"PREFERRED_CHALLENGE": "WEB_AUTHN"}, func(c chooser, out object) object {
			return object{"CREDENTIAL": e.byPasskey(c, out)}
		})
	},
	"a passkey in one step": func(e *estate) object {
		return e.asked(nil, func(c chooser, out object) object {
			return object{"ANSWER": "WEB_AUTHN", "CREDENTIAL": e.byPasskey(c, out)}
		})
	},
}

// ofAdmin are the same inputs for the Admin operations.
func ofAdmin(inputs map[string]func(*estate) object) map[string]func(*estate) object {
	all := map[string]func(*estate) object{}
	for name, in := range inputs {
		all[name] = func(e *estate) object { return with(in(e), object{"UserPoolId": e.had["choosers"]}) }
	}
	return all
}

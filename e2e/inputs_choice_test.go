package e2e

import (
	"strconv"

	"github.com/descope/virtualwebauthn"
)

// Inputs of choice-based sign-in.

// choiceClient is the public client of a pool whose users may choose how to sign
// in; the pool is f.stored["choice pool"].
func (f *fixture) choiceClient() string {
	return f.once("choiceClient", func() string {
		factors := []any{"PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}
		made := f.must("CreateUserPool", object{
			"PoolName": "choices", "AutoVerifiedAttributes": []any{"email"},
			"Policies": object{"SignInPolicy": object{"AllowedFirstAuthFactors": factors}},
		})
		pool := dig(made, "UserPool", "Id")
		f.must("SetUserPoolMfaConfig",
			object{"UserPoolId": pool, "WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty}})
		f.stored["choice pool"] = pool
		return dig(f.must("CreateUserPoolClient", object{
			"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": []any{"ALLOW_USER_AUTH"},
		}), "UserPoolClient", "ClientId")
	})
}

// userAuth is the request that starts a choice-based sign-in.
func (f *fixture) userAuth(name string, more object) object {
	return object{
		"ClientId": f.choiceClient(), "AuthFlow": "USER_AUTH", "AuthParameters": with(object{"USERNAME": name}, more),
	}
}

// newSignUp signs up without a password and returns the name, which is new each time,
// and the response.
func (f *fixture) newSignUp() (name string, out object) {
	name = "val" + strconv.Itoa(len(f.stored))
	f.stored[name] = name
	return name, f.must("SignUp", object{
		"ClientId": f.choiceClient(), "Username": name,
		"UserAttributes": []any{attribute("email", f.mailbox(name))},
	})
}

// confirmation is the request of ConfirmSignUp with the code that was sent.
func (f *fixture) confirmation(name string) object {
	return object{"ClientId": f.choiceClient(), "Username": name, "ConfirmationCode": f.srv.code(f.T, f.mailbox(name))}
}

// afterSignUp is the request that starts a sign-in by the Session of ConfirmSignUp.
func (f *fixture) afterSignUp() object {
	name, _ := f.newSignUp()
	return with(f.userAuth(name, nil), object{"Session": f.must("ConfirmSignUp", f.confirmation(name))["Session"]})
}

// chooser is a user who has every factor that can be chosen.
type chooser struct {
	name string
	app  virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func (f *fixture) chooser() (c chooser) {
	f.Helper()
	in := f.afterSignUp()
	c.name = dig(in, "AuthParameters", "USERNAME")
	token := dig(f.must("InitiateAuth", in), "AuthenticationResult", "AccessToken")
	f.must("ChangePassword", object{"AccessToken": token, "ProposedPassword": password})
	options := f.must("StartWebAuthnRegistration", object{"AccessToken": token})["CredentialCreationOptions"]
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(marshal(f.T, options)))
	if err != nil {
		f.Fatal(err)
	}
	c.app, c.key = virtualwebauthn.NewAuthenticator(), f.newKey(virtualwebauthn.KeyTypeEC2)
	c.app.Options.UserHandle = []byte(parsed.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(relyingParty, c.app, c.key, *parsed)
	f.must("CompleteWebAuthnRegistration", object{"AccessToken": token, "Credential": f.parsed(answer)})
	return c
}

// choiceResponse is the response of a chooser to a challenge of InitiateAuth.
func (f *fixture) choiceResponse(preferred object, responses func(c chooser, out object) object) object {
	f.Helper()
	c := f.chooser()
	out := f.must("InitiateAuth", f.userAuth(c.name, preferred))
	return object{
		"ClientId": f.choiceClient(), "ChallengeName": out["ChallengeName"], "Session": out["Session"],
		"ChallengeResponses": with(object{"USERNAME": c.name}, responses(c, out)),
	}
}

// assertion is the response of the user's authenticator to request options.
func (f *fixture) assertion(c chooser, out object) string {
	f.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(dig(out, "ChallengeParameters", "CREDENTIAL_REQUEST_OPTIONS"))
	if err != nil {
		f.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(relyingParty, c.app, c.key, *options)
}

var relyingParty = virtualwebauthn.RelyingParty{
	ID: passkeyParty, Name: passkeyParty, Origin: "https://login." + passkeyParty,
}

// choices are the inputs of RespondToAuthChallenge in a choice-based sign-in.
var choices = map[string]func(*fixture) object{
	"a chosen password": func(f *fixture) object {
		return f.choiceResponse(nil, func(chooser, object) object {
			return object{"ANSWER": "PASSWORD", "PASSWORD": password}
		})
	},
	"a code": func(f *fixture) object {
		return f.choiceResponse(object{"PREFERRED_CHALLENGE": "EMAIL_OTP"}, func(c chooser, _ object) object {
			return object{"EMAIL_OTP_CODE": f.srv.code(f.T, f.mailbox(c.name))}
		})
	},
	"a passkey": func(f *fixture) object {
		return f.choiceResponse(object{"PREFERRED_CHALLENGE": "WEB_AUTHN"}, func(c chooser, out object) object {
			return object{"CREDENTIAL": f.assertion(c, out)}
		})
	},
	"a passkey in one step": func(f *fixture) object {
		return f.choiceResponse(nil, func(c chooser, out object) object {
			return object{"ANSWER": "WEB_AUTHN", "CREDENTIAL": f.assertion(c, out)}
		})
	},
}

// ofAdmin are the same inputs for the Admin operations.
func ofAdmin(inputs map[string]func(*fixture) object) map[string]func(*fixture) object {
	all := map[string]func(*fixture) object{}
	for name, in := range inputs {
		all[name] = func(f *fixture) object { return with(in(f), object{"UserPoolId": f.stored["choice pool"]}) }
	}
	return all
}

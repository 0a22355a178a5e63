package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"

	"github.com/descope/virtualwebauthn"
)

// Inputs of the operations on passkeys, with a third-party authenticator.

const passkeyParty = "example.com"

// keyring is the access token of a user in a pool that allows passkeys.
func (e *estate) keyring() string {
	return e.once("keyring", func() string {
		pool := dig(e.must("CreateUserPool", object{"PoolName": "passkeys",
			"Policies": object{
				"SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD", "WEB_AUTHN"}},
			}}), "UserPool", "Id")
		e.must("SetUserPoolMfaConfig",
			object{"UserPoolId": pool, "WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty}})
		client := dig(
			e.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": everyFlow}),
			"UserPoolClient", "ClientId")
		user := object{"UserPoolId": pool, "Username": "kim"}
		e.must("AdminCreateUser", with(user, object{"MessageAction": "SUPPRESS"}))
		e.must("AdminSetUserPassword", with(user, object{"Password": password, "Permanent": true}))
		out := e.must("InitiateAuth", object{
			"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": "kim", "PASSWORD": password},
		})
		return dig(out, "AuthenticationResult", "AccessToken")
	})
}

func (e *estate) onKeyring(more object) object { return with(object{"AccessToken": e.keyring()}, more) }

// newKey makes the key of a passkey. The module omits leading zeros of the
// coordinates of an elliptic curve point, which no authenticator does, so the
// key has none.
func (e *estate) newKey(kind virtualwebauthn.KeyType) virtualwebauthn.Credential {
	e.Helper()
	for kind == virtualwebauthn.KeyTypeEC2 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			e.Fatal(err)
		}
		if key.X.BitLen() <= 248 || key.Y.BitLen() <= 248 {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			e.Fatal(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(kind, der)
	}
	return virtualwebauthn.NewCredential(kind)
}

// newPasskey is an authenticator's response to a registration.
func (e *estate) newPasskey(kind virtualwebauthn.KeyType) (credential object, id string) {
	e.Helper()
	options := e.must("StartWebAuthnRegistration", e.onKeyring(nil))["CredentialCreationOptions"]
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(marshal(e.T, options)))
	if err != nil {
		e.Fatal(err)
	}
	answer := virtualwebauthn.CreateAttestationResponse(relyingParty, virtualwebauthn.NewAuthenticator(), e.newKey(kind),
		*parsed)
	credential = e.parsed(answer)
	return credential, dig(credential, "id")
}

// parsed returns the JSON object in a text.
func (e *estate) parsed(text string) (o object) {
	e.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		e.Fatal(err)
	}
	return o
}

// passkey is the id of a passkey of the user.
func (e *estate) passkey() string {
	return e.once("passkey", func() string {
		credential, id := e.newPasskey(virtualwebauthn.KeyTypeEC2)
		e.must("CompleteWebAuthnRegistration", e.onKeyring(object{"Credential": credential}))
		return id
	})
}

func registers(kind virtualwebauthn.KeyType) func(e *estate) object {
	return func(e *estate) object {
		credential, _ := e.newPasskey(kind)
		return e.onKeyring(object{"Credential": credential})
	}
}

var passkeyInputs = map[string]inputs{
	"StartWebAuthnRegistration": both(func(e *estate) object { return e.onKeyring(nil) }),
	"CompleteWebAuthnRegistration": {
		smallest: registers(virtualwebauthn.KeyTypeEC2),
		largest:  registers(virtualwebauthn.KeyTypeRSA),
	},
	"DeleteWebAuthnCredential": both(func(e *estate) object { return e.onKeyring(object{"CredentialId": e.passkey()}) }),
	"ListWebAuthnCredentials": {
		smallest: func(e *estate) object { return e.onKeyring(nil) },
		largest: func(e *estate) object {
			in := e.onKeyring(object{"MaxResults": 1})
			return with(in, object{"NextToken": e.token("ListWebAuthnCredentials", "NextToken", in, e.passkey, func() string {
				credential, id := e.newPasskey(virtualwebauthn.KeyTypeEC2)
				e.must("CompleteWebAuthnRegistration", e.onKeyring(object{"Credential": credential}))
				return id
			})})
		},
	},
}

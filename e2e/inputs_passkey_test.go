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

// passkeyAccess is the access token of a user in a pool that allows passkeys.
func (f *fixture) passkeyAccess() string {
	return f.once("passkeyAccess", func() string {
		factors := []any{"PASSWORD", "WEB_AUTHN"}
		made := f.must("CreateUserPool", object{
			"PoolName": "passkeys",
			"Policies": object{"SignInPolicy": object{"AllowedFirstAuthFactors": factors}},
		})
		pool := dig(made, "UserPool", "Id")
		f.must("SetUserPoolMfaConfig",
			object{"UserPoolId": pool, "WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty}})
		made = f.must("CreateUserPoolClient",
			object{"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": everyFlow})
		client := dig(made, "UserPoolClient", "ClientId")
		user := object{"UserPoolId": pool, "Username": "kim"}
		f.must("AdminCreateUser", with(user, object{"MessageAction": "SUPPRESS"}))
		f.must("AdminSetUserPassword", with(user, object{"Password": password, "Permanent": true}))
		out := f.must("InitiateAuth", object{
			"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": "kim", "PASSWORD": password},
		})
		return dig(out, "AuthenticationResult", "AccessToken")
	})
}

func (f *fixture) byPasskeyUser(more object) object {
	return with(object{"AccessToken": f.passkeyAccess()}, more)
}

// newKey generates the key of a passkey. The module virtualwebauthn omits leading
// zeros of the coordinates of an elliptic curve point, which no authenticator does,
// so the coordinates have none.
func (f *fixture) newKey(kind virtualwebauthn.KeyType) virtualwebauthn.Credential {
	f.Helper()
	for kind == virtualwebauthn.KeyTypeEC2 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		if key.X.BitLen() <= 248 || key.Y.BitLen() <= 248 {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			f.Fatal(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(kind, der)
	}
	return virtualwebauthn.NewCredential(kind)
}

// newPasskey is an authenticator's response to a registration.
func (f *fixture) newPasskey(kind virtualwebauthn.KeyType) (credential object, id string) {
	f.Helper()
	options := f.must("StartWebAuthnRegistration", f.byPasskeyUser(nil))["CredentialCreationOptions"]
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(marshal(f.T, options)))
	if err != nil {
		f.Fatal(err)
	}
	answer := virtualwebauthn.CreateAttestationResponse(
		relyingParty, virtualwebauthn.NewAuthenticator(), f.newKey(kind), *parsed)
	credential = f.parsed(answer)
	return credential, dig(credential, "id")
}

// parsed returns the JSON object in a text.
func (f *fixture) parsed(text string) (o object) {
	f.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		f.Fatal(err)
	}
	return o
}

// passkey is the id of a passkey of the user.
func (f *fixture) passkey() string {
	return f.once("passkey", func() string {
		credential, id := f.newPasskey(virtualwebauthn.KeyTypeEC2)
		f.must("CompleteWebAuthnRegistration", f.byPasskeyUser(object{"Credential": credential}))
		return id
	})
}

func registration(kind virtualwebauthn.KeyType) func(f *fixture) object {
	return func(f *fixture) object {
		credential, _ := f.newPasskey(kind)
		return f.byPasskeyUser(object{"Credential": credential})
	}
}

var passkeyInputs = map[string]inputs{
	"StartWebAuthnRegistration": both(func(f *fixture) object { return f.byPasskeyUser(nil) }),
	"CompleteWebAuthnRegistration": {
		smallest: registration(virtualwebauthn.KeyTypeEC2),
		largest:  registration(virtualwebauthn.KeyTypeRSA),
	},
	"DeleteWebAuthnCredential": both(func(f *fixture) object {
		return f.byPasskeyUser(object{"CredentialId": f.passkey()})
	}),
	"ListWebAuthnCredentials": {
		smallest: func(f *fixture) object { return f.byPasskeyUser(nil) },
		largest: func(f *fixture) object {
			in := f.byPasskeyUser(object{"MaxResults": 1})
			return f.secondPage("ListWebAuthnCredentials", "NextToken", in, f.passkey, func() string {
				credential, id := f.newPasskey(virtualwebauthn.KeyTypeEC2)
				f.must("CompleteWebAuthnRegistration", f.byPasskeyUser(object{"Credential": credential}))
				return id
			})
		},
	},
}

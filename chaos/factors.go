package main

import (
	"encoding/json"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// secondFactor registers an authenticator app and deletes it.
func secondFactor(s *subject, server *harness.Server) {
	access, ok := s.beginSignedIn(server)
	if !ok {
		return
	}
	token := in{"AccessToken": access}
	var made struct{ SecretCode string }
	if !s.write(server, "AssociateSoftwareToken", token, &made, nil) {
		return
	}
	secret, err := totp.ParseSecret(made.SecretCode)
	if err != nil {
		s.refused = append(s.refused, s.name+": "+err.Error())
		return
	}
	s.readAt("factor", "AdminGetUser", in{"Username": s.name}, "PreferredMfaSetting")
	on, off := in{"SoftwareTokenMfaSettings": in{"Enabled": true, "PreferredMfa": true}},
		in{"SoftwareTokenMfaSettings": in{"Enabled": false}}
	_ = s.write(server, "VerifySoftwareToken", with(token, in{"UserCode": secret.Code(time.Now())}), nil, nil) &&
		s.write(server, "AdminSetUserMFAPreference", s.user(on), nil, facts{"factor": "SOFTWARE_TOKEN_MFA"}) &&
		s.continues() &&
		s.write(server, "SetUserMFAPreference", with(token, off), nil, facts{"factor": absent}) &&
		s.write(server, "AdminDeleteSoftwareToken", s.user(), nil, nil)
}

// passkey registers a passkey and deletes it.
func passkey(s *subject, server *harness.Server) {
	s.scope = s.ledger.tracking
	access, ok := s.beginSignedIn(server)
	if !ok {
		return
	}
	token := in{"AccessToken": access}
	var options struct{ CredentialCreationOptions json.RawMessage }
	if !s.write(server, "StartWebAuthnRegistration", token, &options, nil) {
		return
	}
	key, err := passkeytest.New("https://" + relyingParty)
	if err != nil {
		s.refused = append(s.refused, s.name+": "+err.Error())
		return
	}
	credential := json.RawMessage(key.Create(options.CredentialCreationOptions))
	var list struct {
		Credentials []struct{ CredentialId string }
	}
	s.read["passkey"] = func(server *harness.Server) (string, error) {
		list.Credentials = nil
		err := server.Call("ListWebAuthnCredentials", token, &list)
		if len(list.Credentials) == 0 {
			return absent, err
		}
		return valid, err
	}
	registration := with(token, in{"Credential": credential})
	if !s.write(server, "CompleteWebAuthnRegistration", registration, nil, facts{"passkey": valid}) {
		return
	}
	if _, err := s.read["passkey"](server); err == nil && len(list.Credentials) == 1 && s.continues() {
		id := list.Credentials[0].CredentialId
		s.write(server, "DeleteWebAuthnCredential", with(token, in{"CredentialId": id}), nil, facts{"passkey": absent})
	}
}

package main

import "github.com/lifeguard-auth/lifeguard/internal/harness"

// readUse registers the use of a value that is single-use or revoked: it is invalid
// if it is refused.
func (s *subject) readUse(property, operation string, fields in, refusals ...string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		if err := server.Call(operation, fields, nil); err != nil {
			return absentAs(invalid, err, refusals...)
		}
		return valid, nil
	}
}

// watch registers the reading of the tokens of a sign-in. A refresh changes
// nothing, since the client does not rotate.
func (s *subject) watch(t tokens, parameters map[string]string) {
	s.known["access token"], s.known["refresh token"] = valid, valid
	access := t.AuthenticationResult.AccessToken
	s.readUse("access token", "GetUser", in{"AccessToken": access}, "NotAuthorizedException")
	parameters["REFRESH_TOKEN"] = t.AuthenticationResult.RefreshToken
	s.readUse("refresh token", "InitiateAuth", in{
		"ClientId": s.clientID, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters,
	}, "NotAuthorizedException")
}

// watched signs a user up and in, and watches the tokens.
func (s *subject) watched(server *harness.Server) (t tokens, ok bool) {
	if !s.begin(server) {
		return t, false
	}
	t, err := s.signIn(server, s.clientID, password)
	if err != nil {
		return t, false
	}
	s.watch(t, map[string]string{})
	return t, true
}

var bothInvalid = facts{"access token": invalid, "refresh token": invalid}

func revoke(s *subject, server *harness.Server) {
	if t, ok := s.watched(server); ok {
		s.write(server, "RevokeToken", in{"ClientId": s.clientID, "Token": t.AuthenticationResult.RefreshToken}, nil,
			bothInvalid)
	}
}

func signOut(s *subject, server *harness.Server) {
	if t, ok := s.watched(server); ok {
		s.write(server, "GlobalSignOut", in{"AccessToken": t.AuthenticationResult.AccessToken}, nil, bothInvalid)
	}
}

func adminSignOut(s *subject, server *harness.Server) {
	if _, ok := s.watched(server); ok {
		s.write(server, "AdminUserGlobalSignOut", s.user(), nil, bothInvalid)
	}
}

// rotate consumes a refresh token. Later only invalid ones are checked: a check
// would consume a valid one.
func rotate(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	t, err := s.signIn(server, s.ledger.rotatingID, password)
	if err != nil {
		return
	}
	refresh := in{"ClientId": s.ledger.rotatingID, "RefreshToken": t.AuthenticationResult.RefreshToken}
	if s.write(server, "GetTokensFromRefreshToken", refresh, nil, nil) {
		s.known["consumed token"] = invalid
		s.readUse("consumed token", "GetTokensFromRefreshToken", refresh,
			"NotAuthorizedException", "RefreshTokenReuseException")
	}
}

// confirmDevice confirms the device of a sign-in in the pool that tracks them.
// A refresh token is valid as long as its device is remembered.
func (s *subject) confirmDevice(server *harness.Server) (t tokens, ok bool) {
	s.scope = s.ledger.tracking
	if !s.begin(server) {
		return t, false
	}
	t, err := s.signIn(server, s.clientID, password)
	if err != nil {
		return t, false
	}
	key := t.AuthenticationResult.NewDeviceMetadata.DeviceKey
	s.read["device"] = func(server *harness.Server) (string, error) {
		var response struct {
			Device struct {
				DeviceAttributes []struct{ Name, Value string }
			}
		}
		if err := server.Call("AdminGetDevice", s.user(in{"DeviceKey": key}), &response); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException")
		}
		for _, a := range response.Device.DeviceAttributes {
			if a.Name == "dev:device_remembered_status" {
				return a.Value, nil
			}
		}
		return absent, nil
	}
	if !s.write(server, "ConfirmDevice", in{"AccessToken": t.AuthenticationResult.AccessToken, "DeviceKey": key}, nil,
		facts{"device": "not_remembered"}) {
		return t, false
	}
	s.watch(t, map[string]string{"DEVICE_KEY": key})
	return t, true
}

var forgotten = facts{"device": absent, "refresh token": invalid}

func device(s *subject, server *harness.Server) {
	t, ok := s.confirmDevice(server)
	if !ok {
		return
	}
	own := in{
		"AccessToken": t.AuthenticationResult.AccessToken,
		"DeviceKey":   t.AuthenticationResult.NewDeviceMetadata.DeviceKey,
	}
	_ = s.write(server, "UpdateDeviceStatus", with(own, in{"DeviceRememberedStatus": "remembered"}), nil,
		facts{"device": "remembered"}) &&
		s.continues() &&
		s.write(server, "ForgetDevice", own, nil, forgotten)
}

func adminDevice(s *subject, server *harness.Server) {
	t, ok := s.confirmDevice(server)
	if !ok {
		return
	}
	ofDevice := s.user(in{"DeviceKey": t.AuthenticationResult.NewDeviceMetadata.DeviceKey})
	_ = s.write(server, "AdminUpdateDeviceStatus", with(ofDevice, in{"DeviceRememberedStatus": "remembered"}), nil,
		facts{"device": "remembered"}) &&
		s.continues() &&
		s.write(server, "AdminForgetDevice", ofDevice, nil, forgotten)
}

// session revokes the session of a sign-in in the pool that tracks them.
func session(s *subject, server *harness.Server) {
	s.scope = s.ledger.tracking
	access, ok := s.beginSignedIn(server)
	if !ok {
		return
	}
	s.known["access token"] = valid
	s.readUse("access token", "GetUser", in{"AccessToken": access}, "NotAuthorizedException")
	var list struct{ Sessions []struct{ SessionId string } }
	if err := server.Call("ListUserSessions", in{"AccessToken": access}, &list); err != nil || len(list.Sessions) != 1 {
		return
	}
	s.write(server, "AdminRevokeUserSession", s.user(in{"SessionId": list.Sessions[0].SessionId}), nil,
		facts{"access token": invalid})
}

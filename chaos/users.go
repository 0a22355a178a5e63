package main

import (
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

func signUp(s *subject, server *harness.Server) {
	s.readAttribute("email_verified", "email_verified")
	name := in{"ClientId": s.clientID, "Username": s.name}
	if !s.signUp(server) ||
		!s.write(server, "ResendConfirmationCode", name, nil, nil) ||
		!s.write(server, "ConfirmSignUp", with(name, in{"ConfirmationCode": code}), nil,
			facts{"status": "CONFIRMED", "email_verified": "true"}) {
		return
	}
	if t, err := s.signIn(server, s.clientID, password); err == nil && s.continues() {
		s.write(server, "DeleteUser", in{"AccessToken": t.AuthenticationResult.AccessToken}, nil,
			facts{"status": absent, "email_verified": absent})
	}
}

// invite answers the challenge of a temporary password, whose Session can be used
// once.
func invite(s *subject, server *harness.Server) {
	s.readStatus()
	if !s.write(server, "AdminCreateUser", s.user(in{
		"TemporaryPassword": password, "UserAttributes": s.email(), "DesiredDeliveryMediums": []string{"EMAIL"},
	}), nil, facts{"status": "FORCE_CHANGE_PASSWORD"}) {
		return
	}
	t, err := s.signIn(server, s.clientID, password)
	if err != nil {
		return
	}
	answer := in{
		"ClientId": s.clientID, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": t.Session,
		"ChallengeResponses": map[string]string{"USERNAME": s.name, "NEW_PASSWORD": changed},
	}
	if !s.write(server, "RespondToAuthChallenge", answer, nil, facts{"status": "CONFIRMED"}) {
		return
	}
	s.readPassword()
	s.known["password"], s.known["session"] = changed, invalid
	s.readUse("session", "RespondToAuthChallenge", answer, "NotAuthorizedException")
	if s.continues() {
		s.write(server, "AdminDeleteUser", s.user(), nil, facts{"status": absent, "password": absent})
	}
}

func (s *subject) verifyEmail(server *harness.Server, address string) bool {
	s.readAttribute("email", "email")
	s.known["email"] = s.name + "@example.com" // from the sign-up
	return s.write(server, "AdminUpdateUserAttributes", s.user(in{"UserAttributes": []map[string]string{
		{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"},
	}}), nil, facts{"email": address})
}

// forgotPassword redeems a code, which can be used once.
func forgotPassword(s *subject, server *harness.Server) {
	if !s.begin(server) || !s.verifyEmail(server, s.name+"@example.com") {
		return
	}
	s.readPassword()
	name := in{"ClientId": s.clientID, "Username": s.name}
	confirm := with(name, in{"ConfirmationCode": code, "Password": changed})
	if s.write(server, "ForgotPassword", name, nil, nil) &&
		s.write(server, "ConfirmForgotPassword", confirm, nil, facts{"password": changed}) {
		s.known["reset code"] = invalid
		s.readUse("reset code", "ConfirmForgotPassword", confirm, "ExpiredCodeException", "CodeMismatchException")
	}
}

func resetPassword(s *subject, server *harness.Server) {
	if s.begin(server) && s.verifyEmail(server, s.name+"@example.com") {
		s.write(server, "AdminResetUserPassword", s.user(), nil, facts{"status": "RESET_REQUIRED"})
	}
}

func setPassword(s *subject, server *harness.Server) {
	if s.begin(server) {
		s.readPassword()
		s.write(server, "AdminSetUserPassword", s.user(in{"Password": changed, "Permanent": true}), nil,
			facts{"password": changed})
	}
}

func changePassword(s *subject, server *harness.Server) {
	if access, ok := s.beginSignedIn(server); ok {
		s.readPassword()
		s.write(server, "ChangePassword", in{
			"AccessToken": access, "PreviousPassword": password, "ProposedPassword": changed,
		}, nil, facts{"password": changed})
	}
}

func attributes(s *subject, server *harness.Server) {
	access, ok := s.beginSignedIn(server)
	if !ok {
		return
	}
	s.readAttribute("nickname", "nickname")
	s.readAttribute("locale", "locale")
	token := in{"AccessToken": access}
	update := with(token, in{"UserAttributes": []map[string]string{
		{"Name": "nickname", "Value": "nick"}, {"Name": "locale", "Value": "fr"},
	}})
	deletion := func(name string) in { return in{"UserAttributeNames": []string{name}} }
	_ = s.write(server, "UpdateUserAttributes", update, nil, facts{"nickname": "nick", "locale": "fr"}) &&
		s.write(server, "DeleteUserAttributes", with(token, deletion("nickname")), nil, facts{"nickname": absent}) &&
		s.write(server, "AdminDeleteUserAttributes", s.user(deletion("locale")), nil, facts{"locale": absent}) &&
		s.moveAlias(server)
}

// moveAlias changes the verified address with which the user signs in.
func (s *subject) moveAlias(server *harness.Server) bool {
	address := s.name + "@example.org"
	s.read["alias"] = func(server *harness.Server) (string, error) {
		var user struct{ Username string }
		if err := server.Call("AdminGetUser", s.inPool(in{"Username": address}), &user); err != nil {
			return absentAs(absent, err, "UserNotFoundException")
		}
		return user.Username, nil
	}
	return s.verifyEmail(server, address)
}

func verifyAttribute(s *subject, server *harness.Server) {
	access, ok := s.beginSignedIn(server)
	if !ok {
		return
	}
	s.readAttribute("email_verified", "email_verified")
	token := in{"AccessToken": access, "AttributeName": "email"}
	_ = s.write(server, "GetUserAttributeVerificationCode", token, nil, nil) &&
		s.write(server, "VerifyUserAttribute", with(token, in{"Code": code}), nil, facts{"email_verified": "true"})
}

func disable(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.readAt("enabled", "AdminGetUser", in{"Username": s.name}, "Enabled")
	s.known["enabled"] = "true"
	_ = s.write(server, "AdminDisableUser", s.user(), nil, facts{"enabled": "false"}) &&
		s.continues() &&
		s.write(server, "AdminEnableUser", s.user(), nil, facts{"enabled": "true"})
}

func membership(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	name := in{"GroupName": "g-" + s.name}
	s.read["member"] = func(server *harness.Server) (string, error) {
		var list struct{ Groups []struct{ GroupName string } }
		err := server.Call("AdminListGroupsForUser", s.user(), &list)
		if len(list.Groups) == 0 {
			return absent, err
		}
		return valid, err
	}
	_ = s.write(server, "CreateGroup", s.inPool(name), nil, nil) &&
		s.write(server, "AdminAddUserToGroup", s.user(name), nil, facts{"member": valid}) &&
		s.continues() &&
		s.write(server, "AdminRemoveUserFromGroup", s.user(name), nil, facts{"member": absent})
}

// link links an identity of the pool's provider.
func link(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.read["identity"] = func(server *harness.Server) (string, error) {
		var user struct {
			UserAttributes []struct{ Name, Value string }
		}
		err := server.Call("AdminGetUser", s.user(), &user)
		for _, a := range user.UserAttributes {
			if a.Name == "identities" && strings.Contains(a.Value, "at-"+s.name) {
				return valid, err
			}
		}
		return absent, err
	}
	identity := in{
		"ProviderName": provider, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "at-" + s.name,
	}
	_ = s.write(server, "AdminLinkProviderForUser", s.inPool(in{
		"DestinationUser": in{"ProviderName": "Cognito", "ProviderAttributeValue": s.name}, "SourceUser": identity,
	}), nil, facts{"identity": valid}) &&
		s.continues() &&
		s.write(server, "AdminDisableProviderForUser", s.inPool(in{"User": identity}), nil, facts{"identity": absent})
}

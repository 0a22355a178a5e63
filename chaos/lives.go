package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

const (
	password = "Chaos-Passw0rd"
	changed  = "Changed-Passw0rd"
	code     = "123456" // every delivered code
)

// lives are the kinds of subjects. Each is a series of writes that ends at the
// first one whose outcome is not known.
var lives = []func(*subject, *harness.Server){
	signUp, forgotPassword, setPassword, changePassword, attributes, revoke, rotate, signOut, disable, memberships,
	secondFactor, client, resourceServer, pool,
}

// operations are the writes of all lives.
var operations = []string{
	"AdminAddUserToGroup",
	"AdminConfirmSignUp",
	"AdminDeleteUser",
	"AdminDisableUser",
	"AdminEnableUser",
	"AdminRemoveUserFromGroup",
	"AdminSetUserMFAPreference",
	"AdminSetUserPassword",
	"AdminUpdateUserAttributes",
	"AssociateSoftwareToken",
	"ChangePassword",
	"ConfirmForgotPassword",
	"ConfirmSignUp",
	"CreateGroup",
	"CreateResourceServer",
	"CreateUserPool",
	"CreateUserPoolClient",
	"DeleteGroup",
	"DeleteResourceServer",
	"DeleteUserAttributes",
	"DeleteUserPool",
	"DeleteUserPoolClient",
	"ForgotPassword",
	"GetTokensFromRefreshToken",
	"GlobalSignOut",
	"RevokeToken",
	"SignUp",
	"TagResource",
	"UntagResource",
	"UpdateResourceServer",
	"UpdateUserAttributes",
	"UpdateUserPool",
	"UpdateUserPoolClient",
	"VerifySoftwareToken",
}

type in = map[string]any

func (s *subject) user(more in) in { return s.inPool(in{"Username": s.name}, more) }

func (s *subject) inPool(fields, more in) in {
	all := in{"UserPoolId": s.ledger.poolID}
	for _, m := range []in{fields, more} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// absentAs makes a value of the answer that a thing does not exist.
func absentAs(value string, err error, types ...string) (string, error) {
	var no *harness.Refusal
	if errors.As(err, &no) {
		for _, t := range types {
			if no.Type == t {
				return value, nil
			}
		}
	}
	return "", err
}

type userAnswer struct {
	UserStatus           string
	Enabled              bool
	UserAttributes       []struct{ Name, Value string }
	UserMFASettingList   []string
	UserLastModifiedDate float64
	PreferredMfaSetting  string
}

func (s *subject) readUser(property string, value func(userAnswer) string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		var u userAnswer
		if err := server.Call("AdminGetUser", s.user(nil), &u); err != nil {
			return absentAs(absent, err, "UserNotFoundException")
		}
		return value(u), nil
	}
}

func (u userAnswer) attribute(name string) string {
	for _, a := range u.UserAttributes {
		if a.Name == name {
			return a.Value
		}
	}
	return absent
}

// begin signs a user up and confirms it.
func (s *subject) begin(server *harness.Server) bool {
	s.readUser("status", func(u userAnswer) string { return u.UserStatus })
	return s.write(server, "SignUp", in{
		"ClientId": s.ledger.clientID, "Username": s.name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": s.name + "@example.com"}},
	}, nil, facts{"status": "UNCONFIRMED"}) &&
		s.write(server, "AdminConfirmSignUp", s.user(nil), nil, facts{"status": "CONFIRMED"})
}

type tokens struct {
	AuthenticationResult struct{ AccessToken, RefreshToken string }
}

// signIn is not a write that the ledger counts.
func (s *subject) signIn(server *harness.Server, clientID, username, password string) (t tokens, err error) {
	err = server.Call("InitiateAuth", in{
		"ClientId": clientID, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": username, "PASSWORD": password},
	}, &t)
	return t, err
}

// readPassword tells which of the two passwords signs in.
func (s *subject) readPassword() {
	s.known["password"] = password
	s.read["password"] = func(server *harness.Server) (string, error) {
		for _, p := range []string{password, changed} {
			_, err := s.signIn(server, s.ledger.clientID, s.name, p)
			if err == nil {
				return p, nil
			}
			if _, err = absentAs("", err, "NotAuthorizedException"); err != nil {
				return "", err
			}
		}
		return absent, nil
	}
}

func signUp(s *subject, server *harness.Server) {
	s.readUser("status", func(u userAnswer) string { return u.UserStatus })
	s.readUser("email_verified", func(u userAnswer) string {
		if u.attribute("email_verified") == "true" {
			return "true"
		}
		return absent
	})
	_ = s.write(server, "SignUp", in{
		"ClientId": s.ledger.clientID, "Username": s.name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": s.name + "@example.com"}},
	}, nil, facts{"status": "UNCONFIRMED"}) &&
		s.write(server, "ConfirmSignUp", in{"ClientId": s.ledger.clientID, "Username": s.name, "ConfirmationCode": code}, nil,
			facts{"status": "CONFIRMED", "email_verified": "true"}) &&
		s.write(server, "AdminDeleteUser", s.user(nil), nil, facts{"status": absent, "email_verified": absent})
}

func (s *subject) verifyEmail(server *harness.Server, address string) bool {
	s.readUser("email", func(u userAnswer) string { return u.attribute("email") })
	s.known["email"] = s.name + "@example.com" // from the sign-up
	// The alias finds the user, and signs in with its password.
	s.read["alias"] = func(server *harness.Server) (string, error) {
		if _, err := s.signIn(server, s.ledger.clientID, address, password); err != nil {
			return absentAs(absent, err, "NotAuthorizedException", "UserNotFoundException")
		}
		return live, nil
	}
	return s.write(server, "AdminUpdateUserAttributes", s.user(in{"UserAttributes": []map[string]string{
		{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"},
	}}), nil, facts{"email": address, "alias": live})
}

func forgotPassword(s *subject, server *harness.Server) {
	if !s.begin(server) || !s.verifyEmail(server, s.name+"@example.com") {
		return
	}
	delete(s.known, "alias") // it signs in with the first password
	s.readPassword()
	name := in{"ClientId": s.ledger.clientID, "Username": s.name}
	_ = s.write(server, "ForgotPassword", name, nil, nil) &&
		s.write(server, "ConfirmForgotPassword", in{
			"ClientId": s.ledger.clientID, "Username": s.name, "ConfirmationCode": code, "Password": changed,
		}, nil, facts{"password": changed})
}

func setPassword(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.readPassword()
	s.write(server, "AdminSetUserPassword", s.user(in{"Password": changed, "Permanent": true}), nil,
		facts{"password": changed})
}

func changePassword(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.readPassword()
	if t, err := s.signIn(server, s.ledger.clientID, s.name, password); err == nil {
		s.write(server, "ChangePassword", in{
			"AccessToken": t.AuthenticationResult.AccessToken, "PreviousPassword": password, "ProposedPassword": changed,
		}, nil, facts{"password": changed})
	}
}

func attributes(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.readUser("nickname", func(u userAnswer) string { return u.attribute("nickname") })
	if t, err := s.signIn(server, s.ledger.clientID, s.name, password); err == nil {
		access := t.AuthenticationResult.AccessToken
		_ = s.write(server, "UpdateUserAttributes", in{
			"AccessToken": access, "UserAttributes": []map[string]string{{"Name": "nickname", "Value": "nick"}},
		}, nil, facts{"nickname": "nick"}) &&
			s.write(server, "DeleteUserAttributes", in{"AccessToken": access, "UserAttributeNames": []string{"nickname"}}, nil,
				facts{"nickname": absent}) &&
			s.verifyEmail(server, s.name+"@example.org")
	}
}

// session signs in and follows the tokens that it got.
func (s *subject) session(server *harness.Server, clientID string) (t tokens, ok bool) {
	if !s.begin(server) {
		return t, false
	}
	t, err := s.signIn(server, clientID, s.name, password)
	if err != nil {
		return t, false
	}
	s.known["access token"], s.known["refresh token"] = live, live
	s.readAccess("access token", t.AuthenticationResult.AccessToken)
	s.readRefresh("refresh token", clientID, t.AuthenticationResult.RefreshToken)
	return t, true
}

func (s *subject) readAccess(property, token string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		if err := server.Call("GetUser", in{"AccessToken": token}, nil); err != nil {
			return absentAs(dead, err, "NotAuthorizedException")
		}
		return live, nil
	}
}

// readRefresh is for clients without rotation, where it changes nothing.
func (s *subject) readRefresh(property, clientID, token string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		if err := server.Call("InitiateAuth", in{
			"ClientId": clientID, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": map[string]string{"REFRESH_TOKEN": token},
		}, nil); err != nil {
			return absentAs(dead, err, "NotAuthorizedException")
		}
		return live, nil
	}
}

var bothDead = facts{"access token": dead, "refresh token": dead}

func revoke(s *subject, server *harness.Server) {
	if t, ok := s.session(server, s.ledger.clientID); ok {
		s.write(server, "RevokeToken", in{
			"ClientId": s.ledger.clientID, "Token": t.AuthenticationResult.RefreshToken,
		}, nil, bothDead)
	}
}

func signOut(s *subject, server *harness.Server) {
	if t, ok := s.session(server, s.ledger.clientID); ok {
		s.write(server, "GlobalSignOut", in{"AccessToken": t.AuthenticationResult.AccessToken}, nil, bothDead)
	}
}

// rotate spends a refresh token. Only dead ones are looked at afterwards: to
// look at one that lives would spend it.
func rotate(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	t, err := s.signIn(server, s.ledger.rotatingID, s.name, password)
	if err != nil {
		return
	}
	spent := in{"ClientId": s.ledger.rotatingID, "RefreshToken": t.AuthenticationResult.RefreshToken}
	if !s.write(server, "GetTokensFromRefreshToken", spent, nil, nil) {
		return
	}
	s.known["spent token"] = dead
	s.read["spent token"] = func(server *harness.Server) (string, error) {
		if err := server.Call("GetTokensFromRefreshToken", spent, nil); err != nil {
			return absentAs(dead, err, "NotAuthorizedException", "RefreshTokenReuseException")
		}
		return live, nil
	}
}

func disable(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	s.readUser("enabled", func(u userAnswer) string { return strconv.FormatBool(u.Enabled) })
	s.known["enabled"] = "true"
	_ = s.write(server, "AdminDisableUser", s.user(nil), nil, facts{"enabled": "false"}) &&
		s.ledger.flip() &&
		s.write(server, "AdminEnableUser", s.user(nil), nil, facts{"enabled": "true"})
}

// flip lets about half of the subjects go on.
func (l *ledger) flip() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chance.IntN(2) == 0
}

func memberships(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	group := "g-" + s.name
	s.read["group"] = s.exists("GetGroup", in{"GroupName": group})
	s.read["member"] = func(server *harness.Server) (string, error) {
		var list struct{ Groups []struct{ GroupName string } }
		err := server.Call("AdminListGroupsForUser", s.user(nil), &list)
		if len(list.Groups) == 0 {
			return absent, err
		}
		return list.Groups[0].GroupName, err
	}
	_ = s.write(server, "CreateGroup", s.inPool(in{"GroupName": group}, nil), nil, facts{"group": live}) &&
		s.write(server, "AdminAddUserToGroup", s.user(in{"GroupName": group}), nil, facts{"member": group}) &&
		s.ledger.flip() &&
		s.write(server, "AdminRemoveUserFromGroup", s.user(in{"GroupName": group}), nil, facts{"member": absent}) &&
		s.ledger.flip() &&
		s.write(server, "DeleteGroup", s.inPool(in{"GroupName": group}, nil), nil, facts{"group": absent})
}

// exists reads whether an operation finds something in the pool.
func (s *subject) exists(operation string, fields in) func(*harness.Server) (string, error) {
	return func(server *harness.Server) (string, error) {
		if err := server.Call(operation, s.inPool(fields, nil), nil); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException")
		}
		return live, nil
	}
}

func secondFactor(s *subject, server *harness.Server) {
	if !s.begin(server) {
		return
	}
	t, err := s.signIn(server, s.ledger.clientID, s.name, password)
	if err != nil {
		return
	}
	access := t.AuthenticationResult.AccessToken
	var made struct{ SecretCode string }
	if !s.write(server, "AssociateSoftwareToken", in{"AccessToken": access}, &made, nil) {
		return
	}
	secret, err := totp.ParseSecret(made.SecretCode)
	if err != nil {
		s.refused = append(s.refused, s.name+": "+err.Error())
		return
	}
	s.readUser("factors", func(u userAnswer) string {
		if len(u.UserMFASettingList) == 0 {
			return absent
		}
		return strings.Join(u.UserMFASettingList, ",")
	})
	_ = s.write(server, "VerifySoftwareToken", in{"AccessToken": access, "UserCode": secret.Code(time.Now())}, nil, nil) &&
		s.write(server, "AdminSetUserMFAPreference", s.user(in{
			"SoftwareTokenMfaSettings": in{"Enabled": true, "PreferredMfa": true},
		}), nil, facts{"factors": "SOFTWARE_TOKEN_MFA"})
}

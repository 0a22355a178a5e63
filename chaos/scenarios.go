package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

const (
	password = "Chaos-Passw0rd"
	changed  = "Changed-Passw0rd"
	code     = "123456" // every delivered code
)

// scenario is a kind of subject: a series of writes that ends at the first one with
// an unknown outcome. In a long run every operation must be acknowledged.
type scenario struct {
	run        func(*subject, *harness.Server)
	operations []string
}

// scenarios are used in turn. Left out are access keys, quotas and rotations of
// keys, which the command writes, and rates, which apply to a whole account; UI
// customizations, log deliveries and replicas, which are stored like other
// resources; lock-outs and counted attempts, which no response acknowledges; client
// id metadata documents, which are only cached; rounds of custom sign-ins, which
// need functions; and recovery codes, which are off by default.
var scenarios = []scenario{
	{signUp, []string{"SignUp", "ResendConfirmationCode", "ConfirmSignUp", "DeleteUser"}},
	{invite, []string{"AdminCreateUser", "RespondToAuthChallenge", "AdminDeleteUser"}},
	{forgotPassword,
		[]string{"AdminConfirmSignUp", "AdminUpdateUserAttributes", "ForgotPassword", "ConfirmForgotPassword"}},
	{resetPassword, []string{"AdminResetUserPassword"}},
	{setPassword, []string{"AdminSetUserPassword"}},
	{changePassword, []string{"ChangePassword"}},
	{attributes, []string{"UpdateUserAttributes", "DeleteUserAttributes", "AdminDeleteUserAttributes"}},
	{verifyAttribute, []string{"GetUserAttributeVerificationCode", "VerifyUserAttribute"}},
	{disable, []string{"AdminDisableUser", "AdminEnableUser"}},
	{membership, []string{"AdminAddUserToGroup", "AdminRemoveUserFromGroup"}},
	{link, []string{"AdminLinkProviderForUser", "AdminDisableProviderForUser"}},
	{revoke, []string{"RevokeToken"}},
	{signOut, []string{"GlobalSignOut"}},
	{adminSignOut, []string{"AdminUserGlobalSignOut"}},
	{rotate, []string{"GetTokensFromRefreshToken"}},
	{authorize, []string{logIn, redeem, refresh, revokeFamily}},
	{pageSession, []string{logOut}},
	{pushRequest, []string{push, answerPushed}},
	{connectDevice, []string{startDevice, approveDevice, denyDevice, redeemDevice}},
	{registerClient, []string{register}},
	{extensions, []string{extend}},
	{device, []string{"ConfirmDevice", "UpdateDeviceStatus", "ForgetDevice"}},
	{adminDevice, []string{"AdminUpdateDeviceStatus", "AdminForgetDevice"}},
	{session, []string{"AdminRevokeUserSession"}},
	{secondFactor, []string{
		"AssociateSoftwareToken", "VerifySoftwareToken", "AdminSetUserMFAPreference", "SetUserMFAPreference",
		"AdminDeleteSoftwareToken",
	}},
	{passkey, []string{"StartWebAuthnRegistration", "CompleteWebAuthnRegistration", "DeleteWebAuthnCredential"}},
	group.scenario(), resourceServer.scenario(), identityProvider.scenario(), client.scenario(),
	{brandClient, []string{
		"CreateManagedLoginBranding", "UpdateManagedLoginBranding", "DeleteManagedLoginBranding",
		"CreateTerms", "UpdateTerms", "DeleteTerms", "SetRiskConfiguration",
		"AddUserPoolClientSecret", "DeleteUserPoolClientSecret",
	}},
	{pool, []string{"CreateUserPool", "TagResource", "UpdateUserPool", "UntagResource", "DeleteUserPool"}},
	{settings, []string{
		"SetUserPoolMfaConfig", "AddCustomAttributes",
		"CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain",
	}},
}

// operations are the writes of all scenarios.
func operations() (names []string) {
	for _, s := range scenarios {
		names = append(names, s.operations...)
	}
	slices.Sort(names)
	return names
}

type in = map[string]any

// with returns a request with the members of all arguments.
func with[M ~map[string]V, V any](members ...M) M {
	all := M{}
	for _, m := range members {
		maps.Copy(all, m)
	}
	return all
}

func (s *subject) inPool(members ...in) in {
	return with(append(members, in{"UserPoolId": s.poolID})...)
}

func (s *subject) user(members ...in) in { return s.inPool(append(members, in{"Username": s.name})...) }

// absentAs returns value if the error is one of the types, which mean that
// something does not exist.
func absentAs(value string, err error, types ...string) (string, error) {
	var refusal *harness.Refusal
	if errors.As(err, &refusal) {
		for _, t := range types {
			if refusal.Type == t {
				return value, nil
			}
		}
	}
	return "", err
}

// at follows a path into a response; a missing value is absent.
func at(response any, path ...string) string {
	for _, name := range path {
		object, _ := response.(map[string]any)
		response = object[name]
	}
	if response == nil {
		return absent
	}
	return fmt.Sprint(response)
}

// readAt registers the reading of one member of a response.
func (s *subject) readAt(property, operation string, fields in, path ...string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		var response any
		if err := server.Call(operation, s.inPool(fields), &response); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException", "UserNotFoundException")
		}
		return at(response, path...), nil
	}
}

// readAttribute registers the reading of an attribute of the user.
func (s *subject) readAttribute(property, name string) {
	s.read[property] = func(server *harness.Server) (string, error) {
		var user struct {
			UserAttributes []struct{ Name, Value string }
		}
		if err := server.Call("AdminGetUser", s.user(), &user); err != nil {
			return absentAs(absent, err, "UserNotFoundException")
		}
		for _, a := range user.UserAttributes {
			if a.Name == name {
				return a.Value, nil
			}
		}
		return absent, nil
	}
}

func (s *subject) readStatus() {
	s.readAt("status", "AdminGetUser", in{"Username": s.name}, "UserStatus")
}

// email is the address of the sign-up.
func (s *subject) email() []map[string]string {
	return []map[string]string{{"Name": "email", "Value": s.name + "@example.com"}}
}

func (s *subject) signUp(server *harness.Server) bool {
	s.readStatus()
	return s.write(server, "SignUp", in{
		"ClientId": s.clientID, "Username": s.name, "Password": password, "UserAttributes": s.email(),
	}, nil, facts{"status": "UNCONFIRMED"})
}

// begin signs a user up and confirms it.
func (s *subject) begin(server *harness.Server) bool {
	return s.signUp(server) && s.write(server, "AdminConfirmSignUp", s.user(), nil, facts{"status": "CONFIRMED"})
}

type tokens struct {
	Session              string
	AuthenticationResult struct {
		AccessToken, RefreshToken string
		NewDeviceMetadata         struct{ DeviceKey string }
	}
}

// signIn is not a write that the ledger counts.
func (s *subject) signIn(server *harness.Server, clientID, password string) (t tokens, err error) {
	err = server.Call("InitiateAuth", in{
		"ClientId": clientID, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": s.name, "PASSWORD": password},
	}, &t)
	return t, err
}

// beginSignedIn signs a user up and in, and returns the access token.
func (s *subject) beginSignedIn(server *harness.Server) (access string, ok bool) {
	if !s.begin(server) {
		return "", false
	}
	t, err := s.signIn(server, s.clientID, password)
	return t.AuthenticationResult.AccessToken, err == nil
}

// readPassword registers the reading of which of the two passwords is valid.
func (s *subject) readPassword() {
	s.known["password"] = password
	s.read["password"] = func(server *harness.Server) (string, error) {
		for _, p := range []string{password, changed} {
			_, err := s.signIn(server, s.clientID, p)
			if err == nil {
				return p, nil
			}
			if _, err = absentAs("", err, "NotAuthorizedException", "UserNotFoundException"); err != nil {
				return "", err
			}
		}
		return absent, nil
	}
}

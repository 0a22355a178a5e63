package awsapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// accessToken signs a user in.
func (w *world) accessToken(client, name string) any {
	w.t.Helper()
	out, refused := w.signIn(client, name, "Right-Passw0rd")
	if refused != "" {
		w.t.Fatal(refused)
	}
	return at(out, "AuthenticationResult.AccessToken")
}

// pairs returns attributes as a request has them, sorted by name.
func pairs(attributes map[string]string) (list []object) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		list = append(list, object{"Name": name, "Value": attributes[name]})
	}
	return list
}

// attributes returns the attributes of AdminGetUser, without the sub.
func (w *world) attributes(pool, name string) map[string]string {
	w.t.Helper()
	found := map[string]string{}
	user := w.must("AdminGetUser", object{"UserPoolId": pool, "Username": name})
	for _, a := range user["UserAttributes"].([]any) {
		a := a.(object)
		found[a["Name"].(string)] = a["Value"].(string)
	}
	delete(found, "sub")
	return found
}

// has requires a user to have exactly these attributes and a sub.
func (w *world) has(pool, name string, want map[string]string) {
	w.t.Helper()
	if got := w.attributes(pool, name); !maps.Equal(got, want) {
		w.t.Errorf("%s has %v, want %v", name, got, want)
	}
}

// everyKind is a schema with one attribute of each kind.
var everyKind = object{"Schema": []object{
	{"Name": "family_name", "AttributeDataType": "String", "Required": true, "Mutable": true},
	{
		"Name": "team", "AttributeDataType": "String", "Mutable": true,
		"StringAttributeConstraints": object{"MinLength": "2", "MaxLength": "5"},
	},
	{
		"Name": "level", "AttributeDataType": "Number", "Mutable": true,
		"NumberAttributeConstraints": object{"MinValue": "1", "MaxValue": "9"},
	},
	{"Name": "born", "AttributeDataType": "String", "Mutable": false},
	{"Name": "rank", "AttributeDataType": "String", "Mutable": true, "DeveloperOnlyAttribute": true},
}}

func TestUserAttributes(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(everyKind, nil)
	if _, refused := w.signUp(client, "ann",
		object{"email": "ann@example.com", "family_name": "Lee", "custom:born": "here"}); refused != "" {
		t.Fatal(refused)
	}
	w.must("ConfirmSignUp", object{"ClientId": client, "Username": "ann", "ConfirmationCode": code})
	token := w.accessToken(client, "ann")
	own := func(attributes map[string]string) object {
		return object{"AccessToken": token, "UserAttributes": pairs(attributes)}
	}
	admin := func(attributes map[string]string) object {
		return object{"UserPoolId": pool, "Username": "ann", "UserAttributes": pairs(attributes)}
	}
	updated := w.must("UpdateUserAttributes",
		own(map[string]string{"custom:team": "red", "custom:level": "3", "gender": "f"}))
	sameJSON(t, "UpdateUserAttributes", updated, object{"CodeDeliveryDetailsList": []any{}})
	updated = w.must("AdminUpdateUserAttributes", admin(map[string]string{"dev:custom:rank": "high", "gender": "x"}))
	sameJSON(t, "AdminUpdateUserAttributes", updated, object{})
	whole := map[string]string{
		"email": "ann@example.com", "email_verified": "true", "family_name": "Lee", "custom:born": "here",
		"custom:team": "red", "custom:level": "3", "gender": "x", "dev:custom:rank": "high",
	}
	w.has(pool, "ann", whole)

	const invalid = "InvalidParameterException: "
	const schema = invalid + "Attributes did not conform to the schema: "
	const unauthorized = "NotAuthorizedException: A client attempted to write unauthorized attribute"
	for _, c := range []struct{ name, value, own, admin string }{
		{"custom:none", "1", schema + "custom:none: Attribute does not exist in the schema.\n",
			"InvalidParameterException: user.custom:none: Attribute does not exist in the schema.\n"},
		{"username", "1", schema + "username: Attribute does not exist in the schema.\n",
			"InvalidParameterException: user.username: Attribute does not exist in the schema.\n"},
		{"custom:born", "there", "InvalidParameterException: user.custom:born: Attribute cannot be updated.\n",
			"InvalidParameterException: user.custom:born: Attribute cannot be updated.\n"},
		{"sub", "x", unauthorized, "InvalidParameterException: user.sub: Attribute cannot be updated.\n"},
		{"custom:team", "purple", schema + "custom:team: String must be no longer than 5 characters.\n",
			"InvalidParameterException: user.custom:team: String must be no longer than 5 characters.\n"},
		{"custom:level", "10", schema + "custom:level: Number must be no greater than 9.\n",
			"InvalidParameterException: user.custom:level: Number must be no greater than 9.\n"},
		{"email", "nowhere", invalid + "Invalid email address format.", invalid + "Invalid email address format."},
		{"phone_number", "0170", invalid + "Invalid phone number format.", invalid + "Invalid phone number format."},
		{"family_name", "", schema + "family_name: The attribute is required\n",
			"InvalidParameterException: user.family_name: The attribute is required\n"},
		{"email_verified", "true", unauthorized, ""},
		{"phone_number_verified", "true", unauthorized,
			"InvalidParameterException: Phone Number is required to verify/un-verify a phone number"},
		{"dev:custom:rank", "low", unauthorized, ""},
		{"identities", "[]", unauthorized,
			"InvalidParameterException: user.identities: Attribute does not exist in the schema.\n"},
	} {
		w.refusal("UpdateUserAttributes", own(map[string]string{c.name: c.value, "gender": "d"}), c.own)
		w.refusal("AdminUpdateUserAttributes", admin(map[string]string{c.name: c.value}), c.admin)
	}
	whole["dev:custom:rank"] = "low"
	w.has(pool, "ann", whole)

	remove := func(names ...string) object { return object{"AccessToken": token, "UserAttributeNames": names} }
	adminRemove := func(names ...string) object {
		return object{"UserPoolId": pool, "Username": "ann", "UserAttributeNames": names}
	}
	w.refusal("DeleteUserAttributes", remove("gender", "family_name"),
		schema+"family_name: The attribute is required\n")
	w.refusal("DeleteUserAttributes", remove("custom:none"),
		schema+"custom:none: Attribute does not exist in the schema.\n")
	w.refusal("DeleteUserAttributes", remove("custom:born"),
		"InvalidParameterException: user.custom:born: Attribute cannot be updated.\n")
	w.refusal("DeleteUserAttributes", remove("dev:custom:rank"), unauthorized)
	w.refusal("DeleteUserAttributes", remove("email_verified"), unauthorized)
	w.refusal("AdminDeleteUserAttributes", adminRemove("family_name"),
		"InvalidParameterException: user.family_name: The attribute is required\n")
	w.refusal("AdminDeleteUserAttributes", adminRemove("sub"),
		"InvalidParameterException: user.sub: Attribute cannot be updated.\n")
	w.must("DeleteUserAttributes", remove("gender", "email"))
	w.must("AdminDeleteUserAttributes", adminRemove("dev:custom:rank", "custom:team", "nickname"))
	w.has(pool, "ann", map[string]string{"family_name": "Lee", "custom:born": "here", "custom:level": "3"})
}

// Which attributes can be written depends only on the client of the token.
func TestWriteAttributesOfTheClient(t *testing.T) {
	w := newWorld(t)
	pool, wide := w.mailPool(nil, nil)
	narrow := w.client(pool, object{
		"WriteAttributes":   []string{"email", "nickname"},
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	w.confirmed(wide, "ann")
	const unauthorized = "NotAuthorizedException: A client attempted to write unauthorized attribute"
	token := w.accessToken(narrow, "ann")
	w.refusal("UpdateUserAttributes",
		object{"AccessToken": token, "UserAttributes": pairs(map[string]string{"name": "Ann"})}, unauthorized)
	w.refusal("DeleteUserAttributes",
		object{"AccessToken": token, "UserAttributeNames": []string{"name"}}, unauthorized)
	w.must("UpdateUserAttributes",
		object{"AccessToken": token, "UserAttributes": pairs(map[string]string{"nickname": "A"})})
	w.must("UpdateUserAttributes",
		object{"AccessToken": w.accessToken(wide, "ann"), "UserAttributes": pairs(map[string]string{"name": "Ann"})})
	w.must("AdminUpdateUserAttributes",
		object{"UserPoolId": pool, "Username": "ann", "UserAttributes": pairs(map[string]string{"gender": "f"})})
	w.has(pool, "ann", map[string]string{
		"email": "ann@example.com", "email_verified": "true", "nickname": "A", "name": "Ann", "gender": "f",
	})
}

func TestVerifyUserAttribute(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(object{
		"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []string{"email"}},
	}, nil)
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	const noCode = "ExpiredCodeException: Invalid code provided, please request a code again."
	verify := object{"AccessToken": token, "AttributeName": "email", "Code": code}
	w.refusal("VerifyUserAttribute", verify, noCode)
	out := w.must("UpdateUserAttributes",
		object{"AccessToken": token, "UserAttributes": pairs(map[string]string{"email": "new@example.com"})})
	if got := asJSON(t, out); got != `{"CodeDeliveryDetailsList":[{"AttributeName":"email","DeliveryMedium":"EMAIL",`+
		`"Destination":"n***@e***"}]}` {
		t.Errorf("the delivery is %s", got)
	}
	w.has(pool, "ann", map[string]string{"email": "ann@example.com", "email_verified": "true"})
	out = w.must("GetUserAttributeVerificationCode", object{"AccessToken": token, "AttributeName": "email"})
	if got := asJSON(t, out); got != `{"CodeDeliveryDetails":{"AttributeName":"email","DeliveryMedium":"EMAIL",`+
		`"Destination":"n***@e***"}}` {
		t.Errorf("the second delivery is %s", got)
	}
	const invalidName = "InvalidParameterException: " +
		"Invalid attribute name. Only phone_number and email can be verified."
	w.refusal("GetUserAttributeVerificationCode", object{"AccessToken": token, "AttributeName": "name"}, invalidName)
	w.refusal("VerifyUserAttribute", with(verify, object{"AttributeName": "email_verified"}), invalidName)
	w.refusal("GetUserAttributeVerificationCode", object{"AccessToken": token, "AttributeName": "phone_number"},
		"InvalidParameterException: User does not have the attribute phone_number to verify.")
	w.refusal("VerifyUserAttribute", with(verify, object{"Code": "000000"}),
		"CodeMismatchException: Invalid verification code provided, please try again.")
	w.refusal("VerifyUserAttribute", with(verify, object{"AttributeName": "phone_number"}), noCode)
	if out := w.must("VerifyUserAttribute", verify); asJSON(t, out) != `{}` {
		t.Errorf("verified: %v", out)
	}
	w.has(pool, "ann", map[string]string{"email": "new@example.com", "email_verified": "true"})
	w.refusal("VerifyUserAttribute", verify, noCode)
}

// The limits of codes per hour, with their messages.
func TestAttributeCodeLimits(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	const limit = "LimitExceededException: Attempt limit exceeded, please try after some time."
	in := object{"AccessToken": token, "AttributeName": "email"}
	for range 5 {
		w.must("GetUserAttributeVerificationCode", in)
	}
	w.refusal("GetUserAttributeVerificationCode", in, limit)
	for range 15 {
		w.refusal("VerifyUserAttribute", with(in, object{"Code": "000000"}),
			"CodeMismatchException: Invalid verification code provided, please try again.")
	}
	w.refusal("VerifyUserAttribute", with(in, object{"Code": code}), limit)
}

// In a pool with e-mail addresses as usernames, a new address is the new name.
func TestRenamingByAttribute(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(object{"UsernameAttributes": []string{"email"}}, nil)
	for _, name := range []string{"ann@example.com", "bob@example.com"} {
		if _, refused := w.signUp(client, name, nil); refused != "" {
			t.Fatal(refused)
		}
		w.must("ConfirmSignUp", object{"ClientId": client, "Username": name, "ConfirmationCode": code})
	}
	token := w.accessToken(client, "ann@example.com")
	set := func(email string) object {
		return object{"AccessToken": token, "UserAttributes": pairs(map[string]string{"email": email})}
	}
	const taken = "AliasExistsException: An account with the given email already exists."
	w.refusal("UpdateUserAttributes", set("bob@example.com"), taken)
	w.refusal("AdminUpdateUserAttributes", object{
		"UserPoolId": pool, "Username": "ann@example.com",
		"UserAttributes": pairs(map[string]string{"email": "bob@example.com", "email_verified": "true"}),
	}, taken)
	w.refusal("DeleteUserAttributes", object{"AccessToken": token, "UserAttributeNames": []string{"email"}},
		"InvalidParameterException: The only attribute that the user can sign in with cannot be removed.")
	w.must("UpdateUserAttributes", set("new@example.com"))
	_, refused := w.signIn(client, "ann@example.com", "Right-Passw0rd")
	if refused != "UserNotFoundException: User does not exist." {
		t.Errorf("by the old name: %q", refused)
	}
	w.accessToken(client, "new@example.com")
	w.has(pool, "new@example.com", map[string]string{"email": "new@example.com", "email_verified": "false"})
}

func TestUserSettings(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	sms := []object{{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}}
	ref := object{"UserPoolId": pool, "Username": "ann"}
	own, admin := object{"AccessToken": token, "MFAOptions": sms}, with(ref, object{"MFAOptions": sms})
	const noNumber = "InvalidParameterException: User does not have delivery config set to turn on SMS_MFA"
	w.refusal("SetUserSettings", own, noNumber)
	w.refusal("AdminSetUserSettings", admin, noNumber)
	w.must("AdminUpdateUserAttributes",
		with(ref, object{"UserAttributes": pairs(map[string]string{"phone_number": "+15550100"})}))
	shown := func(want string) {
		t.Helper()
		list := w.must("ListUsers", object{"UserPoolId": pool})["Users"].([]any)[0].(object)
		for where, got := range map[string]any{
			"GetUser":      w.must("GetUser", object{"AccessToken": token})["MFAOptions"],
			"AdminGetUser": w.must("AdminGetUser", ref)["MFAOptions"], "ListUsers": list["MFAOptions"],
		} {
			if asJSON(t, got) != want {
				t.Errorf("%s shows %v, want %s", where, got, want)
			}
		}
	}
	shown("null")
	for _, set := range []struct {
		operation string
		in        object
	}{{"SetUserSettings", own}, {"AdminSetUserSettings", admin}} {
		if out := w.must(set.operation, set.in); asJSON(t, out) != `{}` {
			t.Errorf("%s returned %v", set.operation, out)
		}
		shown(`[{"AttributeName":"phone_number","DeliveryMedium":"SMS"}]`)
		w.must(set.operation, with(set.in, object{"MFAOptions": []object{}}))
		shown("null")
		w.refusal(set.operation,
			with(set.in, object{"MFAOptions": []object{{"DeliveryMedium": "EMAIL", "AttributeName": "email"}}}),
			"InvalidParameterException: "+
				"MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.")
	}
}

// Every operation refuses an unknown user, an unknown pool and an invalid token.
func TestAttributeOperationsRequireUserAndToken(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	admin := map[string]object{
		"AdminUpdateUserAttributes": {"UserAttributes": pairs(map[string]string{"name": "X"})},
		"AdminDeleteUserAttributes": {"UserAttributeNames": []string{"name"}},
		"AdminSetUserSettings":      {"MFAOptions": []object{}},
	}
	own := map[string]object{
		"UpdateUserAttributes":             {"UserAttributes": pairs(map[string]string{"name": "X"})},
		"DeleteUserAttributes":             {"UserAttributeNames": []string{"name"}},
		"GetUserAttributeVerificationCode": {"AttributeName": "email"},
		"VerifyUserAttribute":              {"AttributeName": "email", "Code": code},
		"SetUserSettings":                  {"MFAOptions": []object{}},
	}
	const unknown = "us-east-1_Unknown00"
	for operation, in := range admin {
		w.refusal(operation, with(in, object{"UserPoolId": pool, "Username": "nobody"}),
			"UserNotFoundException: User does not exist.")
		w.refusal(operation, with(in, object{"UserPoolId": unknown, "Username": "ann"}),
			"ResourceNotFoundException: User pool "+unknown+" does not exist.")
		w.account = "222222222222"
		w.refusal(operation, with(in, object{"UserPoolId": pool, "Username": "ann"}),
			"ResourceNotFoundException: User pool "+pool+" does not exist.")
		w.account = "111111111111"
	}
	forged := token.(string)[:strings.LastIndexByte(token.(string), '.')+1] + strings.Repeat("A", 342)
	for operation, in := range own {
		w.refusal(operation, with(in, object{"AccessToken": "garbage"}), "NotAuthorizedException: Invalid Access Token")
		w.refusal(operation, with(in, object{"AccessToken": forged}),
			"NotAuthorizedException: Could not verify signature for Access Token")
	}
	w.must("AdminUserGlobalSignOut", object{"UserPoolId": pool, "Username": "ann"})
	for operation, in := range own {
		w.refusal(operation, with(in, object{"AccessToken": token}),
			"NotAuthorizedException: Access Token has been revoked")
	}
	w.has(pool, "ann", map[string]string{"email": "ann@example.com", "email_verified": "true"})
}

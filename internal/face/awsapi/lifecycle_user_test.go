package awsapi_test

import (
	"maps"
	"testing"
)

// attributesOf returns the attributes in a response, without those that the
// service adds.
func attributesOf(user object, member string) object {
	found := object{}
	for _, a := range user[member].([]any) {
		found[a.(object)["Name"].(string)] = a.(object)["Value"]
	}
	delete(found, "sub")
	return found
}

func attributeList(values object) (list []object) {
	for name, value := range values {
		list = append(list, object{"Name": name, "Value": value})
	}
	return list
}

// TestUserLifeCycle is like TestLifeCycles for users, whose attributes are changed
// and deleted with separate operations.
func TestUserLifeCycle(t *testing.T) {
	w := newWorld(t)
	in := object{"UserPoolId": w.pool(object{"Schema": []object{
		{"Name": "team", "AttributeDataType": "String", "Mutable": true},
		{"Name": "rank", "AttributeDataType": "Number", "Mutable": true},
	}})}
	ref := with(in, object{"Username": "ann"})
	sent := object{
		"email": "ann@example.com", "email_verified": "true",
		"phone_number": "+15550100", "phone_number_verified": "false",
		"given_name": "Ann", "family_name": "O'Neil", "locale": "de-DE", "zoneinfo": "Europe/Berlin",
		"birthdate": "1990-01-31", "address": "1 Main Street\nSpringfield", "custom:team": "blue", "custom:rank": "7",
	}
	reads := func(when string, want object) {
		t.Helper()
		sameJSON(t, when, attributesOf(w.must("AdminGetUser", ref), "UserAttributes"), want)
	}
	created := w.must("AdminCreateUser",
		with(ref, object{"UserAttributes": attributeList(sent), "MessageAction": "SUPPRESS"}))
	sameJSON(t, "created", attributesOf(created["User"].(object), "Attributes"), sent)
	reads("read", sent)
	w.must("AdminUpdateUserAttributes", with(ref, object{"UserAttributes": attributeList(sent)}))
	reads("after an update that changes nothing", sent)
	for name, value := range map[string]string{
		"given_name": "Anna", "email": "anna@example.com", "phone_number": "+15550101", "phone_number_verified": "true",
		"email_verified": "false", "locale": "en-US", "custom:team": "red", "custom:rank": "-3", "address": "",
	} {
		change := object{name: value}
		if name == "email" || name == "phone_number" {
			change[name+"_verified"] = sent[name+"_verified"] // else it is no longer verified
		}
		w.must("AdminUpdateUserAttributes", with(ref, object{"UserAttributes": attributeList(change)}))
		want := with(sent, change)
		maps.DeleteFunc(want, func(_ string, v any) bool { return v == "" })
		reads("after "+name, want)
		w.must("AdminUpdateUserAttributes", with(ref, object{"UserAttributes": attributeList(sent)}))
		reads("after undoing "+name, sent)
	}
	w.must("AdminDeleteUserAttributes", with(ref, object{"UserAttributeNames": []string{"custom:rank", "locale"}}))
	w.must("AdminDisableUser", ref)
	w.must("AdminSetUserPassword", with(ref, object{"Password": "Right-Passw0rd", "Permanent": true}))
	left := maps.Clone(sent)
	delete(left, "custom:rank")
	delete(left, "locale")
	reads("after attributes were deleted", left)
	found := w.must("ListUsers", with(in, object{"Filter": `username = "ann"`}))["Users"].([]any)
	if len(found) != 1 || found[0].(object)["Enabled"] != false || found[0].(object)["UserStatus"] != "CONFIRMED" {
		t.Fatalf("read by its username: %v", found)
	}
	sameJSON(t, "listed", attributesOf(found[0].(object), "Attributes"), left)
	w.must("AdminDeleteUser", ref)
	for _, operation := range []string{"AdminGetUser", "AdminDeleteUser"} {
		w.refusal(operation, ref, "UserNotFoundException: User does not exist.")
	}
}

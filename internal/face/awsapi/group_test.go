package awsapi_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	roleA = "arn:aws:iam::111111111111:role/a"
	roleB = "arn:aws:iam::111111111111:role/b"
)

func TestGroupLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool, "GroupName": "team"}
	whole := object{"Description": "The team", "RoleArn": roleA, "Precedence": 3}
	w.must("CreateGroup", with(ref, whole))
	w.refusal("CreateGroup", ref, "GroupExistsException: A group with the name already exists.")
	shown := func() object {
		g := at(w.must("GetGroup", ref), "Group").(object)
		for _, date := range []string{"CreationDate", "LastModifiedDate"} {
			if g[date] == nil {
				t.Errorf("no %s", date)
			}
			delete(g, date)
		}
		return g
	}
	if got, want := asJSON(t, shown()), asJSON(t, with(ref, whole)); got != want {
		t.Errorf("created %s, want %s", got, want)
	}
	// An update changes the members that are present and keeps the others.
	w.must("UpdateGroup", with(ref, object{"Precedence": 0}))
	if got, want := asJSON(t, shown()), asJSON(t, with(with(ref, whole), object{"Precedence": 0})); got != want {
		t.Errorf("updated %s, want %s", got, want)
	}
	w.must("CreateGroup", object{"UserPoolId": pool, "GroupName": "bare"})
	bare := w.must("GetGroup", object{"UserPoolId": pool, "GroupName": "bare"})
	if got := at(bare, "Group.Precedence"); got != nil {
		t.Errorf("the precedence of a group without settings is %v", got)
	}
	w.must("DeleteGroup", ref)
	for _, operation := range []string{"GetGroup", "DeleteGroup", "UpdateGroup", "ListUsersInGroup"} {
		w.refusal(operation, ref, "ResourceNotFoundException: Group not found.")
	}
	w.account = "222222222222"
	w.refusal("GetGroup", object{"UserPoolId": pool, "GroupName": "bare"},
		"ResourceNotFoundException: User pool "+pool+" does not exist.")
}

func TestMembership(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	for _, name := range []string{"ann", "bob", "eve"} {
		w.confirmed(client, name)
	}
	w.must("CreateGroup", object{"UserPoolId": pool, "GroupName": "team"})
	add := func(name string) object { return object{"UserPoolId": pool, "GroupName": "team", "Username": name} }
	for _, name := range []string{"ann", "bob", "ann"} {
		w.must("AdminAddUserToGroup", add(name))
	}
	members := func() string {
		var names []string
		in := object{"UserPoolId": pool, "GroupName": "team", "Limit": 1}
		for {
			page := w.must("ListUsersInGroup", in)
			for _, u := range page["Users"].([]any) {
				names = append(names, at(u.(object), "Username").(string))
			}
			if page["NextToken"] == nil {
				return strings.Join(names, " ")
			}
			in["NextToken"] = page["NextToken"]
		}
	}
	if got := members(); got != "ann bob" {
		t.Errorf("the members are %q, want %q", got, "ann bob")
	}
	w.refusal("AdminAddUserToGroup", add("nobody"), "UserNotFoundException: User does not exist.")
	w.refusal("AdminAddUserToGroup", with(add("ann"), object{"GroupName": "none"}),
		"ResourceNotFoundException: Group not found.")
	w.must("AdminRemoveUserFromGroup", add("eve")) // not a member
	w.must("AdminRemoveUserFromGroup", add("ann"))
	w.must("AdminDeleteUser", object{"UserPoolId": pool, "Username": "bob"})
	w.confirmed(client, "bob")
	if got := members(); got != "" {
		t.Errorf("the members after all were removed are %q", got)
	}
	w.must("AdminAddUserToGroup", add("ann"))
	w.must("DeleteGroup", object{"UserPoolId": pool, "GroupName": "team"})
	w.must("CreateGroup", object{"UserPoolId": pool, "GroupName": "team"})
	if got := members(); got != "" {
		t.Errorf("a new group has the members of the deleted one: %s", got)
	}
}

func TestGroupsInTokensAndLists(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	claims := func(token string) object {
		out, refused := w.signIn(client, "ann", "Right-Passw0rd")
		if refused != "" {
			t.Fatal(refused)
		}
		return tokenClaims(t, at(out, "AuthenticationResult."+token))
	}
	if c := claims("IdToken"); c["cognito:groups"] != nil || c["cognito:roles"] != nil {
		t.Errorf("claims of a user without groups: %v", c)
	}
	for name, settings := range map[string]object{
		"zulu": {"Precedence": 1, "RoleArn": roleA}, "alpha": {"Precedence": 2, "RoleArn": roleB}, "mike": {},
	} {
		w.must("CreateGroup", with(object{"UserPoolId": pool, "GroupName": name}, settings))
		w.must("AdminAddUserToGroup", object{"UserPoolId": pool, "GroupName": name, "Username": "ann"})
	}
	id, access := claims("IdToken"), claims("AccessToken")
	if got := asJSON(t, id["cognito:groups"]); got != `["zulu","alpha","mike"]` ||
		got != asJSON(t, access["cognito:groups"]) {
		t.Errorf("groups %s and %v", got, access["cognito:groups"])
	}
	if asJSON(t, id["cognito:roles"]) != `["`+roleA+`","`+roleB+`"]` || id["cognito:preferred_role"] != roleA ||
		access["cognito:roles"] != nil {
		t.Errorf("roles %v, preferred %v; access token %v", id["cognito:roles"], id["cognito:preferred_role"],
			access["cognito:roles"])
	}
	first := w.must("AdminListGroupsForUser", object{"UserPoolId": pool, "Username": "ann", "Limit": 2})
	second := w.must("AdminListGroupsForUser",
		object{"UserPoolId": pool, "Username": "ann", "Limit": 2, "NextToken": first["NextToken"]})
	if got := groupNames(first) + groupNames(second); got != "zulu alpha mike " || second["NextToken"] != nil {
		t.Errorf("listed %s", got)
	}
}

func groupNames(page object) (names string) {
	for _, g := range page["Groups"].([]any) {
		names += at(g.(object), "GroupName").(string) + " "
	}
	return names
}

func TestListGroups(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	for n := range 5 {
		w.must("CreateGroup", object{"UserPoolId": pool, "GroupName": fmt.Sprintf("g%d", n)})
	}
	first := w.must("ListGroups", object{"UserPoolId": pool, "Limit": 3})
	second := w.must("ListGroups", object{"UserPoolId": pool, "Limit": 3, "NextToken": first["NextToken"]})
	if got := groupNames(first) + groupNames(second); got != "g0 g1 g2 g3 g4 " {
		t.Errorf("listed %s", got)
	}
	w.refusal("ListGroups", object{"UserPoolId": w.pool(nil), "NextToken": first["NextToken"]},
		"InvalidParameterException: Invalid pagination token.")
}

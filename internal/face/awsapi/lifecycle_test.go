package awsapi_test

import (
	"maps"
	"slices"
	"testing"
)

// lifecycle tests a resource as an infrastructure tool handles it: create, read,
// update member by member, read again, delete. The tool must read what it sent,
// and nothing else may change.
type lifecycle struct {
	noun                         string
	create, read, update, delete string
	// parent creates what the resource needs and returns the members that locate it.
	parent func(w *world) object
	// names lists the members that name it, besides those of parent.
	names []string
	// answer is the member of responses that contains it.
	answer string
	// whole has every member that it can be created with.
	whole object
	// changes are changes of whole, each applied alone. A change has several members
	// if they mean the same.
	changes []object
	// shown translates members that are not returned as sent.
	shown func(sent object) object
	// notFound returns the refusal of reading a deleted resource.
	notFound func(ref object) string
}

func asSent(sent object) object { return sent }

// TestLifeCycles has a row for each resource.
func TestLifeCycles(t *testing.T) {
	for _, l := range []lifecycle{poolLife, clientLife, resourceServerLife, groupLife} {
		t.Run(l.noun, func(t *testing.T) { l.run(t, newWorld(t)) })
	}
}

func (l lifecycle) run(t *testing.T, w *world) {
	l.coversEveryMember(t)
	parent := l.parent(w)
	created := at(w.must(l.create, with(parent, l.whole)), l.answer).(object)
	ref := maps.Clone(parent)
	for _, name := range l.names {
		ref[name] = created[l.shownName(name)]
	}
	before := l.state(w, ref)
	for _, path := range missing(plain(t, l.shown(l.whole)), before, "") {
		t.Errorf("%s was created as %v and is read as %v", path[1:], l.shown(l.whole)[path[1:]], before[path[1:]])
	}
	update := with(only(t, l.update, l.whole), ref)
	w.must(l.update, update)
	l.same(t, "after an update that changes nothing", before, l.state(w, ref))
	for _, change := range l.changes {
		// With a real clock, time passes between two requests.
		w.clk.Advance(1e9)
		w.must(l.update, with(update, change))
		l.same(t, "after "+asJSON(t, change), with(before, plain(t, l.shown(change))), l.state(w, ref))
		w.must(l.update, update)
		l.same(t, "after undoing "+asJSON(t, change), before, l.state(w, ref))
	}
	w.must(l.delete, ref)
	w.refusal(l.read, ref, l.notFound(ref))
	w.refusal(l.delete, ref, l.notFound(ref))
}

// coversEveryMember fails the test if no row sends a member that can be set.
func (l lifecycle) coversEveryMember(t *testing.T) {
	changed := map[string]bool{}
	for _, change := range l.changes {
		for name := range change {
			changed[name] = true
		}
	}
	typ := requestType(t, l.update)
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		if !changed[name] && name != "UserPoolId" && !slices.Contains(l.names, name) {
			t.Errorf("no row changes %s", name)
		}
	}
}

// shownName returns the member of responses for a member of names.
func (l lifecycle) shownName(name string) string {
	if l.noun == "pool" && name == "UserPoolId" {
		return "Id"
	}
	return name
}

// state returns what the tool reads, without the date of the last change.
func (l lifecycle) state(w *world, ref object) object {
	found := at(w.must(l.read, ref), l.answer).(object)
	delete(found, "LastModifiedDate")
	return found
}

func (l lifecycle) same(t *testing.T, when string, want, got object) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(with(want, got))) {
		if w, g := asJSON(t, want[name]), asJSON(t, got[name]); w != g {
			t.Errorf("%s: %s is %s, want %s", when, name, g, w)
		}
	}
}

var poolLife = lifecycle{
	noun: "pool", create: "CreateUserPool", read: "DescribeUserPool", update: "UpdateUserPool",
	delete: "DeleteUserPool",
	parent: func(*world) object { return object{} }, names: []string{"UserPoolId"}, answer: "UserPool",
	whole: with(everything, object{
		"PoolName": "whole", "DeletionProtection": "INACTIVE", "AliasAttributes": []string{"email"},
		"UsernameConfiguration": object{"CaseSensitive": false}, "KeyConfiguration": object{"KeyType": "AWS_OWNED_KEY"},
		"DcrConfiguration": object{"EnableStatus": "Disabled"},
	}),
	changes: []object{
		{"PoolName": "renamed"}, {"DeletionProtection": "ACTIVE"}, {"MfaConfiguration": "OFF"},
		{"UserPoolTier": "ESSENTIALS"},
		{"Policies": object{
			"PasswordPolicy": object{
				"MinimumLength": 20, "RequireUppercase": false, "RequireLowercase": true, "RequireNumbers": false,
				"RequireSymbols": true, "TemporaryPasswordValidityDays": 2,
			},
			"SignInPolicy": object{"AllowedFirstAuthFactors": []string{"PASSWORD"}},
		}},
		{"LambdaConfig": object{"PostConfirmation": lambdaARN}}, {"LambdaConfig": object{}},
		{"AutoVerifiedAttributes": []string{"email"}}, {"SmsAuthenticationMessage": "Other {####}"},
		{
			"VerificationMessageTemplate": object{
				"DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "E {####}", "EmailSubject": "E",
				"SmsMessage": "S {####}",
			},
			"EmailVerificationMessage": "E {####}", "EmailVerificationSubject": "E",
			"SmsVerificationMessage": "S {####}",
		},
		{"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []string{}}},
		{"DeviceConfiguration": object{
			"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true,
		}},
		{"EmailConfiguration": object{"EmailSendingAccount": "COGNITO_DEFAULT"}},
		{"SmsConfiguration": object{"EumsSms": object{"CallerArn": "arn:aws:iam::111111111111:role/other"}}},
		{"UserPoolTags": object{}}, {"UserPoolTags": object{"team": "b", "cost": "1"}},
		{"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": false}},
		{"UserPoolAddOns": object{"AdvancedSecurityMode": "OFF"}},
		{"AccountRecoverySetting": object{"RecoveryMechanisms": []object{{"Priority": 1, "Name": "admin_only"}}}},
		{"DcrConfiguration": object{
			"EnableStatus": "Enabled", "OpenDcrEnabled": true, "OpenDcrGrantTypes": []string{},
		}},
		{"KeyConfiguration": object{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": keyARN}},
		{"IssuerConfiguration": object{"Type": "ORIGINAL"}},
		{"AcrConfiguration": object{"Level2": object{"AcrValue": "two"}}},
	},
	shown: func(sent object) object {
		out := maps.Clone(sent)
		if name, ok := out["PoolName"]; ok {
			out["Name"] = name
			delete(out, "PoolName")
		}
		if levels, ok := out["AcrConfiguration"].(object); ok {
			out["AcrConfiguration"] = with(object{
				"Level1": object{"AcrValue": "urn:cognito:loa:1"}, "Level2": object{"AcrValue": "urn:cognito:loa:2"},
				"Level3": object{"AcrValue": "urn:cognito:loa:3"}, "Level4": object{"AcrValue": "urn:cognito:loa:4"},
			}, levels)
		}
		if admin, ok := out["AdminCreateUserConfig"].(object); ok {
			out["AdminCreateUserConfig"] = with(admin, object{"UnusedAccountValidityDays": 2})
		}
		return out
	},
	notFound: func(ref object) string {
		return "ResourceNotFoundException: User pool " + ref["UserPoolId"].(string) + " does not exist."
	},
}

var clientLife = lifecycle{
	noun: "client", create: "CreateUserPoolClient", read: "DescribeUserPoolClient", update: "UpdateUserPoolClient",
	delete: "DeleteUserPoolClient", parent: func(w *world) object { return object{"UserPoolId": w.pool(nil)} },
	names: []string{"ClientId"}, answer: "UserPoolClient",
	whole: with(wholeClient, object{"ClientName": "whole", "ClientSecret": "0123456789abcdef0123456789"}),
	changes: []object{
		{"ClientName": "renamed"}, {"RefreshTokenValidity": 20}, {"AccessTokenValidity": 31}, {"IdTokenValidity": 41},
		{"TokenValidityUnits": object{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}},
		{"ReadAttributes": []string{"email"}}, {"WriteAttributes": []string{"name"}},
		{"SupportedIdentityProviders": []string{}}, {"CallbackURLs": []string{"https://app.example.com/cb"}},
		{"LogoutURLs": []string{"https://app.example.com/bye"}}, {"DefaultRedirectURI": "myapp://cb"},
		{"AllowedOAuthFlows": []string{"code", "implicit"}}, {"AllowedOAuthScopes": []string{"openid"}},
		{"AllowedOAuthFlowsUserPoolClient": false},
		{"AnalyticsConfiguration": object{
			"ApplicationId": "abc", "RoleArn": "arn:aws:iam::111111111111:role/r", "ExternalId": "x",
		}},
		{"PreventUserExistenceErrors": "LEGACY"}, {"EnableTokenRevocation": true}, {"AuthSessionValidity": 15},
		{"EnablePropagateAdditionalUserContextData": false},
		{
			"ExplicitAuthFlows":    []string{"ALLOW_USER_SRP_AUTH"},
			"RefreshTokenRotation": object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
		},
	},
	// A list that is sent empty is absent in responses.
	shown: func(sent object) object {
		out := maps.Clone(sent)
		if providers, ok := out["SupportedIdentityProviders"].([]string); ok && len(providers) == 0 {
			out["SupportedIdentityProviders"] = nil
		}
		return out
	},
	notFound: func(ref object) string {
		return "ResourceNotFoundException: User pool client " + ref["ClientId"].(string) + " does not exist."
	},
}

var resourceServerLife = lifecycle{
	noun: "resource server", create: "CreateResourceServer", read: "DescribeResourceServer",
	update: "UpdateResourceServer", delete: "DeleteResourceServer",
	parent: func(w *world) object { return object{"UserPoolId": w.pool(nil)} }, names: []string{"Identifier"},
	answer: "ResourceServer",
	whole: object{
		"Identifier": "api", "Name": "API", "Scopes": []object{{"ScopeName": "read", "ScopeDescription": "Reads"}},
	},
	changes: []object{
		{"Name": "Renamed"}, {"Scopes": []object{}},
		{"Scopes": []object{{"ScopeName": "write", "ScopeDescription": "Writes"}}},
	},
	shown:    asSent,
	notFound: func(object) string { return "ResourceNotFoundException: Resource server api does not exist." },
}

var groupLife = lifecycle{
	noun: "group", create: "CreateGroup", read: "GetGroup", update: "UpdateGroup", delete: "DeleteGroup",
	parent: func(w *world) object { return object{"UserPoolId": w.pool(nil)} }, names: []string{"GroupName"},
	answer: "Group",
	whole: object{
		"GroupName": "staff", "Description": "All", "Precedence": 3, "RoleArn": "arn:aws:iam::111111111111:role/staff",
	},
	changes:  []object{{"Description": "Some"}, {"Precedence": 0}, {"RoleArn": "arn:aws:iam::111111111111:role/other"}},
	shown:    asSent,
	notFound: func(object) string { return "ResourceNotFoundException: Group not found." },
}

package awsapi_test

import (
	"strings"
	"testing"
)

const lambdaARN = "arn:aws:lambda:us-east-1:111111111111:function:f"

func TestDefaultsOfAPool(t *testing.T) {
	w := newWorld(t)
	created := at(w.must("CreateUserPool", object{"PoolName": "p"}), "UserPool").(object)
	described := at(w.must("DescribeUserPool", object{"UserPoolId": created["Id"]}), "UserPool").(object)
	for path, want := range map[string]string{
		"Policies.PasswordPolicy": `{"MinimumLength":8,"RequireLowercase":true,"RequireNumbers":true,` +
			`"RequireSymbols":true,"RequireUppercase":true,"TemporaryPasswordValidityDays":7}`,
		"Policies.SignInPolicy":       `{"AllowedFirstAuthFactors":["PASSWORD"]}`,
		"DeletionProtection":          `"INACTIVE"`,
		"LambdaConfig":                `{}`,
		"UserPoolTags":                `{}`,
		"MfaConfiguration":            `"OFF"`,
		"UserPoolTier":                `"ESSENTIALS"`,
		"EmailConfiguration":          `{"EmailSendingAccount":"COGNITO_DEFAULT"}`,
		"AdminCreateUserConfig":       `{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":7}`,
		"VerificationMessageTemplate": `{"DefaultEmailOption":"CONFIRM_WITH_CODE"}`,
		"AccountRecoverySetting": `{"RecoveryMechanisms":[{"Name":"verified_email",` +
			`"Priority":1},{"Name":"verified_phone_number","Priority":2}]}`,
		"EstimatedNumberOfUsers": `0`,
		"AutoVerifiedAttributes": `null`, "AliasAttributes": `null`, "UsernameAttributes": `null`,
		"UsernameConfiguration": `null`, "SmsConfiguration": `null`, "DeviceConfiguration": `null`,
		"UserPoolAddOns": `null`, "UserAttributeUpdateSettings": `null`,
	} {
		for name, pool := range map[string]object{"created": created, "described": described} {
			if got := asJSON(t, at(pool, path)); got != want {
				t.Errorf("%s: %s is %s, want %s", name, path, got, want)
			}
		}
	}
	schema, withIdentities := created["SchemaAttributes"].([]any), described["SchemaAttributes"].([]any)
	if n, m := len(schema), len(withIdentities); n != 20 || m != 21 {
		t.Errorf("%d attributes created, %d described; want 20 and, with identities, 21", n, m)
	}
	sameJSON(t, "the first attribute", schema[0], object{
		"Name": "sub", "AttributeDataType": "String",
		"DeveloperOnlyAttribute": false, "Mutable": false, "Required": true,
		"StringAttributeConstraints": object{"MaxLength": "2048", "MinLength": "1"},
	})
}

// everything has every mutable member of a pool.
var everything = object{
	"Policies": object{
		"PasswordPolicy": object{
			"MinimumLength": 12, "RequireUppercase": true, "RequireLowercase": false, "RequireNumbers": true,
			"RequireSymbols": false, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 2,
		},
		"SignInPolicy": object{"AllowedFirstAuthFactors": []string{"PASSWORD", "EMAIL_OTP"}},
	},
	"DeletionProtection": "ACTIVE",
	"LambdaConfig": object{
		"PreSignUp": lambdaARN, "KMSKeyID": "arn:aws:kms:us-east-1:111111111111:key/k",
		"CustomSMSSender": object{"LambdaVersion": "V1_0", "LambdaArn": lambdaARN},
	},
	"AutoVerifiedAttributes": []string{"email", "phone_number"},
	"VerificationMessageTemplate": object{
		"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessage": "Code {####}", "EmailSubject": "Subject",
		"SmsMessage": "SMS {####}", "EmailMessageByLink": "Click {##here##}", "EmailSubjectByLink": "Link",
	},
	"SmsVerificationMessage": "SMS {####}", "EmailVerificationMessage": "Code {####}",
	"EmailVerificationSubject":    "Subject",
	"SmsAuthenticationMessage":    "MFA {####}",
	"MfaConfiguration":            "OPTIONAL",
	"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []string{"email"}},
	"DeviceConfiguration": object{
		"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false,
	},
	"EmailConfiguration": object{
		"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com",
		"From": "A <a@example.com>", "ReplyToEmailAddress": "r@example.com", "ConfigurationSet": "set",
	},
	"SmsConfiguration": object{
		"SnsCallerArn": "arn:aws:iam::111111111111:role/sms", "ExternalId": "x", "SnsRegion": "us-east-1",
	},
	"UserPoolTags": object{"team": "a"},
	"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": true, "InviteMessageTemplate": object{
		"EmailMessage": "{username} {####}", "EmailSubject": "Hi", "SMSMessage": "{username} {####}",
	}},
	"UserPoolAddOns": object{
		"AdvancedSecurityMode": "AUDIT", "AdvancedSecurityAdditionalFlows": object{"CustomAuthMode": "AUDIT"},
	},
	"AccountRecoverySetting": object{"RecoveryMechanisms": []object{{"Priority": 1, "Name": "verified_phone_number"}}},
	"UserPoolTier":           "PLUS",
	"AcrConfiguration":       object{"Level1": object{"AcrValue": "one"}},
	"IssuerConfiguration":    object{"Type": "UPDATED"},
}

// shown has the members that are not returned as sent.
var shown = map[string]string{
	"AdminCreateUserConfig": `{"AllowAdminCreateUserOnly":true,"InviteMessageTemplate":` +
		`{"EmailMessage":"{username} {####}","EmailSubject":"Hi","SMSMessage":"{username} {####}"},` +
		`"UnusedAccountValidityDays":2}`,
	"AcrConfiguration": `{"Level1":{"AcrValue":"one"},"Level2":{"AcrValue":"urn:cognito:loa:2"},` +
		`"Level3":{"AcrValue":"urn:cognito:loa:3"},"Level4":{"AcrValue":"urn:cognito:loa:4"}}`,
}

// Creation and update return what was sent.
func TestPoolsDoNotDrift(t *testing.T) {
	w := newWorld(t)
	byCreate := w.pool(everything)
	byUpdate := w.pool(nil)
	w.must("UpdateUserPool", with(everything, object{"UserPoolId": byUpdate}))
	w.must("UpdateUserPool", with(everything, object{"UserPoolId": byCreate})) // again changes nothing
	for how, id := range map[string]string{"created": byCreate, "updated": byUpdate} {
		pool := at(w.must("DescribeUserPool", object{"UserPoolId": id}), "UserPool").(object)
		for name, sent := range everything {
			want, ok := shown[name]
			if !ok {
				want = asJSON(t, sent)
			}
			if got := asJSON(t, pool[name]); got != want {
				t.Errorf("%s: %s is %s, want %s", how, name, got, want)
			}
		}
	}
	w.refusal("DeleteUserPool", object{"UserPoolId": byCreate},
		"InvalidParameterException: The user pool cannot be deleted because deletion protection is activated. "+
			"Deletion protection must be inactivated first.")
	w.must("UpdateUserPool", with(everything, object{"UserPoolId": byCreate, "DeletionProtection": "INACTIVE"}))
	w.must("DeleteUserPool", object{"UserPoolId": byCreate})
	w.refusal("DescribeUserPool", object{"UserPoolId": byCreate},
		"ResourceNotFoundException: User pool "+byCreate+" does not exist.")
}

// Members that are absent in an update are kept or reset, as measured on the live
// service.
func TestAbsentMembersOfAnUpdate(t *testing.T) {
	w := newWorld(t)
	id := w.pool(everything)
	// UserAttributeUpdateSettings is kept, and requires AutoVerifiedAttributes, which is
	// reset.
	w.must("UpdateUserPool", object{
		"UserPoolId": id, "AutoVerifiedAttributes": []string{"email"},
		"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []string{"email"}},
	})
	w.refusal("UpdateUserPool", object{"UserPoolId": id, "DeletionProtection": "INACTIVE"},
		"InvalidParameterException: All attributes in AttributesRequireVerificationBeforeUpdate must exist in "+
			"AutoVerifiedAttributes")
	none := object{"AttributesRequireVerificationBeforeUpdate": []string{}}
	w.must("UpdateUserPool", object{"UserPoolId": id, "UserAttributeUpdateSettings": none})
	w.must("UpdateUserPool", object{"UserPoolId": id, "PoolName": "renamed"})
	pool := at(w.must("DescribeUserPool", object{"UserPoolId": id}), "UserPool").(object)
	for name, want := range map[string]string{
		"Name": `"renamed"`, "LambdaConfig": `{}`, "AutoVerifiedAttributes": `null`,
		"VerificationMessageTemplate": `{"DefaultEmailOption":"CONFIRM_WITH_CODE"}`, "SmsVerificationMessage": `null`,
		"EmailVerificationMessage": `null`, "EmailVerificationSubject": `null`, "SmsAuthenticationMessage": `null`,
		"UserAttributeUpdateSettings": `{"AttributesRequireVerificationBeforeUpdate":[]}`,
		"DeviceConfiguration":         `null`, "UserPoolAddOns": `null`,
		"AdminCreateUserConfig": `{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":2}`,
	} {
		if got := asJSON(t, pool[name]); got != want {
			t.Errorf("%s is %s, want it reset to %s", name, got, want)
		}
	}
	for _, name := range []string{
		"Policies", "DeletionProtection", "MfaConfiguration", "EmailConfiguration", "SmsConfiguration", "UserPoolTags",
		"AccountRecoverySetting", "UserPoolTier", "IssuerConfiguration",
	} {
		if got, want := asJSON(t, pool[name]), asJSON(t, everything[name]); got != want {
			t.Errorf("%s is %s, want it kept as %s", name, got, want)
		}
	}
	w.must("UpdateUserPool", object{"UserPoolId": id, "Policies": object{"PasswordPolicy": object{"MinimumLength": 9}}})
	pool = at(w.must("DescribeUserPool", object{"UserPoolId": id}), "UserPool").(object)
	if got := asJSON(t, at(pool, "Policies.SignInPolicy.AllowedFirstAuthFactors")); got != `["PASSWORD","EMAIL_OTP"]` {
		t.Errorf("after an update of the password policy the sign-in policy is %s", got)
	}
}

func TestPoolRefusals(t *testing.T) {
	w := newWorld(t)
	mfa := object{"MfaConfiguration": "ON", "SmsConfiguration": smsRole}
	schema := func(a ...object) object { return object{"Schema": a} }
	team := object{"Name": "team", "AttributeDataType": "String"}
	for name, c := range map[string]struct {
		in   object
		want string
	}{
		"aliases and usernames": {
			object{"AliasAttributes": []string{"email"}, "UsernameAttributes": []string{"email"}},
			"Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
		},
		"MFA without SMS": {
			object{"MfaConfiguration": "ON"},
			"SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
		},
		"update settings": {
			object{"UserAttributeUpdateSettings": object{
				"AttributesRequireVerificationBeforeUpdate": []string{"email"},
			}},
			"All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
		},
		"SMS_OTP without SMS": {
			firstFactors("PASSWORD", "SMS_OTP"),
			"SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration",
		},
		"OTP with MFA": {
			with(mfa, firstFactors("PASSWORD", "EMAIL_OTP")),
			"Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled",
		},
		"passkey with MFA": {
			with(mfa, firstFactors("PASSWORD", "WEB_AUTHN")),
			"WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA",
		},
		"validity twice": {object{
			"Policies": object{
				"PasswordPolicy": object{"MinimumLength": 8, "TemporaryPasswordValidityDays": 3},
			},
			"AdminCreateUserConfig": object{"UnusedAccountValidityDays": 3},
		}, "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"},
		"standard type": {
			schema(object{"Name": "email", "AttributeDataType": "Number"}),
			"You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
		},
		"no type": {
			schema(object{"Name": "team"}),
			"Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
		},
		"required custom attribute": {
			schema(with(team, object{"Required": true})),
			"Required custom attributes are not supported currently.",
		},
		"invalid string bounds": {
			schema(with(team, object{"StringAttributeConstraints": object{"MinLength": "x"}})),
			"Invalid StringAttributeConstraints for schema attribute team",
		},
		"invalid number bounds": {
			schema(object{
				"Name": "team", "AttributeDataType": "Number", "NumberAttributeConstraints": object{"MinValue": "x"},
			}),
			"Invalid NumberAttributeConstraints for schema attribute team",
		},
		"too long": {
			schema(with(team, object{"StringAttributeConstraints": object{"MaxLength": "2049"}})),
			"user.team: String attributes cannot have a length of more than 2048",
		},
		"duplicate name": {
			schema(team, team),
			"Duplicate custom attribute names custom:team are not allowed in a user pool schema.",
		},
	} {
		_, refused := w.call("CreateUserPool", with(object{"PoolName": "p"}, c.in))
		if refused != "InvalidParameterException: "+c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, refused, c.want)
		}
	}
}

func TestCustomAttributes(t *testing.T) {
	w := newWorld(t)
	id := w.pool(object{"Schema": []object{
		{
			"Name": "team", "AttributeDataType": "String", "Mutable": false,
			"StringAttributeConstraints": object{"MinLength": "1", "MaxLength": "8"},
		},
		{"Name": "email", "Required": true},
		{"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
	}})
	w.must("AddCustomAttributes",
		object{"UserPoolId": id, "CustomAttributes": []object{{"Name": "level", "AttributeDataType": "Number"}}})
	found := map[string]string{}
	for _, a := range at(w.must("DescribeUserPool", object{"UserPoolId": id}), "UserPool.SchemaAttributes").([]any) {
		found[at(a.(object), "Name").(string)] = asJSON(t, a)
	}
	for name, want := range map[string]string{
		"custom:team": `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,` +
			`"Name":"custom:team","Required":false,"StringAttributeConstraints":{"MaxLength":"8","MinLength":"1"}}`,
		"custom:level": `{"AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,` +
			`"Name":"custom:level","Required":false}`,
		"dev:custom:secret": `{"AttributeDataType":"String","DeveloperOnlyAttribute":true,"Mutable":true,` +
			`"Name":"dev:custom:secret","Required":false,"StringAttributeConstraints":{}}`,
		"email": `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"email",` +
			`"Required":true,"StringAttributeConstraints":{"MaxLength":"2048","MinLength":"0"}}`,
	} {
		if found[name] != want {
			t.Errorf("%s is %s, want %s", name, found[name], want)
		}
	}
	w.refusal("AddCustomAttributes",
		object{"UserPoolId": id, "CustomAttributes": []object{{"Name": "level", "AttributeDataType": "String"}}},
		"InvalidParameterException: custom:level: Existing attribute already has name custom:level.")
	w.refusal("AddCustomAttributes", object{
		"UserPoolId":       id,
		"CustomAttributes": []object{{"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}},
	}, "InvalidParameterException: custom:secret: Existing attribute already has name dev:custom:secret.")
}

func TestListUserPools(t *testing.T) {
	w := newWorld(t)
	want := map[string]bool{}
	for range 7 {
		want[w.pool(nil)] = true
	}
	w.account = "222222222222"
	w.pool(nil)
	w.account = "111111111111"
	in, found := object{"MaxResults": 3}, map[string]bool{}
	for pages := 1; ; pages++ {
		out := w.must("ListUserPools", in)
		for _, p := range out["UserPools"].([]any) {
			found[at(p.(object), "Id").(string)] = true
		}
		if out["NextToken"] == nil {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		in = object{"MaxResults": 3, "NextToken": out["NextToken"]}
	}
	if asJSON(t, found) != asJSON(t, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	for _, token := range []string{"forged", strings.Repeat("A", 200), in["NextToken"].(string) + "A"} {
		w.refusal("ListUserPools", object{"MaxResults": 3, "NextToken": token},
			"InvalidParameterException: Invalid pagination token.")
	}
	token := in["NextToken"]
	w.account = "222222222222"
	w.refusal("ListUserPools", object{"MaxResults": 3, "NextToken": token},
		"InvalidParameterException: Invalid pagination token.")
}

func TestPinnedIDs(t *testing.T) {
	w := newWorld(t)
	for tag, id := range map[string]string{
		"_custom_id_": "us-east-1_Mine12345", "floci:override-id": "us-east-1_Other1234",
		"cognito-local:pool-id": "us-east-1_Third1234",
	} {
		pool := at(w.must("CreateUserPool", object{"PoolName": "p", "UserPoolTags": object{tag: id, "kept": "x"}}),
			"UserPool").(object)
		if pool["Id"] != id || asJSON(t, pool["UserPoolTags"]) != `{"kept":"x"}` {
			t.Errorf("%s: %v, tags %v", tag, pool["Id"], pool["UserPoolTags"])
		}
		w.refusal("CreateUserPool", object{"PoolName": "p", "UserPoolTags": object{tag: id}},
			"InvalidParameterException: User pool "+id+" already exists.")
	}
	if _, refused := w.call("CreateUserPool", object{
		"PoolName": "p", "UserPoolTags": object{"_custom_id_": "../../etc"},
	}); !strings.HasPrefix(refused, "InvalidParameterException") {
		t.Errorf("a path as id: %q", refused)
	}
	created := w.must("CreateUserPoolClient",
		object{"UserPoolId": "us-east-1_Mine12345", "ClientName": "_custom_id_:myclient"})
	if client := at(created, "UserPoolClient.ClientId"); client != "myclient" {
		t.Errorf("the client is %v", client)
	}
}

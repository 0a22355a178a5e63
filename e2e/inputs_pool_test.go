package e2e

// Inputs of the operations on pools, clients, resource servers and tags.

const (
	someRole   = "arn:aws:iam::111111111111:role/service"
	someLambda = "arn:aws:lambda:us-east-1:111111111111:function:trigger"
	someKey    = "arn:aws:kms:us-east-1:111111111111:key/f81d4fae-7dec-41d0-8765-00a0c91e6bf6"
)

var (
	snsConfiguration  = object{"SnsCallerArn": someRole, "ExternalId": "x", "SnsRegion": "us-east-1"}
	eumsConfiguration = object{"EumsSms": object{
		"CallerArn": someRole, "ConfigurationSetName": "set", "ExternalId": "x", "InEntityId": "1", "InTemplateId": "2",
		"OriginationIdentity": "arn:aws:sms-voice:us-east-1:111111111111:pool/p", "Region": "us-east-1",
	}}
	customSender = object{"LambdaArn": someLambda, "LambdaVersion": "V1_0"}
	everyTrigger = object{
		"CreateAuthChallenge": someLambda, "CustomEmailSender": customSender, "CustomMessage": someLambda,
		"CustomSMSSender": customSender, "DefineAuthChallenge": someLambda, "InboundFederation": customSender,
		"KMSKeyID": someKey, "PostAuthentication": someLambda, "PostConfirmation": someLambda,
		"PreAuthentication": someLambda, "PreSignUp": someLambda, "PreTokenGeneration": someLambda,
		"PreTokenGenerationConfig": object{"LambdaArn": someLambda, "LambdaVersion": "V3_0"},
		"UserMigration":            someLambda, "VerifyAuthChallengeResponse": someLambda,
	}
	// wholePool has every member that a pool can be created with and updated.
	wholePool = object{
		"PoolName": "whole",
		"AccountRecoverySetting": object{"RecoveryMechanisms": []any{
			object{"Name": "verified_email", "Priority": 1}, object{"Name": "verified_phone_number", "Priority": 2},
		}},
		"AcrConfiguration": object{"Level1": object{"AcrValue": "one"}, "Level2": object{"AcrValue": "two"}},
		"AdminCreateUserConfig": object{
			"AllowAdminCreateUserOnly": true,
			"InviteMessageTemplate": object{
				"EmailMessage": "{username} {####}", "EmailSubject": "Welcome", "SMSMessage": "{username} {####}",
			},
		},
		"AutoVerifiedAttributes": []any{"email", "phone_number"},
		"DcrConfiguration": object{
			"AllowedScopes":           []any{"aws.cognito.signin.user.admin"},
			"AuthenticatedGrantTypes": []any{"code", "client_credentials"},
			"EnableStatus":            "Enabled", "OpenDcrEnabled": true, "OpenDcrGrantTypes": []any{"code"},
		},
		"DeletionProtection":  "INACTIVE",
		"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
		"EmailConfiguration": object{
			"ConfigurationSet": "set", "EmailSendingAccount": "DEVELOPER",
			"From": "A <a@example.com>", "ReplyToEmailAddress": "r@example.com",
			"SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com",
		},
		"EmailVerificationMessage": "Code {####}", "EmailVerificationSubject": "Subject",
		"IssuerConfiguration": object{"Type": "UPDATED"},
		"KeyConfiguration":    object{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": someKey},
		"LambdaConfig":        everyTrigger,
		"MfaConfiguration":    "OPTIONAL",
		"Policies": object{
			"PasswordPolicy": object{
				"MinimumLength": 12, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 2,
				"RequireLowercase": true, "RequireUppercase": true, "RequireNumbers": true, "RequireSymbols": true,
			},
			"SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD", "EMAIL_OTP"}},
		},
		"SmsAuthenticationMessage": "MFA {####}", "SmsConfiguration": snsConfiguration,
		"SmsVerificationMessage":      "SMS {####}",
		"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": []any{"email"}},
		"UserPoolAddOns": object{
			"AdvancedSecurityMode": "ENFORCED", "AdvancedSecurityAdditionalFlows": object{"CustomAuthMode": "AUDIT"},
		},
		"UserPoolTags": object{"team": "a", "empty": ""},
		"UserPoolTier": "PLUS",
		"VerificationMessageTemplate": object{
			"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessage": "Code {####}", "EmailSubject": "Subject",
			"EmailMessageByLink": "Click {##here##}", "EmailSubjectByLink": "Link", "SmsMessage": "SMS {####}",
		},
	}
	// immutable are the members that only CreateUserPool has.
	immutable = object{
		"AliasAttributes":       []any{"email", "preferred_username"},
		"UsernameConfiguration": object{"CaseSensitive": false},
		"Schema": []any{
			object{"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": true},
			object{
				"Name": "words", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
				"StringAttributeConstraints": object{"MinLength": "1", "MaxLength": "9"},
			},
			object{
				"Name": "count", "AttributeDataType": "Number", "Mutable": true,
				"NumberAttributeConstraints": object{"MinValue": "1", "MaxValue": "9"},
			},
		},
	}
)

// exclusive are settings of a pool that exclude others.
var exclusive = []string{"SmsConfiguration.EumsSms", "AdminCreateUserConfig.UnusedAccountValidityDays"}

// wholeClient has every member that a client can be created with and updated.
func (f *fixture) wholeClient() object {
	return f.in(object{
		"ClientName": "whole", "AccessTokenValidity": 60, "IdTokenValidity": 3600, "RefreshTokenValidity": 30,
		"TokenValidityUnits": object{"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "days"},
		"AllowedOAuthFlows":  []any{"code", "implicit"}, "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthScopes": []any{"openid", "email", f.resourceServer() + "/read"},
		"AnalyticsConfiguration": object{
			"ApplicationId": "0123456789abcdef", "ExternalId": "x", "RoleArn": someRole, "UserDataShared": true,
		},
		"AuthSessionValidity": 5, "CallbackURLs": []any{"https://example.com/back", "app://back"},
		"DefaultRedirectURI": "https://example.com/back", "LogoutURLs": []any{"https://example.com/out"},
		"EnablePropagateAdditionalUserContextData": true, "EnableTokenRevocation": true,
		"ExplicitAuthFlows":          []any{"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"},
		"PreventUserExistenceErrors": "ENABLED", "ReadAttributes": []any{"email", "custom:team"},
		"WriteAttributes":            []any{"email", "custom:team"},
		"RefreshTokenRotation":       object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 30},
		"SupportedIdentityProviders": []any{"COGNITO"},
	})
}

// ofClient is the smallest input of operations on a client.
func ofClient(f *fixture) object { return f.in(object{"ClientId": f.secretClient()}) }

// secondSecret is the id of a client's second secret.
func (f *fixture) secondSecret() string {
	return f.once("secondSecret", func() string {
		return dig(f.must("AddUserPoolClientSecret", ofClient(f)), "ClientSecretDescriptor", "ClientSecretId")
	})
}

func (f *fixture) ofServer() object {
	return f.in(object{"Identifier": f.resourceServer(), "Name": "Renamed"})
}

var someScopes = []any{
	object{"ScopeName": "read", "ScopeDescription": "Read"}, object{"ScopeName": "write", "ScopeDescription": "Write"},
}

var poolInputs = map[string]inputs{
	"AddUserPoolClientSecret": {
		smallest: ofClient,
		largest: func(f *fixture) object {
			return with(ofClient(f), object{"ClientSecret": "abcdefghijklmnopqrstuvwxyz0123"})
		},
	},
	"CreateResourceServer": {
		smallest: func(f *fixture) object { return f.in(object{"Identifier": "https://new", "Name": "New"}) },
		largest: func(f *fixture) object {
			return f.in(object{"Identifier": "https://new", "Name": "New", "Scopes": someScopes})
		},
	},
	"CreateUserPool": {
		smallest: func(f *fixture) object { return object{"PoolName": "small"} },
		largest:  func(f *fixture) object { return with(wholePool, immutable) },
		without:  append([]string{"UsernameAttributes"}, exclusive...),
		more: map[string]func(*fixture) object{
			"username attributes": func(f *fixture) object {
				return object{"PoolName": "n", "UsernameAttributes": []any{"email", "phone_number"}}
			},
			"end user messaging": func(f *fixture) object {
				return object{"PoolName": "n", "SmsConfiguration": eumsConfiguration}
			},
			"unused accounts": func(f *fixture) object {
				return object{"PoolName": "n", "AdminCreateUserConfig": object{"UnusedAccountValidityDays": 3}}
			},
		},
	},
	"CreateUserPoolClient": {
		smallest: func(f *fixture) object { return f.in(object{"ClientName": "small"}) },
		largest:  func(f *fixture) object { return with(f.wholeClient(), object{"GenerateSecret": true}) },
		without:  []string{"ClientSecret", "AnalyticsConfiguration.ApplicationArn"},
		more: map[string]func(*fixture) object{
			"own secret": func(f *fixture) object {
				return f.in(object{"ClientName": "own", "ClientSecret": "abcdefghijklmnopqrstuvwxyz0123"})
			},
			"machine": func(f *fixture) object {
				return f.in(object{
					"ClientName": "machine", "GenerateSecret": true,
					"AllowedOAuthFlows": []any{"client_credentials"}, "AllowedOAuthFlowsUserPoolClient": true,
					"AllowedOAuthScopes": []any{f.resourceServer() + "/read"},
				})
			},
			"Pinpoint by ARN": func(f *fixture) object {
				const application = "arn:aws:mobiletargeting:us-east-1:111111111111:apps/a"
				return f.in(object{
					"ClientName": "arn", "AnalyticsConfiguration": object{"ApplicationArn": application},
				})
			},
			"provider": func(f *fixture) object {
				providers := []any{"COGNITO", f.provider()}
				return f.in(object{"ClientName": "federated", "SupportedIdentityProviders": providers})
			},
		},
	},
	"DeleteResourceServer": both(func(f *fixture) object { return f.in(object{"Identifier": f.resourceServer()}) }),
	"DeleteUserPool":       both(func(f *fixture) object { return f.in(nil) }),
	"DeleteUserPoolClient": both(ofClient),
	"DeleteUserPoolClientSecret": both(func(f *fixture) object {
		return with(ofClient(f), object{"ClientSecretId": f.secondSecret()})
	}),
	"DescribeResourceServer": both(func(f *fixture) object { return f.in(object{"Identifier": f.resourceServer()}) }),
	"DescribeUserPool":       both(func(f *fixture) object { return f.in(nil) }),
	"DescribeUserPoolClient": both(ofClient),
	"ListResourceServers": {
		smallest: func(f *fixture) object { return f.in(nil) },
		largest: func(f *fixture) object {
			in := f.in(object{"MaxResults": 1})
			return f.secondPage("ListResourceServers", "NextToken", in, f.resourceServer, func() string {
				f.must("CreateResourceServer", f.in(object{"Identifier": "https://second", "Name": "n"}))
				return ""
			})
		},
	},
	"ListTagsForResource": both(func(f *fixture) object { return object{"ResourceArn": f.arn()} }),
	"ListUserPoolClientSecrets": {
		smallest: ofClient,
		largest:  ofClient,
		without:  []string{"NextToken"}, // a client never has more than one page of secrets
	},
	"ListUserPoolClients": {
		smallest: func(f *fixture) object { return f.in(nil) },
		largest: func(f *fixture) object {
			in := f.in(object{"MaxResults": 1, "ClientType": "REGULAR"})
			return f.secondPage("ListUserPoolClients", "NextToken", in, f.client, f.secretClient)
		},
	},
	"ListUserPools": {
		smallest: func(f *fixture) object { return object{"MaxResults": 60} },
		largest: func(f *fixture) object {
			in := object{"MaxResults": 1}
			return f.secondPage("ListUserPools", "NextToken", in, f.pool, func() string {
				f.must("CreateUserPool", object{"PoolName": "second"})
				return ""
			})
		},
	},
	"TagResource": both(func(f *fixture) object {
		return object{"ResourceArn": f.arn(), "Tags": object{"team": "a", "stage": ""}}
	}),
	"UntagResource": both(func(f *fixture) object {
		return object{"ResourceArn": f.arn(), "TagKeys": []any{"team", "absent"}}
	}),
	"UpdateResourceServer": {
		smallest: func(f *fixture) object { return f.ofServer() },
		largest:  func(f *fixture) object { return with(f.ofServer(), object{"Scopes": someScopes}) },
	},
	"UpdateUserPool": {
		smallest: func(f *fixture) object { return f.in(nil) },
		largest:  func(f *fixture) object { return f.in(wholePool) },
		without:  exclusive,
		more: map[string]func(*fixture) object{
			"end user messaging": func(f *fixture) object {
				return f.in(object{"SmsConfiguration": eumsConfiguration})
			},
			"unused accounts": func(f *fixture) object {
				return f.in(object{"AdminCreateUserConfig": object{"UnusedAccountValidityDays": 3}})
			},
		},
	},
	"UpdateUserPoolClient": {
		smallest: ofClient,
		largest:  func(f *fixture) object { return with(f.wholeClient(), ofClient(f)) },
		without:  []string{"AnalyticsConfiguration.ApplicationArn"},
	},
}

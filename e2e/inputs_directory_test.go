package e2e

// Inputs of the operations on users, attributes and groups.

func attribute(name, value string) object { return object{"Name": name, "Value": value} }

var metadata = object{"key": "value"}

// ofUser is the smallest input of operations on a user.
func ofUser(e *estate) object { return e.in(object{"Username": e.user()}) }

// both are the inputs of operations whose members are all required.
func both(make func(e *estate) object) inputs { return inputs{smallest: make, largest: make} }

// smsOption is the legacy form of a second factor by SMS, for a user with a
// phone.
func (e *estate) smsOption() []any {
	e.once("phone", func() string {
		e.must("AdminUpdateUserAttributes",
			with(ofUser(e), object{"UserAttributes": []any{object{"Name": "phone_number", "Value": "+15555550100"}}}))
		return ""
	})
	return []any{object{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}}
}

var directoryInputs = map[string]inputs{
	"AddCustomAttributes": {
		smallest: func(e *estate) object {
			return e.in(object{"CustomAttributes": []any{object{"Name": "a", "AttributeDataType": "String"}}})
		},
		largest: func(e *estate) object {
			return e.in(object{"CustomAttributes": []any{
				object{"Name": "words", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
					"Required":                   false,
					"StringAttributeConstraints": object{"MinLength": "1", "MaxLength": "20"}},
				object{
					"Name": "count", "AttributeDataType": "Number", "Mutable": true,
					"NumberAttributeConstraints": object{"MinValue": "-1", "MaxValue": "99"},
				},
				object{"Name": "day", "AttributeDataType": "DateTime"}, object{"Name": "yes", "AttributeDataType": "Boolean"},
			}})
		},
	},
	"AdminAddUserToGroup": both(func(e *estate) object {
		return e.in(object{"Username": e.user(), "GroupName": e.group()})
	}),
	"AdminConfirmSignUp": {
		smallest: func(e *estate) object { return e.in(object{"Username": e.unconfirmed(e.client(), nil)}) },
		largest: func(e *estate) object {
			return e.in(object{"Username": e.unconfirmed(e.client(), nil), "ClientMetadata": metadata})
		},
	},
	"AdminCreateUser": {
		smallest: func(e *estate) object { return e.in(object{"Username": "new"}) },
		largest: func(e *estate) object {
			return e.in(object{"Username": "new", "ClientMetadata": metadata, "DesiredDeliveryMediums": []any{"EMAIL"},
				"ForceAliasCreation": true, "MessageAction": "SUPPRESS", "TemporaryPassword": password,
				"UserAttributes": []any{attribute("email", "new@example.com"), attribute("custom:team", "a")},
				"ValidationData": []any{attribute("any", "thing")}})
		},
		more: map[string]func(*estate) object{
			"resend": func(e *estate) object { return e.in(object{"Username": e.invited(), "MessageAction": "RESEND"}) },
		},
	},
	"AdminDeleteUser": both(ofUser),
	"AdminDeleteUserAttributes": both(func(e *estate) object {
		return e.in(object{"Username": e.user(), "UserAttributeNames": []any{"nickname"}})
	}),
	"AdminDisableProviderForUser": {
		smallest: func(e *estate) object {
			return e.in(object{"User": object{
				"ProviderName": e.provider(), "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": e.linked(),
			}})
		},
		largest: func(e *estate) object {
			return e.in(object{"User": object{
				"ProviderName": e.provider(), "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": e.linked(),
			}})
		},
	},
	"AdminDisableUser": both(ofUser),
	"AdminEnableUser":  both(ofUser),
	"AdminGetUser":     both(ofUser),
	"AdminLinkProviderForUser": both(func(e *estate) object {
		return e.in(object{
			"DestinationUser": object{
				"ProviderName": "Cognito", "ProviderAttributeName": "username", "ProviderAttributeValue": e.user(),
			},
			"SourceUser": object{
				"ProviderName": e.provider(), "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "subject",
			},
		})
	}),
	"AdminListGroupsForUser": {
		smallest: ofUser,
		largest: func(e *estate) object {
			in := e.in(object{"Username": e.member(), "Limit": 1})
			return with(in, object{"NextToken": e.token("AdminListGroupsForUser", "NextToken", in, func() string {
				e.must("CreateGroup", e.in(object{"GroupName": "second"}))
				e.must("AdminAddUserToGroup", e.in(object{"GroupName": "second", "Username": e.user()}))
				return ""
			})})
		},
	},
	"AdminRemoveUserFromGroup": both(func(e *estate) object {
		return e.in(object{"Username": e.member(), "GroupName": e.group()})
	}),
	"AdminResetUserPassword": {
		smallest: ofUser,
		largest:  func(e *estate) object { return with(ofUser(e), object{"ClientMetadata": metadata}) },
	},
	"AdminSetUserPassword": {
		smallest: func(e *estate) object { return with(ofUser(e), object{"Password": changedPassword}) },
		largest:  func(e *estate) object { return with(ofUser(e), object{"Password": changedPassword, "Permanent": true}) },
	},
	"AdminUpdateUserAttributes": {
		smallest: func(e *estate) object {
			return with(ofUser(e), object{"UserAttributes": []any{object{"Name": "nickname"}}})
		},
		largest: func(e *estate) object {
			return with(ofUser(e), object{
				"UserAttributes": []any{attribute("nickname", "m"), attribute("custom:team", "b")}, "ClientMetadata": metadata,
			})
		},
	},
	"AdminSetUserSettings": {
		smallest: func(e *estate) object { return with(ofUser(e), object{"MFAOptions": []any{}}) },
		largest:  func(e *estate) object { return with(ofUser(e), object{"MFAOptions": e.smsOption()}) },
	},
	"AdminUserGlobalSignOut": both(ofUser),
	"CreateGroup": {
		smallest: func(e *estate) object { return e.in(object{"GroupName": "new"}) },
		largest:  func(e *estate) object { return e.in(wholeGroup) },
	},
	"DeleteGroup": both(func(e *estate) object { return e.in(object{"GroupName": e.group()}) }),
	"DeleteUser":  both(func(e *estate) object { return object{"AccessToken": e.access()} }),
	"DeleteUserAttributes": both(func(e *estate) object {
		return object{"AccessToken": e.access(), "UserAttributeNames": []any{"nickname"}}
	}),
	"GetGroup": both(func(e *estate) object { return e.in(object{"GroupName": e.group()}) }),
	"GetUser":  both(func(e *estate) object { return object{"AccessToken": e.access()} }),
	"GetUserAttributeVerificationCode": {
		smallest: func(e *estate) object { return object{"AccessToken": e.access(), "AttributeName": "email"} },
		largest: func(e *estate) object {
			return object{"AccessToken": e.access(), "AttributeName": "email", "ClientMetadata": metadata}
		},
	},
	"GlobalSignOut": both(func(e *estate) object { return object{"AccessToken": e.access()} }),
	"SetUserSettings": {
		smallest: func(e *estate) object { return object{"AccessToken": e.access(), "MFAOptions": []any{}} },
		largest:  func(e *estate) object { return object{"AccessToken": e.access(), "MFAOptions": e.smsOption()} },
	},
	"ListGroups": {
		smallest: func(e *estate) object { return e.in(nil) },
		largest: func(e *estate) object {
			in := e.in(object{"Limit": 1})
			return with(in, object{"NextToken": e.token("ListGroups", "NextToken", in, e.group, func() string {
				e.must("CreateGroup", e.in(object{"GroupName": "second"}))
				return ""
			})})
		},
	},
	"ListUsers": {
		smallest: func(e *estate) object { return e.in(nil) },
		largest: func(e *estate) object {
			in := e.in(object{"Limit": 1, "Filter": `email ^= "` + `"`, "AttributesToGet": []any{"email", "sub"}})
			return with(in, object{"PaginationToken": e.token("ListUsers", "PaginationToken", in, e.user, e.invited)})
		},
	},
	"ListUsersInGroup": {
		smallest: func(e *estate) object { return e.in(object{"GroupName": e.group()}) },
		largest: func(e *estate) object {
			in := e.in(object{"GroupName": e.group(), "Limit": 1})
			return with(in, object{"NextToken": e.token("ListUsersInGroup", "NextToken", in, e.member, func() string {
				e.must("AdminAddUserToGroup", e.in(object{"GroupName": e.group(), "Username": e.invited()}))
				return ""
			})})
		},
	},
	"UpdateGroup": {
		smallest: func(e *estate) object { return e.in(object{"GroupName": e.group()}) },
		largest:  func(e *estate) object { return e.in(with(wholeGroup, object{"GroupName": e.group()})) },
	},
	"UpdateUserAttributes": {
		smallest: func(e *estate) object {
			return object{"AccessToken": e.access(), "UserAttributes": []any{object{"Name": "nickname"}}}
		},
		largest: func(e *estate) object {
			return object{
				"AccessToken": e.access(), "UserAttributes": []any{attribute("nickname", "m")}, "ClientMetadata": metadata,
			}
		},
	},
	"VerifyUserAttribute": both(func(e *estate) object {
		// A changed address is verified by the code that was sent to it.
		e.must("UpdateUserAttributes",
			object{"AccessToken": e.access(), "UserAttributes": []any{attribute("email", e.mailbox("changed"))}})
		return object{"AccessToken": e.access(), "AttributeName": "email", "Code": e.srv.code(e.T, e.mailbox("changed"))}
	}),
}

var wholeGroup = object{
	"GroupName": "new", "Description": "All members", "Precedence": 0, "RoleArn": "arn:aws:iam::111111111111:role/group",
}

// mailbox is an address that is unique among estates.
func (e *estate) mailbox(name string) string { return name + "-" + e.pool() + "@example.com" }

// linked is the subject of a provider's user who is linked to the user.
func (e *estate) linked() string {
	return e.once("linked", func() string {
		e.must("AdminLinkProviderForUser", e.in(object{
			"DestinationUser": object{"ProviderName": "Cognito", "ProviderAttributeValue": e.user()},
			"SourceUser": object{
				"ProviderName": e.provider(), "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "subject",
			},
		}))
		return "subject"
	})
}

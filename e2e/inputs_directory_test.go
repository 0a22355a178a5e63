package e2e

// Inputs of the operations on users, attributes and groups.

func attribute(name, value string) object { return object{"Name": name, "Value": value} }

var metadata = object{"key": "value"}

// ofUser is the smallest input of operations on a user.
func ofUser(f *fixture) object { return f.in(object{"Username": f.user()}) }

// both are the inputs of operations whose members are all required.
func both(build func(f *fixture) object) inputs { return inputs{smallest: build, largest: build} }

// smsOption is the legacy form of a second factor by SMS, for a user with a
// phone.
func (f *fixture) smsOption() []any {
	f.once("phone", func() string {
		f.must("AdminUpdateUserAttributes",
			with(ofUser(f), object{"UserAttributes": []any{object{"Name": "phone_number", "Value": "+15555550100"}}}))
		return ""
	})
	return []any{object{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}}
}

var directoryInputs = map[string]inputs{
	"AddCustomAttributes": {
		smallest: func(f *fixture) object {
			return f.in(object{"CustomAttributes": []any{object{"Name": "a", "AttributeDataType": "String"}}})
		},
		largest: func(f *fixture) object {
			return f.in(object{"CustomAttributes": []any{
				object{
					"Name": "words", "AttributeDataType": "String",
					"DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
					"StringAttributeConstraints": object{"MinLength": "1", "MaxLength": "20"},
				},
				object{
					"Name": "count", "AttributeDataType": "Number", "Mutable": true,
					"NumberAttributeConstraints": object{"MinValue": "-1", "MaxValue": "99"},
				},
				object{"Name": "day", "AttributeDataType": "DateTime"},
				object{"Name": "yes", "AttributeDataType": "Boolean"},
			}})
		},
	},
	"AdminAddUserToGroup": both(func(f *fixture) object {
		return f.in(object{"Username": f.user(), "GroupName": f.group()})
	}),
	"AdminConfirmSignUp": {
		smallest: func(f *fixture) object { return f.in(object{"Username": f.unconfirmed(f.client(), nil)}) },
		largest: func(f *fixture) object {
			return f.in(object{"Username": f.unconfirmed(f.client(), nil), "ClientMetadata": metadata})
		},
	},
	"AdminCreateUser": {
		smallest: func(f *fixture) object { return f.in(object{"Username": "new"}) },
		largest: func(f *fixture) object {
			return f.in(object{
				"Username": "new", "ClientMetadata": metadata, "DesiredDeliveryMediums": []any{"EMAIL"},
				"ForceAliasCreation": true, "MessageAction": "SUPPRESS", "TemporaryPassword": password,
				"UserAttributes": []any{attribute("email", "new@example.com"), attribute("custom:team", "a")},
				"ValidationData": []any{attribute("any", "thing")},
			})
		},
		more: map[string]func(*fixture) object{
			"resend": func(f *fixture) object {
				return f.in(object{"Username": f.invited(), "MessageAction": "RESEND"})
			},
		},
	},
	"AdminDeleteUser": both(ofUser),
	"AdminDeleteUserAttributes": both(func(f *fixture) object {
		return f.in(object{"Username": f.user(), "UserAttributeNames": []any{"nickname"}})
	}),
	"AdminDisableProviderForUser": both(func(f *fixture) object {
		return f.in(object{"User": f.identity(f.linked())})
	}),
	"AdminDisableUser": both(ofUser),
	"AdminEnableUser":  both(ofUser),
	"AdminGetUser":     both(ofUser),
	"AdminLinkProviderForUser": both(func(f *fixture) object {
		return f.in(object{
			"DestinationUser": object{
				"ProviderName": "Cognito", "ProviderAttributeName": "username", "ProviderAttributeValue": f.user(),
			},
			"SourceUser": f.identity("subject"),
		})
	}),
	"AdminListGroupsForUser": {
		smallest: ofUser,
		largest: func(f *fixture) object {
			in := f.in(object{"Username": f.member(), "Limit": 1})
			return f.secondPage("AdminListGroupsForUser", "NextToken", in, func() string {
				f.must("CreateGroup", f.in(object{"GroupName": "second"}))
				f.must("AdminAddUserToGroup", f.in(object{"GroupName": "second", "Username": f.user()}))
				return ""
			})
		},
	},
	"AdminRemoveUserFromGroup": both(func(f *fixture) object {
		return f.in(object{"Username": f.member(), "GroupName": f.group()})
	}),
	"AdminResetUserPassword": {
		smallest: ofUser,
		largest:  func(f *fixture) object { return with(ofUser(f), object{"ClientMetadata": metadata}) },
	},
	"AdminSetUserPassword": {
		smallest: func(f *fixture) object { return with(ofUser(f), object{"Password": changedPassword}) },
		largest: func(f *fixture) object {
			return with(ofUser(f), object{"Password": changedPassword, "Permanent": true})
		},
	},
	"AdminUpdateUserAttributes": {
		smallest: func(f *fixture) object {
			return with(ofUser(f), object{"UserAttributes": []any{object{"Name": "nickname"}}})
		},
		largest: func(f *fixture) object {
			return with(ofUser(f), object{
				"UserAttributes": []any{attribute("nickname", "m"), attribute("custom:team", "b")},
				"ClientMetadata": metadata,
			})
		},
	},
	"AdminSetUserSettings": {
		smallest: func(f *fixture) object { return with(ofUser(f), object{"MFAOptions": []any{}}) },
		largest:  func(f *fixture) object { return with(ofUser(f), object{"MFAOptions": f.smsOption()}) },
	},
	"AdminUserGlobalSignOut": both(ofUser),
	"CreateGroup": {
		smallest: func(f *fixture) object { return f.in(object{"GroupName": "new"}) },
		largest:  func(f *fixture) object { return f.in(wholeGroup) },
	},
	"DeleteGroup": both(func(f *fixture) object { return f.in(object{"GroupName": f.group()}) }),
	"DeleteUser":  both(func(f *fixture) object { return object{"AccessToken": f.access()} }),
	"DeleteUserAttributes": both(func(f *fixture) object {
		return object{"AccessToken": f.access(), "UserAttributeNames": []any{"nickname"}}
	}),
	"GetGroup": both(func(f *fixture) object { return f.in(object{"GroupName": f.group()}) }),
	"GetUser":  both(func(f *fixture) object { return object{"AccessToken": f.access()} }),
	"GetUserAttributeVerificationCode": {
		smallest: func(f *fixture) object { return object{"AccessToken": f.access(), "AttributeName": "email"} },
		largest: func(f *fixture) object {
			return object{"AccessToken": f.access(), "AttributeName": "email", "ClientMetadata": metadata}
		},
	},
	"GlobalSignOut": both(func(f *fixture) object { return object{"AccessToken": f.access()} }),
	"SetUserSettings": {
		smallest: func(f *fixture) object { return object{"AccessToken": f.access(), "MFAOptions": []any{}} },
		largest:  func(f *fixture) object { return object{"AccessToken": f.access(), "MFAOptions": f.smsOption()} },
	},
	"ListGroups": {
		smallest: func(f *fixture) object { return f.in(nil) },
		largest: func(f *fixture) object {
			in := f.in(object{"Limit": 1})
			return f.secondPage("ListGroups", "NextToken", in, f.group, func() string {
				f.must("CreateGroup", f.in(object{"GroupName": "second"}))
				return ""
			})
		},
	},
	"ListUsers": {
		smallest: func(f *fixture) object { return f.in(nil) },
		largest: func(f *fixture) object {
			in := f.in(object{"Limit": 1, "Filter": `email ^= ""`, "AttributesToGet": []any{"email", "sub"}})
			return f.secondPage("ListUsers", "PaginationToken", in, f.user, f.invited)
		},
	},
	"ListUsersInGroup": {
		smallest: func(f *fixture) object { return f.in(object{"GroupName": f.group()}) },
		largest: func(f *fixture) object {
			in := f.in(object{"GroupName": f.group(), "Limit": 1})
			return f.secondPage("ListUsersInGroup", "NextToken", in, f.member, func() string {
				f.must("AdminAddUserToGroup", f.in(object{"GroupName": f.group(), "Username": f.invited()}))
				return ""
			})
		},
	},
	"UpdateGroup": {
		smallest: func(f *fixture) object { return f.in(object{"GroupName": f.group()}) },
		largest:  func(f *fixture) object { return f.in(with(wholeGroup, object{"GroupName": f.group()})) },
	},
	"UpdateUserAttributes": {
		smallest: func(f *fixture) object {
			return object{"AccessToken": f.access(), "UserAttributes": []any{object{"Name": "nickname"}}}
		},
		largest: func(f *fixture) object {
			return object{
				"AccessToken":    f.access(),
				"UserAttributes": []any{attribute("nickname", "m")},
				"ClientMetadata": metadata,
			}
		},
	},
	"VerifyUserAttribute": both(func(f *fixture) object {
		// A changed address is verified by the code that was sent to it.
		email := f.mailbox("changed")
		f.must("UpdateUserAttributes",
			object{"AccessToken": f.access(), "UserAttributes": []any{attribute("email", email)}})
		return object{"AccessToken": f.access(), "AttributeName": "email", "Code": f.srv.code(f.T, email)}
	}),
}

var wholeGroup = object{
	"GroupName": "new", "Description": "All members", "Precedence": 0,
	"RoleArn": "arn:aws:iam::111111111111:role/group",
}

// mailbox is an address that is unique among fixtures.
func (f *fixture) mailbox(name string) string { return name + "-" + f.pool() + "@example.com" }

// identity names a user of the provider by the subject.
func (f *fixture) identity(subject string) object {
	return object{
		"ProviderName": f.provider(), "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject,
	}
}

// linked is the subject of a provider's user who is linked to the user.
func (f *fixture) linked() string {
	return f.once("linked", func() string {
		f.must("AdminLinkProviderForUser", f.in(object{
			"DestinationUser": object{"ProviderName": "Cognito", "ProviderAttributeValue": f.user()},
			"SourceUser":      f.identity("subject"),
		}))
		return "subject"
	})
}

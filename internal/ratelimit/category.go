package ratelimit

// Category is a set of operations that share a request rate.
type Category string

// The categories, under Amazon Cognito's own names.
const (
	UserAuthentication     Category = "UserAuthentication"
	UserCreation           Category = "UserCreation"
	UserFederation         Category = "UserFederation"
	UserAccountRecovery    Category = "UserAccountRecovery"
	UserRead               Category = "UserRead"
	UserUpdate             Category = "UserUpdate"
	UserToken              Category = "UserToken"
	UserResourceRead       Category = "UserResourceRead"
	UserResourceUpdate     Category = "UserResourceUpdate"
	UserList               Category = "UserList"
	UserPoolRead           Category = "UserPoolRead"
	UserPoolUpdate         Category = "UserPoolUpdate"
	UserPoolResourceRead   Category = "UserPoolResourceRead"
	UserPoolResourceUpdate Category = "UserPoolResourceUpdate"
	UserPoolClientRead     Category = "UserPoolClientRead"
	UserPoolClientUpdate   Category = "UserPoolClientUpdate"
	ClientAuthentication   Category = "ClientAuthentication"
	LimitManagement        Category = "LimitManagement"
	// Domain has the requests to the OAuth endpoints and the pages of one user
	// pool. The name is ours: the guide calls their rates those of a domain.
	Domain Category = "UserPoolDomain"
)

// rule is one category of the table in the guide.
type rule struct {
	perSecond int
	// adjustable: accounts can provision a higher rate.
	adjustable bool
	// perPool: each operation also has a rate per pool.
	perPool bool
}

// sourceRate is the rate of one address, and that of one client, in the category
// Domain of one pool, in requests per second. Source: guide page quotas, bulk
// request-rate limits.
const sourceRate = 300

// perPoolRate is the rate of one operation of a perPool category in one pool,
// in requests per second.
const perPoolRate = 5

var rules = map[Category]rule{
	UserAuthentication:     {120, true, false},
	UserCreation:           {50, true, false},
	UserFederation:         {25, true, false},
	UserAccountRecovery:    {30, false, false},
	UserRead:               {120, true, false},
	UserUpdate:             {25, false, false},
	UserToken:              {120, true, false},
	UserResourceRead:       {50, true, false},
	UserResourceUpdate:     {25, false, false},
	UserList:               {30, false, false},
	UserPoolRead:           {15, false, false},
	UserPoolUpdate:         {15, false, false},
	UserPoolResourceRead:   {20, false, true},
	UserPoolResourceUpdate: {15, false, true},
	UserPoolClientRead:     {15, false, true},
	UserPoolClientUpdate:   {15, false, true},
	ClientAuthentication:   {150, false, false},
	LimitManagement:        {1, false, false},
	Domain:                 {500, false, false},
}

// Known reports whether the category exists.
func (c Category) Known() bool {
	_, ok := rules[c]
	return ok
}

// Adjustable reports whether accounts can provision a higher rate.
func (c Category) Adjustable() bool { return rules[c].adjustable }

// operations lists the operations of each category. Those after a blank line
// are not in the guide.
var operations = map[Category][]string{
	UserAuthentication: {
		"InitiateAuth", "RespondToAuthChallenge", "AdminInitiateAuth", "AdminRespondToAuthChallenge",
		"GetTokensFromRefreshToken",
	},
	UserCreation: {"SignUp", "ConfirmSignUp", "AdminCreateUser", "AdminConfirmSignUp"},
	UserAccountRecovery: {
		"ChangePassword", "ConfirmForgotPassword", "ForgotPassword", "AdminResetUserPassword", "AdminSetUserPassword",
	},
	UserRead: {"AdminGetUser", "AdminGetUserAuthFactors", "GetUser"},
	UserUpdate: {
		"AdminAddUserToGroup", "AdminRemoveUserFromGroup", "AdminDeleteUserAttributes", "AdminUpdateUserAttributes",
		"AdminDeleteUser", "AdminDisableUser", "AdminEnableUser", "AdminLinkProviderForUser",
		"AdminDisableProviderForUser", "VerifyUserAttribute", "DeleteUser", "DeleteUserAttributes",
		"UpdateUserAttributes", "AdminUserGlobalSignOut", "GlobalSignOut",
	},
	UserToken: {"RevokeToken"},
	UserResourceRead: {
		"AdminGetDevice", "AdminListGroupsForUser", "AdminListDevices", "GetDevice", "ListDevices",
		"GetUserAttributeVerificationCode", "ResendConfirmationCode", "AdminListUserAuthEvents",

		"GetUserAuthFactors", "ListWebAuthnCredentials", "ListUserSessions", "AdminListUserSessions",
	},
	UserResourceUpdate: {
		"AdminForgetDevice", "ForgetDevice", "AdminUpdateDeviceStatus", "UpdateDeviceStatus", "ConfirmDevice",
		"AdminUpdateAuthEventFeedback", "UpdateAuthEventFeedback", "AdminSetUserMFAPreference", "SetUserMFAPreference",
		"AdminSetUserSettings", "SetUserSettings", "VerifySoftwareToken", "AssociateSoftwareToken",

		"AdminDeleteSoftwareToken", "StartWebAuthnRegistration", "CompleteWebAuthnRegistration",
		"DeleteWebAuthnCredential", "RevokeUserSession", "AdminRevokeUserSession",
	},
	UserList:       {"ListUsers", "ListUsersInGroup"},
	UserPoolRead:   {"DescribeUserPool", "ListUserPools"},
	UserPoolUpdate: {"CreateUserPool", "UpdateUserPool", "DeleteUserPool"},
	UserPoolResourceRead: {
		"DescribeIdentityProvider", "DescribeResourceServer", "DescribeUserImportJob", "DescribeUserPoolDomain",
		"GetCSVHeader", "GetGroup", "GetSigningCertificate", "GetIdentityProviderByIdentifier", "GetUserPoolMfaConfig",
		"ListGroups", "ListIdentityProviders", "ListResourceServers", "ListTagsForResource", "ListUserImportJobs",
		"DescribeRiskConfiguration", "GetUICustomization", "DescribeManagedLoginBranding",
		"DescribeManagedLoginBrandingByClient",

		"DescribeTerms", "DescribeTermsByClient", "ListTerms", "GetLogDeliveryConfiguration",
		"GetUserPoolSessionConfiguration", "GetUserPoolClientSessionConfiguration", "ListUserPoolReplicas",
		"ListUserPoolClientSecrets",
	},
	UserPoolResourceUpdate: {
		"AddCustomAttributes", "CreateGroup", "UpdateGroup", "DeleteGroup", "CreateIdentityProvider",
		"UpdateIdentityProvider", "DeleteIdentityProvider", "CreateResourceServer", "UpdateResourceServer",
		"DeleteResourceServer", "CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain",
		"CreateUserImportJob", "StartUserImportJob", "StopUserImportJob", "SetUserPoolMfaConfig",
		"SetRiskConfiguration", "SetUICustomization", "TagResource", "UntagResource",
		"CreateManagedLoginBranding", "UpdateManagedLoginBranding", "DeleteManagedLoginBranding",

		"CreateTerms", "UpdateTerms", "DeleteTerms", "SetLogDeliveryConfiguration", "SetUserPoolSessionConfiguration",
		"SetUserPoolClientSessionConfiguration", "CreateUserPoolReplica", "UpdateUserPoolReplica",
		"DeleteUserPoolReplica", "AddUserPoolClientSecret", "DeleteUserPoolClientSecret",
	},
	UserPoolClientRead:   {"DescribeUserPoolClient", "ListUserPoolClients"},
	UserPoolClientUpdate: {"CreateUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"},
	ClientAuthentication: {"GetClientToken"},
	LimitManagement:      {"GetProvisionedLimit", "UpdateProvisionedLimit"},
}

// redemption is the endpoint that redeems authorization codes.
const redemption = "POST /oauth2/token authorization_code"

// endpoints lists the OAuth endpoints and the pages that count in a category
// beside Domain: method and path, and at the token endpoint the grant type.
// Every form of a sign-in is a request. Introspection, userInfo and the link of
// a sign-up are not in the guide; see docs/divergences QR-16.
var endpoints = map[Category][]string{
	UserAuthentication: {
		"POST /login", "POST /oauth2/login", "POST /mfa", "POST /mfa/email", "POST /mfa/totp", "POST /mfa/select",
		"POST /mfa/setup", "POST /mfa/setup/totp", "POST /mfa/setup/email", "POST /mfa/setup/sms", "POST /device",
		"POST /login/choice", "POST /login/password", "POST /login/email", "POST /login/sms", "POST /login/passkey",
		"POST /login/session",
		"POST /oauth2/token refresh_token", redemption,
		"POST /oauth2/token urn:ietf:params:oauth:grant-type:device_code",
	},
	UserCreation:         {"GET /confirmUser", "GET /confirmUser/", "GET /confirmuser"},
	UserAccountRecovery:  {"POST /changePassword"},
	UserToken:            {"POST /oauth2/revoke"},
	ClientAuthentication: {"POST /oauth2/token client_credentials"},
	UserRead: {
		"GET /oauth2/userInfo", "POST /oauth2/userInfo", "GET /oauth2/userinfo", "POST /oauth2/userinfo",
		"POST /oauth2/introspect",
	},
	UserResourceUpdate: {"POST /passkeys/add"},
}

// categoryOf is the inverse of operations and endpoints.
var categoryOf = func() map[string]Category {
	of := map[string]Category{}
	for _, table := range []map[Category][]string{operations, endpoints} {
		for c, names := range table {
			for _, name := range names {
				of[name] = c
			}
		}
	}
	return of
}()

// CategoryOf returns the category of an operation or an endpoint.
func CategoryOf(operation string) (Category, bool) {
	c, ok := categoryOf[operation]
	return c, ok
}

package awsapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// same is a request that can be sent repeatedly.
func same(in object) prepare { return func(*fragile) object { return in } }

// withMembers is row with other members.
func withMembers(row prepare, more object) prepare {
	return func(x *fragile) object { return with(row(x), more) }
}

// inNewPool is a request for a new pool and client.
func inNewPool(more object) prepare {
	return func(x *fragile) object { return with(x.poolWithClient(), more) }
}

// unusedName is a request with an unused name.
func unusedName(member string, more object) prepare {
	return func(x *fragile) object { return with(more, object{member: x.fresh()}) }
}

// created is a request for a resource that another operation creates first, in a
// new pool. path is the path of the id in its response, if the caller does not
// choose the id.
func created(operation string, in object, id, path string, more object) prepare {
	return func(x *fragile) object {
		in := with(x.poolWithClient(), in)
		out := x.must(operation, in)
		ref := with(more, object{"UserPoolId": in["UserPoolId"], "ClientId": in["ClientId"], id: in[id]})
		if path != "" {
			ref[id] = at(out, path)
		}
		return ref
	}
}

// after calls another operation for the user first.
func after(operation string, first func(*fragile) object, more prepare) prepare {
	return func(x *fragile) object {
		x.must(operation, with(x.model.smallest(operation), first(x)))
		return more(x)
	}
}

// confirmed confirms the user's device first.
func confirmed(more prepare) prepare {
	return after("ConfirmDevice", newSecret, more)
}

func newSecret(x *fragile) object { return object{"DeviceSecretVerifierConfig": secret(x.t)} }

// session returns the id of a session of the user other than that of the token.
func session(x *fragile) object {
	x.tokens(x.name, "")
	for _, s := range x.must("ListUserSessions", object{"AccessToken": x.set.Access})["Sessions"].([]any) {
		if s := s.(object); s["IsCurrentSession"] == false {
			return object{"SessionId": s["SessionId"]}
		}
	}
	x.t.Fatal("the user has no other session")
	return nil
}

// signUp creates an unconfirmed user.
func signUp(x *fragile) object {
	name := x.fresh()
	if _, refused := x.world.signUp(x.client, name, object{"email": name + "@example.com"}); refused != "" {
		x.t.Fatal(refused)
	}
	return object{"Username": name}
}

// secretClient adds a secret to a client.
func secretClient(x *fragile) object {
	ref := x.poolWithClient()
	added := x.must("AddUserPoolClientSecret", ref)
	return with(ref, object{"ClientSecretId": at(added, "ClientSecretDescriptor.ClientSecretId")})
}

// passkey registers a passkey of the user.
func (x *fragile) passkey() *passkeytest.Authenticator {
	a := passkeytest.NewES256(x.t, passkeyOrigin)
	x.register(x.set.Access, a)
	return a
}

// newAttributes returns the attributes of a new user.
func newAttributes(x *fragile) object {
	name := x.fresh()
	return object{"Username": name, "UserAttributes": pairs(map[string]string{"email": name + "@example.com"})}
}

var (
	otherMail   = object{"UserAttributes": pairs(map[string]string{"email": "other@example.com"})}
	noName      = object{"UserAttributeNames": []string{"name"}}
	bySMS       = object{"MFAOptions": []object{{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}}}
	mailName    = object{"AttributeName": "email"}
	apiServer   = object{"Identifier": "api", "Name": "api"}
	style       = object{"UseCognitoProvidedValues": true}
	otherRegion = object{"RegionName": "us-west-2"}
	customCSS   = object{"CSS": someCSS}

	newDetails    = object{"ProviderDetails": oidcProvider["ProviderDetails"]}
	rightPassword = object{"Password": "Right-Passw0rd"}

	ourProvider = with(oidcProvider, object{"ProviderName": "Ours"})
)

func ofBranding(more object) prepare {
	const id = "ManagedLoginBrandingId"
	return created("CreateManagedLoginBranding", style, id, "ManagedLoginBranding."+id, more)
}

func ofTerms(more object) prepare {
	return created("CreateTerms", termsOfUse, "TermsId", "Terms.TermsId", more)
}

// verifiedMail returns an address that an administrator sets as verified.
func verifiedMail(x *fragile) object {
	attributes := map[string]string{"email": x.name + "@example.org", "email_verified": "true"}
	return object{"UserAttributes": pairs(attributes)}
}

// aliased is a request for a pool with e-mail addresses as aliases.
func aliased(row prepare) prepare {
	return inOtherPool("alias", object{"AliasAttributes": []string{"email"}}, nil, row)
}

// keepingAddress is a request for a pool that keeps an address until the new one is
// verified.
func keepingAddress(row prepare) prepare {
	settings := object{"AttributesRequireVerificationBeforeUpdate": []string{"email"}}
	return inOtherPool("keep", object{"UserAttributeUpdateSettings": settings}, nil, row)
}

// withTriggers is a request for a pool whose triggers call triggerFunctions.
func withTriggers(row prepare) prepare {
	const arn = "arn:aws:lambda:us-east-1:111111111111:function:f"
	return inOtherPool("functions", object{"LambdaConfig": object{
		"PreSignUp": arn, "PostConfirmation": arn, "PreAuthentication": arn, "PostAuthentication": arn,
		"PreTokenGeneration": arn, "CustomMessage": arn, "UserMigration": arn,
	}}, everyFlow, row)
}

// triggerFunctions verifies the address of new users, migrates every user, and answers
// challenges as questioner does.
func triggerFunctions(ctx context.Context, arn string, event []byte) ([]byte, error) {
	var e struct{ TriggerSource string }
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	response := ""
	switch {
	case strings.Contains(e.TriggerSource, "AuthChallenge"):
		return questioner(ctx, arn, event)
	case strings.HasPrefix(e.TriggerSource, "UserMigration_"):
		response = `"userAttributes":{"email":"moved@example.com","email_verified":"true"},` +
			`"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"`
	case e.TriggerSource == "PreSignUp_SignUp":
		response = `"autoVerifyEmail":true`
	default:
		return event, nil
	}
	return trigger.Complete(event, []byte(`{"response":{`+response+`}}`)), nil
}

// verification sends the code that was delivered to the user's address.
func verification(code string) prepare {
	return after("GetUserAttributeVerificationCode", same(mailName), same(with(mailName, object{"Code": code})))
}

// codeForNewAddress sends the code that was delivered to a new address of the user.
func codeForNewAddress(x *fragile) object {
	x.must("UpdateUserAttributes", with(otherMail, object{"AccessToken": x.set.Access}))
	return with(mailName, object{"Code": code})
}

func byToken(x *fragile) object { return object{"AccessToken": x.set.Access} }

func byDevice(x *fragile) object { return object{"DeviceKey": x.device} }

func destination(x *fragile) object {
	return object{"DestinationUser": native(x.name), "SourceUser": identifier("Corp", "Cognito_Subject", x.name)}
}

func inTeam(more object) prepare { return after("AdminAddUserToGroup", (*fragile).own, same(more)) }

func machineClient(x *fragile) object {
	_, in := x.machine(nil)
	return in
}

// domain is a request for a domain of a new pool.
func domain(more object) prepare {
	return func(x *fragile) object {
		ref := with(x.poolWithClient(), object{"Domain": x.fresh() + "-domain"})
		x.must("CreateUserPoolDomain", ref)
		return with(ref, more)
	}
}

// replica is a request for a replica in another region, after its creation.
func replica(status string) prepare {
	return func(x *fragile) object {
		ref := with(x.poolWithClient(), otherRegion)
		x.must("CreateUserPoolReplica", ref)
		x.clk.Advance(60e9)
		x.signInNewUser() // the tokens of the previous user may have expired
		return with(ref, object{"Status": status})
	}
}

// successes has requests that succeed, for operations whose smallest input is
// refused or covers little.
var successes = map[string][]prepare{
	"AddCustomAttributes": {func(x *fragile) object {
		return object{"CustomAttributes": []object{{"Name": x.fresh(), "AttributeDataType": "String"}}}
	}},
	"AddUserPoolClientSecret": {inNewPool(nil)},
	"AdminConfirmSignUp":      {signUp},
	"AdminCreateUser": {
		unusedName("Username", nil), newAttributes,
		func(x *fragile) object {
			return object{"Username": x.user(userpool.ForceChangePassword), "MessageAction": "RESEND"}
		},
		aliased(newAttributes),
	},
	"AdminDeleteSoftwareToken":  {func(x *fragile) object { x.enrol(); return nil }},
	"AdminDeleteUserAttributes": {same(noName)},
	"AdminDisableProviderForUser": {after("AdminLinkProviderForUser", destination, func(x *fragile) object {
		return object{"User": identifier("Corp", "Cognito_Subject", x.name)}
	}), func(x *fragile) object { return object{"User": identifier("Cognito", "Cognito_Subject", x.name)} }},
	"AdminForgetDevice":           {confirmed(same(nil))},
	"AdminGetDevice":              {confirmed(same(nil))},
	"AdminInitiateAuth":           signInStarts("ADMIN_USER_PASSWORD_AUTH"),
	"AdminLinkProviderForUser":    {destination},
	"AdminListDevices":            {confirmed(same(nil))},
	"AdminListGroupsForUser":      {inTeam(nil)},
	"AdminRemoveUserFromGroup":    {inTeam(nil)},
	"AdminRespondToAuthChallenge": answers,
	"AdminRevokeUserSession":      {session},
	"AdminSetUserMFAPreference":   {same(object{"EmailMfaSettings": preferred})},
	"AdminSetUserPassword":        {same(nil), same(object{"Permanent": true})},
	"AdminSetUserSettings":        {same(bySMS)},
	"AdminUpdateDeviceStatus":     {confirmed(same(object{"DeviceRememberedStatus": "not_remembered"}))},
	"AdminUpdateUserAttributes":   {same(otherMail), aliased(verifiedMail)},
	"AssociateSoftwareToken":      {byToken, setUpFirst(onlySession)},
	"ChangePassword":              {same(object{"PreviousPassword": "Right-Passw0rd"})},
	"CompleteWebAuthnRegistration": {func(x *fragile) object {
		return object{
			"Credential": json.RawMessage(passkeytest.NewES256(x.t, passkeyOrigin).Create(x.creation(x.set.Access))),
		}
	}},
	"ConfirmDevice":              {newSecret},
	"ConfirmForgotPassword":      {after("ForgotPassword", same(nil), same(object{"Password": "Other-Passw0rd"}))},
	"ConfirmSignUp":              {signUp, aliased(signUp), byCode(signedUp), withTriggers(signUp)},
	"CreateGroup":                {unusedName("GroupName", nil)},
	"CreateIdentityProvider":     {unusedName("ProviderName", oidcProvider)},
	"CreateManagedLoginBranding": {inNewPool(style)},
	"CreateResourceServer":       {inNewPool(apiServer)},
	"CreateTerms":                {inNewPool(termsOfUse)},
	"CreateUserPoolDomain": {
		func(x *fragile) object { return with(x.poolWithClient(), object{"Domain": x.fresh() + "-domain"}) },
	},
	"CreateUserPoolReplica":      {inNewPool(otherRegion)},
	"DeleteGroup":                {created("CreateGroup", object{"GroupName": "team"}, "GroupName", "", nil)},
	"DeleteIdentityProvider":     {created("CreateIdentityProvider", ourProvider, "ProviderName", "", nil)},
	"DeleteManagedLoginBranding": {ofBranding(nil)},
	"DeleteResourceServer":       {created("CreateResourceServer", apiServer, "Identifier", "", nil)},
	"DeleteTerms":                {ofTerms(nil)},
	"DeleteUserAttributes":       {same(noName)},
	"DeleteUserPool":             {inNewPool(nil)},
	"DeleteUserPoolClient":       {inNewPool(nil)},
	"DeleteUserPoolClientSecret": {secretClient},
	"DeleteUserPoolDomain":       {domain(nil)},
	"DeleteUserPoolReplica":      {replica("INACTIVE")},
	"DeleteWebAuthnCredential": {func(x *fragile) object {
		return object{"CredentialId": base64.RawURLEncoding.EncodeToString(x.passkey().ID)}
	}},
	"DescribeManagedLoginBranding":          {ofBranding(nil)},
	"DescribeManagedLoginBrandingByClient":  {ofBranding(nil)},
	"DescribeResourceServer":                {created("CreateResourceServer", apiServer, "Identifier", "", nil)},
	"DescribeTerms":                         {ofTerms(nil)},
	"DescribeTermsByClient":                 {ofTerms(nil)},
	"DescribeUserPoolDomain":                {domain(nil)},
	"ForgetDevice":                          {confirmed(byToken)},
	"ForgotPassword":                        {same(nil), withTriggers(unusedName("Username", nil))},
	"GetClientToken":                        {machineClient},
	"GetDevice":                             {confirmed(byToken)},
	"GetTokensFromRefreshToken":             {confirmed(byDevice), rotating(same(nil))},
	"GetUICustomization":                    {after("SetUICustomization", same(customCSS), same(nil))},
	"GetUserAttributeVerificationCode":      {same(mailName)},
	"InitiateAuth":                          signInStarts("USER_PASSWORD_AUTH"),
	"ListDevices":                           {confirmed(same(nil))},
	"ListResourceServers":                   {created("CreateResourceServer", apiServer, "Identifier", "", nil)},
	"ListTerms":                             {ofTerms(nil)},
	"ListUsers":                             {same(nil), same(object{"Filter": `email = "ann@example.com"`})},
	"ListUsersInGroup":                      {inTeam(nil)},
	"ListWebAuthnCredentials":               {func(x *fragile) object { x.passkey(); return nil }},
	"ResendConfirmationCode":                {signUp},
	"RespondToAuthChallenge":                answers,
	"RevokeToken":                           {func(x *fragile) object { return object{"Token": x.set.Refresh} }},
	"RevokeUserSession":                     {session},
	"SetLogDeliveryConfiguration":           {same(object{"LogConfigurations": []object{toLogGroup, toBucket}})},
	"SetRiskConfiguration":                  {inNewPool(nil)},
	"SetUICustomization":                    {same(customCSS)},
	"SetUserMFAPreference":                  {same(object{"EmailMfaSettings": preferred})},
	"SetUserPoolClientSessionConfiguration": {same(object{"SSOSession": object{"MaxValidityMinutes": 5}})},
	"SetUserPoolMfaConfig":                  {inNewPool(nil)},
	"SetUserPoolSessionConfiguration":       {inNewPool(nil)},
	"SetUserSettings":                       {same(bySMS)},
	"SignUp": {
		unusedName("Username", rightPassword), withMembers(newAttributes, rightPassword), byCode(newAttributes),
		aliased(withMembers(newAttributes, rightPassword)), withTriggers(withMembers(newAttributes, rightPassword)),
	},
	"UpdateDeviceStatus":         {confirmed(same(object{"DeviceRememberedStatus": "not_remembered"}))},
	"UpdateProvisionedLimit":     {same(object{"RequestedLimitValue": 200})},
	"UpdateGroup":                {created("CreateGroup", object{"GroupName": "team"}, "GroupName", "", nil)},
	"UpdateIdentityProvider":     {created("CreateIdentityProvider", ourProvider, "ProviderName", "", newDetails)},
	"UpdateManagedLoginBranding": {ofBranding(style)},
	"UpdateResourceServer":       {created("CreateResourceServer", apiServer, "Identifier", "", apiServer)},
	"UpdateTerms":                {ofTerms(termsOfUse)},
	"UpdateUserAttributes":       {same(otherMail), keepingAddress(same(otherMail))},
	"UpdateUserPool":             {inNewPool(nil)},
	"UpdateUserPoolClient":       {inNewPool(nil)},
	"UpdateUserPoolDomain":       {domain(object{"ManagedLoginVersion": 2})},
	"UpdateUserPoolReplica":      {replica("ACTIVE")},
	"VerifySoftwareToken": {func(x *fragile) object {
		return object{"AccessToken": x.set.Access, "UserCode": x.associate().Code(x.clk.Now())}
	}, setUpFirst(firstAppCode)},
	"VerifyUserAttribute": {verification(code), aliased(verification(code)), keepingAddress(codeForNewAddress)},
}

// refusals has requests with wrong codes or passwords, which are refused and
// counted.
var refusals = map[string][]prepare{
	"AdminInitiateAuth":           {flow("ADMIN_USER_PASSWORD_AUTH", object{"PASSWORD": "Wrong-Passw0rd"})},
	"AdminRespondToAuthChallenge": wrongAnswers,
	"ChangePassword":              {same(object{"PreviousPassword": "Wrong-Passw0rd"})},
	"ConfirmForgotPassword":       {after("ForgotPassword", same(nil), same(object{"ConfirmationCode": "000000"}))},
	"ConfirmSignUp":               {withMembers(signUp, object{"ConfirmationCode": "000000"})},
	"InitiateAuth": {
		flow("USER_PASSWORD_AUTH", object{"PASSWORD": "Wrong-Passw0rd"}),
		flow("USER_PASSWORD_AUTH", with(password, object{"USERNAME": "nobody"})),
	},
	"RespondToAuthChallenge": wrongAnswers,
	"VerifySoftwareToken": {func(x *fragile) object {
		return object{"AccessToken": x.set.Access, "UserCode": x.otherCode(x.associate())}
	}},
	"VerifyUserAttribute": {verification("000000")},
}

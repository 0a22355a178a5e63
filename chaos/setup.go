package main

import (
	"fmt"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// relyingParty is the relying party of passkeys.
const relyingParty = "app.example.com"

// provider is the identity provider of the pool.
const provider = "Issuer"

// setUp creates the pools and the clients that the writers use. Messages of the
// main pool are sent to the inbox.
func (l *ledger) setUp(s *harness.Server) (err error) {
	if l.main.poolID, err = newPool(s, in{
		"AliasAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"}, "UserPoolTier": "PLUS",
		"LambdaConfig": in{
			"CustomEmailSender": in{
				"LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:inbox", "LambdaVersion": "V1_0",
			},
			"KMSKeyID": "arn:aws:kms:us-east-1:123456789012:key/chaos",
		},
	}); err != nil {
		return err
	}
	if l.tracking.poolID, err = newPool(s, in{
		"Policies":            in{"SignInPolicy": in{"AllowedFirstAuthFactors": []string{"PASSWORD", "WEB_AUTHN"}}},
		"DeviceConfiguration": in{"DeviceOnlyRememberedOnUserPrompt": true},
	}); err != nil {
		return err
	}
	if l.pages.poolID, err = newPool(s, in{
		"LambdaConfig":     in{"PreTokenGeneration": "arn:aws:lambda:us-east-1:123456789012:function:claims"},
		"DcrConfiguration": in{"EnableStatus": "Enabled"},
	}); err != nil {
		return err
	}
	on := switchedOn("device_grant", "pushed_requests")
	if err := s.Send("PUT", l.pages.extensionsPath(), "", on, nil); err != nil {
		return err
	}
	main, tracking := in{"UserPoolId": l.main.poolID}, in{"UserPoolId": l.tracking.poolID}
	pages := in{"UserPoolId": l.pages.poolID}
	sessions := in{"UserSessionTracking": "ENABLED", "TokenSession": in{"MaxPerUser": 10}}
	for _, step := range []struct {
		operation string
		fields    in
	}{
		{"SetUserPoolMfaConfig", with(main, in{
			"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": in{"Enabled": true},
		})},
		{"CreateIdentityProvider",
			with(main, in{"ProviderName": provider, "ProviderType": "OIDC"}, identityProvider.set("main"))},
		{"SetUserPoolMfaConfig", with(tracking, in{"WebAuthnConfiguration": in{"RelyingPartyId": relyingParty}})},
		{"SetUserPoolSessionConfiguration", with(tracking, sessions)},
		{"SetUserPoolSessionConfiguration", with(pages, sessions)},
	} {
		if err := s.Call(step.operation, step.fields, nil); err != nil {
			return fmt.Errorf("%s: %w", step.operation, err)
		}
	}
	return l.makeClients(s, main, tracking, pages)
}

func (l *ledger) makeClients(s *harness.Server, main, tracking, pages in) (err error) {
	passwords := in{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}
	rotation := in{
		"ExplicitAuthFlows":    []string{"ALLOW_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": in{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
	}
	for _, c := range []struct {
		id     *string
		fields in
	}{
		{&l.main.clientID, with(main, passwords)},
		{&l.tracking.clientID, with(tracking, passwords)},
		{&l.pages.clientID, with(pages, passwords)},
		{&l.rotatingID, with(main, rotation)},
	} {
		made, err := newClient(s, c.fields)
		if err != nil {
			return err
		}
		*c.id = made.Get("client_id")
	}
	const register = "aws.cognito/dcr/register"
	oauth := with(pages, in{"AllowedOAuthFlowsUserPoolClient": true, "GenerateSecret": true})
	if l.web, err = newClient(s, with(oauth, rotation, in{
		"AllowedOAuthFlows": []string{"code"}, "AllowedOAuthScopes": []string{"openid"},
		"CallbackURLs": []string{callback}, "LogoutURLs": []string{callback},
		"SupportedIdentityProviders": []string{"COGNITO"},
	})); err != nil {
		return err
	}
	registrar, err := newClient(s, with(oauth, in{
		"AllowedOAuthFlows": []string{"client_credentials"}, "AllowedOAuthScopes": []string{register},
	}))
	if err != nil {
		return err
	}
	var t tokenSet
	err = s.Form(tokenPath, with(registrar, url.Values{"grant_type": {"client_credentials"}}), &t)
	l.registration = t.Access
	return err
}

// newClient creates a client and returns its parameters at endpoints of OAuth.
func newClient(s *harness.Server, fields in) (url.Values, error) {
	var made any
	request := with(fields, in{"ClientName": "chaos", "AccessTokenValidity": 24, "AuthSessionValidity": 15})
	if err := s.Call("CreateUserPoolClient", request, &made); err != nil {
		return nil, err
	}
	c := url.Values{"client_id": {at(made, "UserPoolClient", "ClientId")}}
	if secret := at(made, "UserPoolClient", "ClientSecret"); secret != absent {
		c.Set("client_secret", secret)
	}
	return c, nil
}

func newPool(s *harness.Server, fields in) (id string, err error) {
	var made any
	err = s.Call("CreateUserPool", with(fields, in{"PoolName": "chaos", "MfaConfiguration": "OFF"}), &made)
	return at(made, "UserPool", "Id"), err
}

// invariants compares counters with rows: users, search rows and the estimate
// must agree.
func invariants(s *harness.Server, poolID string) (broken []string) {
	count := func(filter string) (n int) {
		var token any
		for {
			in := map[string]any{"UserPoolId": poolID, "Filter": filter}
			if token != nil {
				in["PaginationToken"] = token
			}
			var page struct {
				Users           []struct{}
				PaginationToken *string
			}
			if err := s.Call("ListUsers", in, &page); err != nil {
				broken = append(broken, "ListUsers: "+err.Error())
				return n
			}
			n += len(page.Users)
			if page.PaginationToken == nil {
				return n
			}
			token = *page.PaginationToken
		}
	}
	var pool struct {
		UserPool struct{ EstimatedNumberOfUsers int }
	}
	if err := s.Call("DescribeUserPool", map[string]any{"UserPoolId": poolID}, &pool); err != nil {
		broken = append(broken, "DescribeUserPool: "+err.Error())
	}
	all, found := count(""), count(`email ^= "u"`)
	if estimated := pool.UserPool.EstimatedNumberOfUsers; all != found || all != estimated {
		broken = append(broken, fmt.Sprintf("%d users, %d found by e-mail, %d counted", all, found, estimated))
	}
	return broken
}

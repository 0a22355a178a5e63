package e2e

import (
	"encoding/base64"
	"time"
)

// Inputs of the operations on federation, pages, messages and protection.

var (
	oidcDetails = object{"client_id": "app", "client_secret": "secret", "attributes_request_method": "GET",
		"oidc_issuer": "https://idp.example.com", "authorize_scopes": "openid email",
		"authorize_url": "https://idp.example.com/authorize", "token_url": "https://idp.example.com/token",
		"attributes_url": "https://idp.example.com/userinfo", "jwks_uri": "https://idp.example.com/keys"}
	samlDetails = object{"MetadataFile": `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ` +
		`entityID="https://idp.example.com"><IDPSSODescriptor ` +
		`protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo ` +
		`xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
		signingCertificate + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
		`Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`}
	appleDetails = object{
		"client_id": "com.example.app", "team_id": "ABCDE12345", "key_id": "ABCDE12345", "private_key": applePrivateKey,
		"authorize_scopes": "name email",
	}
	googleDetails = object{
		"client_id": "x.apps.googleusercontent.com", "client_secret": "secret", "authorize_scopes": "openid email",
	}
)

// newProvider is the smallest input for a type of provider.
func newProvider(name, kind string, details object) func(*estate) object {
	return func(e *estate) object {
		return e.in(object{"ProviderName": name, "ProviderType": kind, "ProviderDetails": details})
	}
}

// plus is a pool with threat protection.
func (e *estate) plus() string {
	return e.once("plus", func() string {
		e.must("UpdateUserPool", e.in(object{
			"AutoVerifiedAttributes": []any{"email"}, "UserPoolTier": "PLUS",
			"UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"},
		}))
		return e.pool()
	})
}

// inPlus returns the id of that pool and more members.
func (e *estate) inPlus(more object) object { return with(object{"UserPoolId": e.plus()}, more) }

// tracked is the pool with session tracking.
func (e *estate) tracked(more object) object {
	e.once("tracked", func() string {
		e.must("SetUserPoolSessionConfiguration", e.in(sessionTracking))
		return ""
	})
	return e.in(more)
}

var sessionTracking = object{"UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 20}}

// replicable is a pool with the settings that a replica requires.
func (e *estate) replicable(more object) object {
	e.once("replicable", func() string {
		e.had["pool"] = dig(e.must("CreateUserPool", object{"PoolName": "global", "IssuerConfiguration": object{
			"Type": "UPDATED",
		},
			"KeyConfiguration": object{
				"KeyType":   "CUSTOMER_MANAGED_KEY",
				"KmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef",
			}}), "UserPool", "Id")
		return ""
	})
	return e.in(more)
}

// replica is the pool's copy in another region.
func (e *estate) replica(more object) object {
	in := e.replicable(object{"RegionName": "eu-west-1"})
	e.once("replica", func() string {
		e.must("CreateUserPoolReplica", in)
		e.srv.advance(e.T, time.Minute) // it is CREATING for 30 seconds
		return ""
	})
	return with(in, more)
}

// withMail is a pool with its own mail sender, which e-mail MFA needs.
func (e *estate) withMail(more object) object {
	e.once("mail", func() string {
		e.must("UpdateUserPool", e.in(object{
			"AutoVerifiedAttributes": []any{"email", "phone_number"}, "EmailConfiguration": wholePool["EmailConfiguration"],
			"SmsConfiguration": snsConfiguration,
		}))
		return ""
	})
	return e.in(more)
}

func (e *estate) newDomain(more object) object {
	return e.in(with(object{"Domain": "auth-" + e.domainName()}, more))
}

var limitDefinition = object{"LimitClass": "API_CATEGORY", "Attributes": object{"Category": "UserAuthentication"}}

func notification(subject string) object {
	return object{"Subject": subject, "HtmlBody": "<p>Hello</p>", "TextBody": "Hello there"}
}

func action(kind string) object { return object{"EventAction": kind, "Notify": true} }

var wholeRisk = object{
	"CompromisedCredentialsRiskConfiguration": object{
		"EventFilter": []any{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}, "Actions": object{"EventAction": "BLOCK"},
	},
	"AccountTakeoverRiskConfiguration": object{
		"Actions": object{
			"LowAction": action("NO_ACTION"), "MediumAction": action("MFA_IF_CONFIGURED"), "HighAction": action("BLOCK"),
		},
		"NotifyConfiguration": object{"From": "a@example.com", "ReplyTo": "r@example.com",
			"SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com", "BlockEmail": notification("Blocked"),
			"MfaEmail": notification("New"), "NoActionEmail": notification("New")},
	},
	"RiskExceptionConfiguration": object{
		"BlockedIPRangeList": []any{"192.0.2.0/24"}, "SkippedIPRangeList": []any{"198.51.100.7/32", "2001:db8::/32"},
	},
}

func destinations(more object) object {
	return with(object{"EventSource": "userAuthEvents", "LogLevel": "INFO"}, more)
}

var toCloudWatch = object{"CloudWatchLogsConfiguration": object{
	"LogGroupArn": "arn:aws:logs:us-east-1:111111111111:log-group:/aws/vendedlogs/pool",
}}

// pixel is a PNG of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

var picture = base64.StdEncoding.EncodeToString(
	[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`),
)

func (e *estate) brandingSettings() object {
	return object{
		"components": object{"primaryButton": object{"lightMode": object{"defaults": object{"backgroundColor": "0972d3ff"}}}},
	}
}

func someAssets() []any {
	return []any{
		object{"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": pixel, "ResourceId": "logo"},
		object{"Category": "FAVICON_SVG", "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": picture},
	}
}

var someLinks = object{
	"cognito:default": "https://example.com/terms", "cognito:french": "https://example.com/fr",
	"cognito:chinese-simplified": "https://example.com/zh",
}

func (e *estate) newTerms() object {
	return e.in(object{
		"ClientId": e.client(), "TermsName": "privacy-policy", "TermsSource": "LINK", "Enforcement": "NONE",
		"Links": someLinks,
	})
}

func (e *estate) ofTerms() object    { return e.in(object{"TermsId": e.terms()}) }
func (e *estate) ofBranding() object { return e.in(object{"ManagedLoginBrandingId": e.branding()}) }
func ofPool(e *estate) object        { return e.in(nil) }

var configurationInputs = map[string]inputs{
	// Identity providers.
	"CreateIdentityProvider": {
		smallest: newProvider("Partner", "OIDC", oidcDetails),
		largest: func(e *estate) object {
			return e.in(object{"ProviderName": "Partner", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
				"AttributeMapping": object{"email": "email", "username": "sub"},
				"IdpIdentifiers":   []any{"partner.example", "partner.test"}, "AcrMapping": object{"Level2": "urn:idp:mfa"}})
		},
		more: map[string]func(*estate) object{
			"SAML": newProvider("Corporate", "SAML", samlDetails), "Google": newProvider("Google", "Google", googleDetails),
			"Facebook": newProvider("Facebook", "Facebook", object{
				"client_id": "1", "client_secret": "secret", "authorize_scopes": "public_profile,email", "api_version": "v17.0",
			}),
			"LoginWithAmazon": newProvider("LoginWithAmazon", "LoginWithAmazon",
				object{"client_id": "amzn1.application-oa2-client.1", "client_secret": "secret", "authorize_scopes": "profile"}),
			"SignInWithApple": newProvider("SignInWithApple", "SignInWithApple", appleDetails),
		},
	},
	"DeleteIdentityProvider":   both(func(e *estate) object { return e.in(object{"ProviderName": e.provider()}) }),
	"DescribeIdentityProvider": both(func(e *estate) object { return e.in(object{"ProviderName": e.provider()}) }),
	"GetIdentityProviderByIdentifier": both(func(e *estate) object {
		e.provider()
		return e.in(object{"IdpIdentifier": "partner.example"})
	}),
	"GetSigningCertificate": both(ofPool),
	"ListIdentityProviders": {
		smallest: ofPool,
		largest: func(e *estate) object {
			in := e.in(object{"MaxResults": 1})
			return with(in, object{"NextToken": e.token("ListIdentityProviders", "NextToken", in, e.provider, func() string {
				e.must("CreateIdentityProvider", newProvider("Second", "OIDC", oidcDetails)(e))
				return ""
			})})
		},
	},
	"UpdateIdentityProvider": {
		smallest: func(e *estate) object { return e.in(object{"ProviderName": e.provider()}) },
		largest: func(e *estate) object {
			return e.in(object{"ProviderName": e.provider(), "ProviderDetails": oidcDetails,
				"AttributeMapping": object{"email": "email", "username": "sub"}, "IdpIdentifiers": []any{"other.example"},
				"AcrMapping": object{"Level2": "urn:idp:mfa"}})
		},
	},

	// Domains.
	"CreateUserPoolDomain": {
		smallest: func(e *estate) object { return e.newDomain(nil) },
		largest:  func(e *estate) object { return e.customDomain() },
		more: map[string]func(*estate) object{
			"managed login": func(e *estate) object { return e.newDomain(object{"ManagedLoginVersion": 2}) },
		},
	},
	"DeleteUserPoolDomain":   both(func(e *estate) object { return e.in(object{"Domain": e.domain()}) }),
	"DescribeUserPoolDomain": both(func(e *estate) object { return object{"Domain": e.domain()} }),
	"UpdateUserPoolDomain": {
		smallest: func(e *estate) object { return e.in(object{"Domain": e.domain()}) },
		largest: func(e *estate) object {
			in := e.customDomain()
			e.must("CreateUserPoolDomain", in)
			return in
		},
	},

	// Pages.
	"GetUICustomization": {
		smallest: ofPool,
		largest:  func(e *estate) object { return e.in(object{"ClientId": e.client()}) },
	},
	"SetUICustomization": {
		smallest: func(e *estate) object { e.domain(); return e.in(nil) },
		largest: func(e *estate) object {
			e.domain()
			return e.in(object{
				"ClientId": e.client(), "CSS": ".submitButton-customizable { background-color: #337ab7; }", "ImageFile": pixel,
			})
		},
	},
	"CreateManagedLoginBranding": {
		// Either this or Settings is required, which the model does not express.
		smallest: func(e *estate) object {
			return e.in(object{"ClientId": e.client(), "UseCognitoProvidedValues": true})
		},
		largest: func(e *estate) object {
			return e.in(object{
				"ClientId": e.client(), "UseCognitoProvidedValues": false, "Settings": e.brandingSettings(), "Assets": someAssets(),
			})
		},
	},
	"DeleteManagedLoginBranding": both(func(e *estate) object { return e.ofBranding() }),
	"DescribeManagedLoginBranding": {
		smallest: func(e *estate) object { return e.ofBranding() },
		largest:  func(e *estate) object { return with(e.ofBranding(), object{"ReturnMergedResources": true}) },
	},
	"DescribeManagedLoginBrandingByClient": {
		smallest: func(e *estate) object { e.branding(); return e.in(object{"ClientId": e.client()}) },
		largest: func(e *estate) object {
			e.branding()
			return e.in(object{"ClientId": e.client(), "ReturnMergedResources": true})
		},
	},
	"UpdateManagedLoginBranding": {
		smallest: func(e *estate) object { return e.ofBranding() },
		largest: func(e *estate) object {
			return with(e.ofBranding(),
				object{"UseCognitoProvidedValues": false, "Settings": e.brandingSettings(), "Assets": someAssets()})
		},
	},
	"CreateTerms":   both(func(e *estate) object { return e.newTerms() }),
	"DeleteTerms":   both(func(e *estate) object { return e.ofTerms() }),
	"DescribeTerms": both(func(e *estate) object { return e.ofTerms() }),
	"DescribeTermsByClient": both(func(e *estate) object {
		e.terms()
		return e.in(object{"ClientId": e.client(), "TermsName": "terms-of-use"})
	}),
	"ListTerms": {
		smallest: ofPool,
		largest: func(e *estate) object {
			in := e.in(object{"MaxResults": 1})
			return with(in, object{"NextToken": e.token("ListTerms", "NextToken", in, e.terms, func() string {
				e.must("CreateTerms", e.newTerms())
				return ""
			})})
		},
	},
	"UpdateTerms": {
		smallest: func(e *estate) object { return e.ofTerms() },
		largest: func(e *estate) object {
			return with(e.ofTerms(),
				object{"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE", "Links": someLinks})
		},
	},

	// Factors, risk, logs.
	"GetUserPoolMfaConfig": both(ofPool),
	"SetUserPoolMfaConfig": {
		smallest: ofPool,
		largest: func(e *estate) object {
			return e.withMail(object{"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": object{"Enabled": true},
				"EmailMfaConfiguration": object{"Message": "Code {####}", "Subject": "Code"},
				"SmsMfaConfiguration":   object{"SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": snsConfiguration},
				"WebAuthnConfiguration": object{
					"RelyingPartyId": "example.com", "UserVerification": "required", "FactorConfiguration": "SINGLE_FACTOR",
				}})
		},
		without: []string{"SmsMfaConfiguration.SmsConfiguration.EumsSms"},
		more: map[string]func(*estate) object{
			"end user messaging": func(e *estate) object {
				return e.in(object{
					"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": object{"SmsConfiguration": eumsConfiguration},
				})
			},
		},
	},
	"DescribeRiskConfiguration": {
		smallest: func(e *estate) object { return e.inPlus(nil) },
		largest:  func(e *estate) object { return e.inPlus(object{"ClientId": e.client()}) },
	},
	"SetRiskConfiguration": {
		smallest: func(e *estate) object { return e.inPlus(nil) },
		largest:  func(e *estate) object { return e.inPlus(with(wholeRisk, object{"ClientId": e.client()})) },
	},
	"GetLogDeliveryConfiguration": both(ofPool),
	"SetLogDeliveryConfiguration": {
		smallest: func(e *estate) object { return e.in(object{"LogConfigurations": []any{}}) },
		largest: func(e *estate) object {
			return e.inPlus(object{"LogConfigurations": []any{
				with(toCloudWatch, object{"EventSource": "userNotification", "LogLevel": "ERROR"}),
				destinations(object{"S3Configuration": object{"BucketArn": "arn:aws:s3:::bucket"}}),
			}})
		},
		without: []string{"LogConfigurations.FirehoseConfiguration"},
		more: map[string]func(*estate) object{
			"Firehose": func(e *estate) object {
				return e.inPlus(object{"LogConfigurations": []any{destinations(object{
					"FirehoseConfiguration": object{"StreamArn": "arn:aws:firehose:us-east-1:111111111111:deliverystream/s"},
				})}})
			},
			"CloudWatch": func(e *estate) object {
				return e.inPlus(object{"LogConfigurations": []any{destinations(toCloudWatch)}})
			},
		},
	},

	// Sessions, limits, replicas.
	"GetUserPoolSessionConfiguration":       both(ofPool),
	"SetUserPoolSessionConfiguration":       both(func(e *estate) object { return e.in(sessionTracking) }),
	"GetUserPoolClientSessionConfiguration": both(func(e *estate) object { return e.in(object{"ClientId": e.client()}) }),
	"SetUserPoolClientSessionConfiguration": both(func(e *estate) object {
		return e.tracked(object{"ClientId": e.client(), "SSOSession": object{"MaxValidityMinutes": 30}})
	}),
	"GetProvisionedLimit": both(func(e *estate) object { return object{"LimitDefinition": limitDefinition} }),
	"UpdateProvisionedLimit": both(func(e *estate) object {
		return object{"LimitDefinition": limitDefinition, "RequestedLimitValue": 120}
	}),
	"CreateUserPoolReplica": {
		smallest: func(e *estate) object { return e.replicable(object{"RegionName": "eu-west-1"}) },
		largest: func(e *estate) object {
			return e.replicable(object{"RegionName": "eu-west-1", "UserPoolTags": object{"team": "a"}})
		},
	},
	"DeleteUserPoolReplica": both(func(e *estate) object { return e.replica(nil) }),
	"ListUserPoolReplicas": {
		smallest: ofPool,
		largest: func(e *estate) object {
			e.replica(nil)
			return e.in(nil)
		},
		without: []string{"NextToken"}, // a pool never has more than one page of replicas
	},
	"UpdateUserPoolReplica": both(func(e *estate) object { return e.replica(object{"Status": "ACTIVE"}) }),
}

// customDomain is a custom domain with a certificate.
func (e *estate) customDomain() object {
	return e.in(object{"Domain": "auth." + e.domainName() + ".example.com", "CustomDomainConfig": object{
		"CertificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/f81d4fae-7dec-41d0-8765-00a0c91e6bf6",
		"SecurityPolicy": "TLS_V1_2_2021"},
		"ManagedLoginVersion": 2, "Routing": object{"Failover": object{
			"PrimaryRoute53HealthCheckId": "f81d4fae-7dec-41d0-8765-00a0c91e6bf6", "SecondaryRegion": "eu-west-1",
		}}})
}

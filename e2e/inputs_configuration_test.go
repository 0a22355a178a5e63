package e2e

import (
	"encoding/base64"
	"time"
)

// Inputs of the operations on federation, pages, messages and protection.

var (
	oidcDetails = object{
		"client_id": "app", "client_secret": "secret", "attributes_request_method": "GET",
		"oidc_issuer": "https://idp.example.com", "authorize_scopes": "openid email",
		"authorize_url": "https://idp.example.com/authorize", "token_url": "https://idp.example.com/token",
		"attributes_url": "https://idp.example.com/userinfo", "jwks_uri": "https://idp.example.com/keys",
	}
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
func newProvider(name, kind string, details object) func(*fixture) object {
	return func(f *fixture) object {
		return f.in(object{"ProviderName": name, "ProviderType": kind, "ProviderDetails": details})
	}
}

// plus is a pool with threat protection.
func (f *fixture) plus() string {
	return f.once("plus", func() string {
		f.must("UpdateUserPool", f.in(object{
			"AutoVerifiedAttributes": []any{"email"}, "UserPoolTier": "PLUS",
			"UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"},
		}))
		return f.pool()
	})
}

// inPlus returns the id of that pool and more members.
func (f *fixture) inPlus(more object) object { return with(object{"UserPoolId": f.plus()}, more) }

// tracked is the pool with session tracking.
func (f *fixture) tracked(more object) object {
	f.once("tracked", func() string {
		f.must("SetUserPoolSessionConfiguration", f.in(sessionTracking))
		return ""
	})
	return f.in(more)
}

var sessionTracking = object{"UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 20}}

// replicable is a pool with the settings that a replica requires.
func (f *fixture) replicable(more object) object {
	f.once("replicable", func() string {
		made := f.must("CreateUserPool", object{
			"PoolName": "global", "IssuerConfiguration": object{"Type": "UPDATED"},
			"KeyConfiguration": object{
				"KeyType":   "CUSTOMER_MANAGED_KEY",
				"KmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef",
			},
		})
		f.stored["pool"] = dig(made, "UserPool", "Id")
		return ""
	})
	return f.in(more)
}

// replica is the pool's copy in another region.
func (f *fixture) replica(more object) object {
	in := f.replicable(object{"RegionName": "eu-west-1"})
	f.once("replica", func() string {
		f.must("CreateUserPoolReplica", in)
		f.srv.advance(f.T, time.Minute) // it is CREATING for 30 seconds
		return ""
	})
	return with(in, more)
}

// withMail is a pool with its own mail sender, which e-mail MFA needs.
func (f *fixture) withMail(more object) object {
	f.once("mail", func() string {
		f.must("UpdateUserPool", f.in(object{
			"AutoVerifiedAttributes": []any{"email", "phone_number"},
			"EmailConfiguration":     wholePool["EmailConfiguration"],
			"SmsConfiguration":       snsConfiguration,
		}))
		return ""
	})
	return f.in(more)
}

func (f *fixture) newDomain(more object) object {
	return f.in(with(object{"Domain": "auth-" + f.domainName()}, more))
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
			"LowAction":    action("NO_ACTION"),
			"MediumAction": action("MFA_IF_CONFIGURED"),
			"HighAction":   action("BLOCK"),
		},
		"NotifyConfiguration": object{
			"From": "a@example.com", "ReplyTo": "r@example.com",
			"SourceArn":     "arn:aws:ses:us-east-1:111111111111:identity/a@example.com",
			"BlockEmail":    notification("Blocked"),
			"MfaEmail":      notification("New"),
			"NoActionEmail": notification("New"),
		},
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

func brandingSettings() object {
	defaults := object{"defaults": object{"backgroundColor": "0972d3ff"}}
	return object{"components": object{"primaryButton": object{"lightMode": defaults}}}
}

func someAssets() []any {
	return []any{
		object{"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": pixel, "ResourceId": "logo"},
		object{"Category": "FAVICON_SVG", "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": picture},
	}
}

// ownBranding is a style that is not Cognito's.
func ownBranding() object {
	return object{"UseCognitoProvidedValues": false, "Settings": brandingSettings(), "Assets": someAssets()}
}

var someLinks = object{
	"cognito:default": "https://example.com/terms", "cognito:french": "https://example.com/fr",
	"cognito:chinese-simplified": "https://example.com/zh",
}

func (f *fixture) newTerms() object {
	return f.in(object{
		"ClientId": f.client(), "TermsName": "privacy-policy", "TermsSource": "LINK", "Enforcement": "NONE",
		"Links": someLinks,
	})
}

func (f *fixture) ofTerms() object    { return f.in(object{"TermsId": f.terms()}) }
func (f *fixture) ofBranding() object { return f.in(object{"ManagedLoginBrandingId": f.branding()}) }
func ofPool(f *fixture) object        { return f.in(nil) }

var configurationInputs = map[string]inputs{
	// Identity providers.
	"CreateIdentityProvider": {
		smallest: newProvider("Partner", "OIDC", oidcDetails),
		largest: func(f *fixture) object {
			return f.in(object{
				"ProviderName": "Partner", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
				"AttributeMapping": object{"email": "email", "username": "sub"},
				"IdpIdentifiers":   []any{"partner.example", "partner.test"},
				"AcrMapping":       object{"Level2": "urn:idp:mfa"},
			})
		},
		more: map[string]func(*fixture) object{
			"SAML":   newProvider("Corporate", "SAML", samlDetails),
			"Google": newProvider("Google", "Google", googleDetails),
			"Facebook": newProvider("Facebook", "Facebook", object{
				"client_id": "1", "client_secret": "secret",
				"authorize_scopes": "public_profile,email", "api_version": "v17.0",
			}),
			"LoginWithAmazon": newProvider("LoginWithAmazon", "LoginWithAmazon", object{
				"client_id": "amzn1.application-oa2-client.1", "client_secret": "secret", "authorize_scopes": "profile",
			}),
			"SignInWithApple": newProvider("SignInWithApple", "SignInWithApple", appleDetails),
		},
	},
	"DeleteIdentityProvider":   both(func(f *fixture) object { return f.in(object{"ProviderName": f.provider()}) }),
	"DescribeIdentityProvider": both(func(f *fixture) object { return f.in(object{"ProviderName": f.provider()}) }),
	"GetIdentityProviderByIdentifier": both(func(f *fixture) object {
		f.provider()
		return f.in(object{"IdpIdentifier": "partner.example"})
	}),
	"GetSigningCertificate": both(ofPool),
	"ListIdentityProviders": {
		smallest: ofPool,
		largest: func(f *fixture) object {
			in := f.in(object{"MaxResults": 1})
			return f.secondPage("ListIdentityProviders", "NextToken", in, f.provider, func() string {
				f.must("CreateIdentityProvider", newProvider("Second", "OIDC", oidcDetails)(f))
				return ""
			})
		},
	},
	"UpdateIdentityProvider": {
		smallest: func(f *fixture) object { return f.in(object{"ProviderName": f.provider()}) },
		largest: func(f *fixture) object {
			return f.in(object{
				"ProviderName": f.provider(), "ProviderDetails": oidcDetails,
				"AttributeMapping": object{"email": "email", "username": "sub"},
				"IdpIdentifiers":   []any{"other.example"},
				"AcrMapping":       object{"Level2": "urn:idp:mfa"},
			})
		},
	},

	// Domains.
	"CreateUserPoolDomain": {
		smallest: func(f *fixture) object { return f.newDomain(nil) },
		largest:  func(f *fixture) object { return f.customDomain() },
		more: map[string]func(*fixture) object{
			"managed login": func(f *fixture) object { return f.newDomain(object{"ManagedLoginVersion": 2}) },
		},
	},
	"DeleteUserPoolDomain":   both(func(f *fixture) object { return f.in(object{"Domain": f.domain()}) }),
	"DescribeUserPoolDomain": both(func(f *fixture) object { return object{"Domain": f.domain()} }),
	"UpdateUserPoolDomain": {
		smallest: func(f *fixture) object { return f.in(object{"Domain": f.domain()}) },
		largest: func(f *fixture) object {
			in := f.customDomain()
			f.must("CreateUserPoolDomain", in)
			return in
		},
	},

	// Pages.
	"GetUICustomization": {
		smallest: ofPool,
		largest:  func(f *fixture) object { return f.in(object{"ClientId": f.client()}) },
	},
	"SetUICustomization": {
		smallest: func(f *fixture) object { f.domain(); return f.in(nil) },
		largest: func(f *fixture) object {
			f.domain()
			const style = ".submitButton-customizable { background-color: #337ab7; }"
			return f.in(object{"ClientId": f.client(), "CSS": style, "ImageFile": pixel})
		},
	},
	"CreateManagedLoginBranding": {
		// Either this or Settings is required, which the model does not express.
		smallest: func(f *fixture) object {
			return f.in(object{"ClientId": f.client(), "UseCognitoProvidedValues": true})
		},
		largest: func(f *fixture) object {
			return f.in(with(ownBranding(), object{"ClientId": f.client()}))
		},
	},
	"DeleteManagedLoginBranding": both(func(f *fixture) object { return f.ofBranding() }),
	"DescribeManagedLoginBranding": {
		smallest: func(f *fixture) object { return f.ofBranding() },
		largest:  func(f *fixture) object { return with(f.ofBranding(), object{"ReturnMergedResources": true}) },
	},
	"DescribeManagedLoginBrandingByClient": {
		smallest: func(f *fixture) object { f.branding(); return f.in(object{"ClientId": f.client()}) },
		largest: func(f *fixture) object {
			f.branding()
			return f.in(object{"ClientId": f.client(), "ReturnMergedResources": true})
		},
	},
	"UpdateManagedLoginBranding": {
		smallest: func(f *fixture) object { return f.ofBranding() },
		largest: func(f *fixture) object {
			return with(f.ofBranding(), ownBranding())
		},
	},
	"CreateTerms":   both(func(f *fixture) object { return f.newTerms() }),
	"DeleteTerms":   both(func(f *fixture) object { return f.ofTerms() }),
	"DescribeTerms": both(func(f *fixture) object { return f.ofTerms() }),
	"DescribeTermsByClient": both(func(f *fixture) object {
		f.terms()
		return f.in(object{"ClientId": f.client(), "TermsName": "terms-of-use"})
	}),
	"ListTerms": {
		smallest: ofPool,
		largest: func(f *fixture) object {
			in := f.in(object{"MaxResults": 1})
			return f.secondPage("ListTerms", "NextToken", in, f.terms, func() string {
				f.must("CreateTerms", f.newTerms())
				return ""
			})
		},
	},
	"UpdateTerms": {
		smallest: func(f *fixture) object { return f.ofTerms() },
		largest: func(f *fixture) object {
			return with(f.ofTerms(), object{
				"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE", "Links": someLinks,
			})
		},
	},

	// Factors, risk, logs.
	"GetUserPoolMfaConfig": both(ofPool),
	"SetUserPoolMfaConfig": {
		smallest: ofPool,
		largest: func(f *fixture) object {
			return f.withMail(object{
				"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": object{"Enabled": true},
				"EmailMfaConfiguration": object{"Message": "Code {####}", "Subject": "Code"},
				"SmsMfaConfiguration": object{
					"SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": snsConfiguration,
				},
				"WebAuthnConfiguration": object{
					"RelyingPartyId": "example.com", "UserVerification": "required",
					"FactorConfiguration": "SINGLE_FACTOR",
				},
			})
		},
		without: []string{"SmsMfaConfiguration.SmsConfiguration.EumsSms"},
		more: map[string]func(*fixture) object{
			"end user messaging": func(f *fixture) object {
				return f.in(object{
					"MfaConfiguration":    "OPTIONAL",
					"SmsMfaConfiguration": object{"SmsConfiguration": eumsConfiguration},
				})
			},
		},
	},
	"DescribeRiskConfiguration": {
		smallest: func(f *fixture) object { return f.inPlus(nil) },
		largest:  func(f *fixture) object { return f.inPlus(object{"ClientId": f.client()}) },
	},
	"SetRiskConfiguration": {
		smallest: func(f *fixture) object { return f.inPlus(nil) },
		largest:  func(f *fixture) object { return f.inPlus(with(wholeRisk, object{"ClientId": f.client()})) },
	},
	"GetLogDeliveryConfiguration": both(ofPool),
	"SetLogDeliveryConfiguration": {
		smallest: func(f *fixture) object { return f.in(object{"LogConfigurations": []any{}}) },
		largest: func(f *fixture) object {
			return f.inPlus(object{"LogConfigurations": []any{
				with(toCloudWatch, object{"EventSource": "userNotification", "LogLevel": "ERROR"}),
				destinations(object{"S3Configuration": object{"BucketArn": "arn:aws:s3:::bucket"}}),
			}})
		},
		without: []string{"LogConfigurations.FirehoseConfiguration"},
		more: map[string]func(*fixture) object{
			"Firehose": func(f *fixture) object {
				const stream = "arn:aws:firehose:us-east-1:111111111111:deliverystream/s"
				return f.inPlus(object{"LogConfigurations": []any{
					destinations(object{"FirehoseConfiguration": object{"StreamArn": stream}}),
				}})
			},
			"CloudWatch": func(f *fixture) object {
				return f.inPlus(object{"LogConfigurations": []any{destinations(toCloudWatch)}})
			},
		},
	},

	// Sessions, limits, replicas.
	"GetUserPoolSessionConfiguration": both(ofPool),
	"SetUserPoolSessionConfiguration": both(func(f *fixture) object { return f.in(sessionTracking) }),
	"GetUserPoolClientSessionConfiguration": both(func(f *fixture) object {
		return f.in(object{"ClientId": f.client()})
	}),
	"SetUserPoolClientSessionConfiguration": both(func(f *fixture) object {
		return f.tracked(object{"ClientId": f.client(), "SSOSession": object{"MaxValidityMinutes": 30}})
	}),
	"GetProvisionedLimit": both(func(f *fixture) object { return object{"LimitDefinition": limitDefinition} }),
	"UpdateProvisionedLimit": both(func(f *fixture) object {
		return object{"LimitDefinition": limitDefinition, "RequestedLimitValue": 120}
	}),
	"CreateUserPoolReplica": {
		smallest: func(f *fixture) object { return f.replicable(object{"RegionName": "eu-west-1"}) },
		largest: func(f *fixture) object {
			return f.replicable(object{"RegionName": "eu-west-1", "UserPoolTags": object{"team": "a"}})
		},
	},
	"DeleteUserPoolReplica": both(func(f *fixture) object { return f.replica(nil) }),
	"ListUserPoolReplicas": {
		smallest: ofPool,
		largest: func(f *fixture) object {
			f.replica(nil)
			return f.in(nil)
		},
		without: []string{"NextToken"}, // a pool never has more than one page of replicas
	},
	"UpdateUserPoolReplica": both(func(f *fixture) object { return f.replica(object{"Status": "ACTIVE"}) }),
}

// customDomain is a custom domain with a certificate.
func (f *fixture) customDomain() object {
	return f.in(object{
		"Domain": "auth." + f.domainName() + ".example.com",
		"CustomDomainConfig": object{
			"CertificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/f81d4fae-7dec-41d0-8765-00a0c91e6bf6",
			"SecurityPolicy": "TLS_V1_2_2021",
		},
		"ManagedLoginVersion": 2,
		"Routing": object{"Failover": object{
			"PrimaryRoute53HealthCheckId": "f81d4fae-7dec-41d0-8765-00a0c91e6bf6", "SecondaryRegion": "eu-west-1",
		}},
	})
}

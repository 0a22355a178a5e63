package awsapi_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// samlMetadata returns metadata with the pool's own certificate as the signing
// certificate: any certificate will do.
func (w *world) samlMetadata(pool, endpoints string) string {
	w.t.Helper()
	cert := at(w.must("GetSigningCertificate", object{"UserPoolId": pool}), "Certificate")
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/entity">
 <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  %s
  <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/>
 </md:IDPSSODescriptor>
</md:EntityDescriptor>`, cert, endpoints)
}

const sloEndpoint = `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
	`Location="https://idp.example.com/slo"/>`

// provider returns the provider in a response, without its dates.
func provider(answer object) object {
	shown := maps.Clone(at(answer, "IdentityProvider").(object))
	delete(shown, "CreationDate")
	delete(shown, "LastModifiedDate")
	return shown
}

var endpoints = object{
	"authorize_url": "https://op.example.com/authorize", "token_url": "https://op.example.com/token",
	"attributes_url": "https://op.example.com/userinfo", "jwks_uri": "https://op.example.com/jwks",
}

var oidcDetails = with(endpoints, object{
	"client_id": "c", "client_secret": "s", "authorize_scopes": "openid email", "attributes_request_method": "GET",
	"oidc_issuer": "https://op.example.com",
})

func TestIdentityProviderLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool, "ProviderName": "Corp"}
	whole := with(ref, object{
		"ProviderType": "OIDC", "ProviderDetails": oidcDetails, "AttributeMapping": object{"email": "email"},
		"IdpIdentifiers": []any{"corp.example.com", "corp"},
	})
	want := with(whole, object{
		"ProviderDetails":  with(oidcDetails, object{"attributes_url_add_attributes": "false"}),
		"AttributeMapping": object{"email": "email", "username": "sub"},
	})
	shown := func() string { return asJSON(t, provider(w.must("DescribeIdentityProvider", ref))) }
	if got := asJSON(t, provider(w.must("CreateIdentityProvider", whole))); got != asJSON(t, want) || shown() != got {
		t.Errorf("created %s\nshown %s\nwant %s", got, shown(), asJSON(t, want))
	}
	w.refusal("CreateIdentityProvider", whole,
		"DuplicateProviderException: A provider with the name Corp already exists in this user pool.")
	w.refusal("CreateIdentityProvider", with(whole, object{"ProviderName": "CORP", "IdpIdentifiers": []any{}}),
		"DuplicateProviderException: A provider with the name CORP already exists in this user pool.")
	// Update each mutable member alone; the others are kept.
	for _, change := range []object{
		{"IdpIdentifiers": []any{"corp", "new.example.com"}},
		{"AttributeMapping": object{"name": "name", "username": "sub"}},
		{"ProviderDetails": with(oidcDetails,
			object{"client_secret": "other", "attributes_url_add_attributes": "false"})},
		{"AcrMapping": object{"Level2": "urn:mfa"}},
		{"IdpIdentifiers": []any{}},
	} {
		w.clk.Advance(time.Minute)
		want = with(want, change)
		got := asJSON(t, provider(w.must("UpdateIdentityProvider", with(ref, change))))
		if got != asJSON(t, want) || shown() != got {
			t.Errorf("updated %s\nshown %s\nwant %s", got, shown(), asJSON(t, want))
		}
	}
	// The result of Describe can be sent as an update.
	again := with(provider(w.must("DescribeIdentityProvider", ref)), nil)
	delete(again, "ProviderType")
	if w.must("UpdateIdentityProvider", again); shown() != asJSON(t, want) {
		t.Errorf("an update with the result of Describe changed the provider: %s", shown())
	}
	w.must("DeleteIdentityProvider", ref)
	for _, operation := range []string{"DescribeIdentityProvider", "UpdateIdentityProvider", "DeleteIdentityProvider"} {
		w.refusal(operation, ref, "ResourceNotFoundException: Identity provider Corp does not exist.")
	}
	w.must("CreateIdentityProvider", whole)
	w.account = "222222222222"
	none := "ResourceNotFoundException: User pool " + pool + " does not exist."
	for operation, in := range map[string]object{
		"CreateIdentityProvider": whole, "DescribeIdentityProvider": ref, "UpdateIdentityProvider": ref,
		"DeleteIdentityProvider": ref, "ListIdentityProviders": {"UserPoolId": pool},
		"GetSigningCertificate":           {"UserPoolId": pool},
		"GetIdentityProviderByIdentifier": {"UserPoolId": pool, "IdpIdentifier": "corp"},
		"AdminLinkProviderForUser":        {"UserPoolId": pool, "DestinationUser": object{}, "SourceUser": object{}},
		"AdminDisableProviderForUser":     {"UserPoolId": pool, "User": object{}},
	} {
		w.refusal(operation, in, none)
	}
}

func TestIdentifiersOfProviders(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	corp := object{
		"UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
		"IdpIdentifiers": []any{"a", "b"},
	}
	w.must("CreateIdentityProvider", corp)
	by := func(id string) object { return object{"UserPoolId": pool, "IdpIdentifier": id} }
	if got := at(w.must("GetIdentityProviderByIdentifier", by("b")), "IdentityProvider.ProviderName"); got != "Corp" {
		t.Errorf("the provider with the identifier b is %v", got)
	}
	const used = "InvalidParameterException: The IdpIdentifier b is already used by a provider of this user pool."
	other := with(corp, object{"ProviderName": "Other", "IdpIdentifiers": []any{"c", "b"}})
	w.refusal("CreateIdentityProvider", other, used)
	// A refused creation stores nothing: c is unused, Other does not exist.
	w.must("CreateIdentityProvider", with(other, object{"IdpIdentifiers": []any{"c"}}))
	identify := func(name string, ids ...any) object {
		return object{"UserPoolId": pool, "ProviderName": name, "IdpIdentifiers": ids}
	}
	w.refusal("UpdateIdentityProvider", identify("Other", "b"), used)
	w.refusal("UpdateIdentityProvider", identify("Other", "d", "d"),
		"InvalidParameterException: Duplicate IdpIdentifier d.")
	w.must("UpdateIdentityProvider", identify("Corp", "a"))
	w.refusal("GetIdentityProviderByIdentifier", by("b"),
		"ResourceNotFoundException: Identity provider with identifier b does not exist.")
	w.must("UpdateIdentityProvider", identify("Other", "b"))
	w.must("DeleteIdentityProvider", object{"UserPoolId": pool, "ProviderName": "Other"})
	w.refusal("GetIdentityProviderByIdentifier", by("b"),
		"ResourceNotFoundException: Identity provider with identifier b does not exist.")
	// Pools do not share identifiers.
	w.must("CreateIdentityProvider", with(corp, object{"UserPoolId": w.pool(nil)}))
}

func TestProvidersOfSocialTypes(t *testing.T) {
	social := object{"client_id": "c", "client_secret": "s", "authorize_scopes": "email"}
	apple := object{
		"client_id": "c", "team_id": "t", "key_id": "k", "private_key": "p", "authorize_scopes": "email name",
	}
	for name, c := range map[string]struct {
		details, adds object
		username      string
	}{
		"Google": {social, object{
			"attributes_url":                "https://people.googleapis.com/v1/people/me?personFields=",
			"attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
			"oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
			"token_url": "https://www.googleapis.com/oauth2/v4/token",
		}, "sub"},
		"Facebook": {with(social, object{"api_version": "v6.0"}), object{
			"attributes_url": "https://graph.facebook.com/v6.0/me?fields=", "attributes_url_add_attributes": "true",
			"authorize_url": "https://www.facebook.com/v6.0/dialog/oauth", "token_request_method": "GET",
			"token_url": "https://graph.facebook.com/v6.0/oauth/access_token",
		}, "id"},
		"LoginWithAmazon": {social, object{
			"attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
			"authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST",
			"token_url": "https://api.amazon.com/auth/o2/token",
		}, "user_id"},
		"SignInWithApple": {apple, object{
			"attributes_url_add_attributes": "false", "authorize_url": "https://appleid.apple.com/auth/authorize",
			"oidc_issuer": "https://appleid.apple.com", "token_request_method": "POST",
			"token_url": "https://appleid.apple.com/auth/token",
		}, "sub"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			pool := w.pool(nil)
			ref := object{"UserPoolId": pool, "ProviderName": name}
			create := with(ref, object{"ProviderType": name, "ProviderDetails": c.details})
			details := with(c.details, c.adds)
			delete(details, "private_key")
			want := asJSON(t, with(create, object{
				"ProviderDetails":  details,
				"AttributeMapping": object{"username": c.username}, "IdpIdentifiers": []any{},
			}))
			if got := asJSON(t, provider(w.must("CreateIdentityProvider", create))); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			// Sending the result back changes nothing, and a new api_version changes the
			// URLs that were derived from the old one.
			w.must("UpdateIdentityProvider", with(ref, object{"ProviderDetails": details}))
			if got := asJSON(t, provider(w.must("DescribeIdentityProvider", ref))); got != want {
				t.Errorf("an update with the result changed the provider: %s", got)
			}
			if name == "Facebook" {
				newer := w.must("UpdateIdentityProvider",
					with(ref, object{"ProviderDetails": with(details, object{"api_version": "v17.0"})}))
				got := at(newer, "IdentityProvider.ProviderDetails.token_url")
				if got != "https://graph.facebook.com/v17.0/oauth/access_token" {
					t.Errorf("token_url %v", got)
				}
			}
			// URLs that were set are kept.
			own := with(c.details, object{"token_url": "https://id.example.com/token"})
			updated := w.must("UpdateIdentityProvider", with(ref, object{"ProviderDetails": own}))
			if got := at(updated, "IdentityProvider.ProviderDetails.token_url"); got != own["token_url"] {
				t.Errorf("token_url %v", got)
			}
			w.refusal("CreateIdentityProvider", with(create, object{"ProviderName": "Mine"}),
				"InvalidParameterException: Provider Mine cannot be of type "+name+".")
			w.refusal("CreateIdentityProvider",
				with(create, object{"ProviderType": "OIDC", "ProviderDetails": oidcDetails}),
				"InvalidParameterException: Provider "+name+" cannot be of type OIDC.")
			needs := "clientId, clientSecret and authorizeScopes are all required idp details."
			if name == "SignInWithApple" {
				needs = "clientId, privateKey, teamId, and keyId are all required idp details."
			}
			w.must("DeleteIdentityProvider", ref)
			w.refusal("CreateIdentityProvider", with(create, object{"ProviderDetails": object{"client_id": "c"}}),
				"InvalidParameterException: "+needs)
		})
	}
}

type refusedProvider struct {
	change object
	want   string
}

// refusedProviders returns invalid changes of a provider; needs is the refusal for
// missing details.
func refusedProviders(needs string) map[string]refusedProvider {
	details := func(more object) object { return object{"ProviderDetails": with(oidcDetails, more)} }
	saml := func(d object) object { return object{"ProviderType": "SAML", "ProviderDetails": d} }
	mapping := func(target, claim string) object { return object{"AttributeMapping": object{target: claim}} }
	unknown := func(target string) string {
		return "Attribute mapping is not valid: " + target + ": Attribute does not exist in the schema."
	}
	const notHTTPS = "OIDC endpoint must start with https://"
	many := object{}
	for n := range 60 {
		many[fmt.Sprint("key", n)] = "x"
	}
	return map[string]refusedProvider{
		"reserved":           {object{"ProviderName": "COGNITO"}, "Provider COGNITO cannot be of type OIDC."},
		"reserved, any case": {object{"ProviderName": "Cognito"}, "Provider Cognito cannot be of type OIDC."},
		"no client":          {details(object{"client_id": ""}), needs},
		"no scopes":          {details(object{"authorize_scopes": ""}), needs},
		"no issuer":          {details(object{"oidc_issuer": ""}), needs},
		"no method":          {details(object{"attributes_request_method": ""}), needs},
		"unknown method": {
			details(object{"attributes_request_method": "PUT"}),
			"attributes_request_method must be one of [POST, GET].",
		},
		"issuer over http":          {details(object{"oidc_issuer": "http://op.example.com"}), notHTTPS},
		"token endpoint over http":  {details(object{"token_url": "http://op.example.com"}), notHTTPS},
		"javascript URL":            {details(object{"authorize_url": "javascript:alert(1)"}), notHTTPS},
		"URL with user information": {details(object{"jwks_uri": "https://a:b@op.example.com/"}), notHTTPS},
		"URL without host":          {details(object{"jwks_uri": "https:///jwks"}), notHTTPS},
		"too many details":          {details(many), "ProviderDetails cannot have more than 50 keys."},
		"other claim for username": {
			mapping("username", "email"),
			"The attribute mapping for username of a provider of type OIDC must be sub.",
		},
		"unknown target":    {mapping("shoe", "size"), unknown("shoe")},
		"target sub":        {mapping("sub", "sub"), unknown("sub")},
		"target identities": {mapping("identities", "x"), unknown("identities")},
		"developer target":  {mapping("dev:custom:secret", "x"), unknown("dev:custom:secret")},
		"empty claim":       {mapping("email", ""), "Attribute mapping for email cannot be empty."},
		"unknown level": {
			object{"AcrMapping": object{"Level5": "x"}},
			"AcrMapping keys must be one of Level1, Level2, Level3, Level4.",
		},
		"no metadata": {
			saml(object{"IDPSignout": "true"}), "At least one of the MetadataURL or MetadataFile should be provided.",
		},
		"both MetadataURL and MetadataFile": {
			saml(object{"MetadataURL": "https://a.example.com", "MetadataFile": "x"}),
			"Only one of the MetadataURL or MetadataFile should be provided.",
		},
		"metadata over http": {
			saml(object{"MetadataURL": "http://a.example.com"}), "MetadataURL must start with https://",
		},
		"not a boolean": {saml(object{"MetadataFile": "x", "IDPInit": "yes"}), "IDPInit must be true or false."},
		"algorithm": {
			saml(object{"MetadataFile": "x", "RequestSigningAlgorithm": "rsa-sha1"}),
			"RequestSigningAlgorithm must be rsa-sha256.",
		},
		"not metadata": {
			saml(object{"MetadataFile": "x"}), "Invalid SAML metadata: it has text outside of its root element.",
		},
		"AcrMapping of SAML": {
			with(saml(object{"MetadataFile": "x"}), object{"AcrMapping": object{"Level1": "x"}}),
			"AcrMapping is supported for providers of type OIDC only.",
		},
		"username of SAML": {
			with(saml(object{"MetadataFile": "x"}), mapping("username", "uid")), unknown("username"),
		},
		"invalid api_version": {object{
			"ProviderName": "Facebook", "ProviderType": "Facebook", "ProviderDetails": object{
				"client_id": "c", "client_secret": "s", "authorize_scopes": "email", "api_version": "v1.0/../x",
			},
		}, "api_version v1.0/../x is not valid."},
	}
}

func TestRulesOfProviders(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(object{"Schema": []any{
		object{"Name": "team", "AttributeDataType": "String"},
		object{"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
	}})
	base := object{"UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": oidcDetails}
	needs := "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details."
	for name, c := range refusedProviders(needs) {
		t.Run(name, func(t *testing.T) {
			inner := *w
			inner.t = t
			inner.refusal("CreateIdentityProvider", with(base, c.change), "InvalidParameterException: "+c.want)
		})
	}
	w.must("CreateIdentityProvider",
		with(base, object{"AttributeMapping": object{"custom:team": "team", "email_verified": "email_verified"}}))
	// The same rules apply to an update.
	w.refusal("UpdateIdentityProvider",
		object{"UserPoolId": pool, "ProviderName": "Corp", "ProviderDetails": object{"client_id": "c"}},
		"InvalidParameterException: "+needs)
	w.refusal("CreateIdentityProvider", with(base, object{"UserPoolId": "us-east-1_nowhere"}),
		"ResourceNotFoundException: User pool us-east-1_nowhere does not exist.")
}

func TestSAMLProvider(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	document := w.samlMetadata(pool, sloEndpoint)
	ref := object{"UserPoolId": pool, "ProviderName": "Corp"}
	details := object{
		"MetadataFile": document, "IDPSignout": "true", "EncryptedResponses": "false",
		"RequestSigningAlgorithm": "rsa-sha256",
	}
	created := provider(w.must("CreateIdentityProvider", with(ref, object{
		"ProviderType": "SAML", "ProviderDetails": details, "AttributeMapping": object{"email": "mail"},
	})))
	encryption := at(created, "ProviderDetails.ActiveEncryptionCertificate").(string)
	want := with(details, object{
		"SSORedirectBindingURI": "https://idp.example.com/sso", "SLORedirectBindingURI": "https://idp.example.com/slo",
		"ActiveEncryptionCertificate": encryption,
	})
	if got := asJSON(t, at(created, "ProviderDetails")); got != asJSON(t, want) {
		t.Errorf("details %s\nwant %s", got, asJSON(t, want))
	}
	readCertificate(t, encryption)
	// Derived details cannot be set, and updates keep the key.
	updated := w.must("UpdateIdentityProvider", with(ref, object{"ProviderDetails": with(want, object{
		"MetadataFile": w.samlMetadata(pool, ""), "SSORedirectBindingURI": "https://evil.example.com/",
		"ActiveEncryptionCertificate": "mine",
	})}))
	if at(updated, "IdentityProvider.ProviderDetails.SSORedirectBindingURI") != "https://idp.example.com/sso" ||
		at(updated, "IdentityProvider.ProviderDetails.ActiveEncryptionCertificate") != encryption {
		t.Errorf("updated to %s", asJSON(t, at(updated, "IdentityProvider.ProviderDetails")))
	}
	if strings.Contains(asJSON(t, updated), "PKCS8") {
		t.Error("the private key is in the response")
	}
	// An update without details keeps the metadata, even if it is no longer valid.
	w.clk.Advance(20 * 365 * 24 * time.Hour)
	w.must("UpdateIdentityProvider", with(ref, object{"IdpIdentifiers": []any{"corp"}}))
	w.refusal("UpdateIdentityProvider", with(ref, object{"ProviderDetails": details}),
		"InvalidParameterException: Invalid SAML metadata: its signing certificate has expired.")
}

func TestProvidersOfClients(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool, "ClientName": "web", "SupportedIdentityProviders": []any{"COGNITO", "Corp"}}
	unknown := "InvalidParameterException: The provider Corp does not exist for User Pool " + pool
	w.refusal("CreateUserPoolClient", in, unknown)
	w.must("CreateIdentityProvider",
		object{"UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": oidcDetails})
	client := at(w.must("CreateUserPoolClient", in), "UserPoolClient.ClientId")
	// A client keeps the name of a deleted provider, and can only be updated without
	// it.
	w.must("DeleteIdentityProvider", object{"UserPoolId": pool, "ProviderName": "Corp"})
	ref := object{"UserPoolId": pool, "ClientId": client}
	described := w.must("DescribeUserPoolClient", ref)
	got := asJSON(t, at(described, "UserPoolClient.SupportedIdentityProviders"))
	if got != `["COGNITO","Corp"]` {
		t.Errorf("providers %s", got)
	}
	w.refusal("UpdateUserPoolClient", with(ref, object{"SupportedIdentityProviders": []any{"Corp"}}), unknown)
	w.must("UpdateUserPoolClient", with(ref, object{"SupportedIdentityProviders": []any{"COGNITO"}}))
}

func TestListIdentityProviders(t *testing.T) {
	w := newWorld(t)
	pool, other := w.pool(nil), w.pool(nil)
	create := object{"UserPoolId": pool, "ProviderType": "OIDC", "ProviderDetails": oidcDetails}
	for n := range idp.MaxProviders {
		w.must("CreateIdentityProvider", with(create, object{"ProviderName": fmt.Sprintf("p%03d", n)}))
	}
	w.refusal("CreateIdentityProvider", with(create, object{"ProviderName": "p300"}),
		"LimitExceededException: Exceeded the limit of 300 identity providers in user pool "+pool+".")
	var names []string
	in := object{"UserPoolId": pool}
	for {
		page := w.must("ListIdentityProviders", in)
		for _, p := range page["Providers"].([]any) {
			if at(p.(object), "ProviderType") != "OIDC" || at(p.(object), "CreationDate") == nil ||
				at(p.(object), "LastModifiedDate") == nil {
				t.Errorf("listed %v", p)
			}
			names = append(names, at(p.(object), "ProviderName").(string))
		}
		if page["NextToken"] == nil {
			break
		}
		in["NextToken"] = page["NextToken"]
		w.refusal("ListIdentityProviders", with(in, object{"UserPoolId": other}),
			"InvalidParameterException: Invalid pagination token.")
	}
	if len(names) != 300 || names[0] != "p000" || names[299] != "p299" {
		t.Errorf("listed %d: %v", len(names), names)
	}
	if got := asJSON(t, w.must("ListIdentityProviders", object{"UserPoolId": other})); got != `{"Providers":[]}` {
		t.Errorf("an empty pool lists %s", got)
	}
}

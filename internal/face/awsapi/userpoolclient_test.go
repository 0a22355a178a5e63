package awsapi_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestDefaultsOfAClient(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	c := at(w.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "web"}), "UserPoolClient").(object)
	want := `{"AllowedOAuthFlowsUserPoolClient":false,"AuthSessionValidity":3,"ClientName":"web",` +
		`"EnablePropagateAdditionalUserContextData":false,"EnableTokenRevocation":true,"RefreshTokenValidity":30,` +
		`"TokenValidityUnits":{},"UserPoolId":"` + pool + `"}`
	id := c["ClientId"].(string)
	for _, name := range []string{"ClientId", "CreationDate", "LastModifiedDate"} {
		if c[name] == nil {
			t.Errorf("no %s", name)
		}
		delete(c, name)
	}
	if got := asJSON(t, c); got != want {
		t.Errorf("a client is\n%s, want\n%s", got, want)
	}
	if !regexp.MustCompile(`^[0-9a-v]{26}$`).MatchString(id) {
		t.Errorf("client id %s", id)
	}
	w.refusal("DescribeUserPoolClient", object{"UserPoolId": pool, "ClientId": "nobody"},
		"ResourceNotFoundException: User pool client nobody does not exist.")
	w.refusal("DescribeUserPoolClient", object{"UserPoolId": w.pool(nil), "ClientId": id},
		"ResourceNotFoundException: User pool client "+id+" does not exist.")
}

// wholeClient has every member of a client.
var wholeClient = object{
	"RefreshTokenValidity": 12, "AccessTokenValidity": 30, "IdTokenValidity": 40,
	"TokenValidityUnits": object{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
	"ReadAttributes":     []string{"email", "name"}, "WriteAttributes": []string{"email", "oidc:profile"},
	"ExplicitAuthFlows":          []string{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	"SupportedIdentityProviders": []string{"COGNITO"},
	"CallbackURLs":               []string{"https://app.example.com/cb", "http://localhost:3000/cb", "myapp://cb"},
	"LogoutURLs":                 []string{"https://app.example.com/out"},
	"DefaultRedirectURI":         "https://app.example.com/cb", "AllowedOAuthFlows": []string{"code"},
	"AllowedOAuthScopes": []string{"openid", "email"}, "AllowedOAuthFlowsUserPoolClient": true,
	"PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": false,
	"AuthSessionValidity":                      5,
	"EnablePropagateAdditionalUserContextData": true,
	"AnalyticsConfiguration": object{
		"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:111111111111:apps/x", "UserDataShared": false,
	},
}

func TestClientsDoNotDrift(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	created := w.client(pool, with(wholeClient, object{"GenerateSecret": true}))
	updated := w.client(pool, object{"GenerateSecret": true})
	w.must("UpdateUserPoolClient", with(wholeClient, object{"UserPoolId": pool, "ClientId": updated}))
	for how, id := range map[string]string{"created": created, "updated": updated} {
		c := at(w.must("DescribeUserPoolClient", object{"UserPoolId": pool, "ClientId": id}), "UserPoolClient").(object)
		for name, sent := range wholeClient {
			if got, want := asJSON(t, c[name]), asJSON(t, sent); got != want {
				t.Errorf("%s: %s is %s, want %s", how, name, got, want)
			}
		}
		if secret, _ := c["ClientSecret"].(string); len(secret) != 52 {
			t.Errorf("%s: a secret of %d characters", how, len(secret))
		}
	}
	// An update replaces everything except the name and the secret.
	ref := object{"UserPoolId": pool, "ClientId": created}
	w.must("UpdateUserPoolClient", ref)
	c := at(w.must("DescribeUserPoolClient", ref), "UserPoolClient").(object)
	if c["ClientName"] != "test" || c["ClientSecret"] == nil || c["CallbackURLs"] != nil ||
		c["EnableTokenRevocation"] != true {
		t.Errorf("after an empty update: %v", asJSON(t, c))
	}
	w.must("DeleteUserPoolClient", ref)
	w.refusal("DeleteUserPoolClient", ref,
		"ResourceNotFoundException: User pool client "+created+" does not exist.")
}

func TestPartialUnitsAreCompleted(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	c := at(w.must("CreateUserPoolClient", object{
		"UserPoolId": pool, "ClientName": "c", "AccessTokenValidity": 10,
		"TokenValidityUnits": object{"AccessToken": "minutes"},
	}), "UserPoolClient").(object)
	sameJSON(t, "units", c["TokenValidityUnits"],
		object{"AccessToken": "minutes", "IdToken": "hours", "RefreshToken": "days"})
}

type refusedClient struct {
	in   object
	want string
}

// refusedClients returns clients that are invalid in a pool that requires email.
func refusedClients(pool string) map[string]refusedClient {
	invalid := func(text string) string { return "InvalidParameterException: " + text }
	oauth := func(more object) object {
		return with(object{
			"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": []string{"code"},
			"AllowedOAuthScopes": []string{"openid"}, "CallbackURLs": []string{"https://a.example.com"},
		}, more)
	}
	callback := func(u, want string) refusedClient {
		return refusedClient{oauth(object{"CallbackURLs": []string{u}}), invalid(u + " " + want)}
	}
	badWrite := invalid("Invalid write attributes specified while creating a client")
	badRange := invalid("Invalid range for token validity.")
	return map[string]refusedClient{
		"short access token": {
			object{"AccessTokenValidity": 4, "TokenValidityUnits": object{"AccessToken": "minutes"}}, badRange,
		},
		"long access token":  {object{"AccessTokenValidity": 25}, badRange},
		"long refresh token": {object{"RefreshTokenValidity": 3651}, badRange},
		"refresh token shorter than access token": {object{
			"AccessTokenValidity": 20, "RefreshTokenValidity": 10,
			"TokenValidityUnits": object{"RefreshToken": "hours"},
		}, badRange},
		"unknown attribute to read": {
			object{"ReadAttributes": []string{"custom:none"}},
			invalid("Invalid read attributes specified while creating a client"),
		},
		"unknown attribute to write": {object{"WriteAttributes": []string{"email", "custom:none"}}, badWrite},
		"sub to write":               {object{"WriteAttributes": []string{"email", "sub"}}, badWrite},
		"email_verified to write":    {object{"WriteAttributes": []string{"email", "email_verified"}}, badWrite},
		"required not written":       {object{"WriteAttributes": []string{"name"}}, badWrite},
		"unknown provider": {
			object{"SupportedIdentityProviders": []string{"Google"}},
			invalid("The provider Google does not exist for User Pool " + pool),
		},
		"OAuth without flows": {
			object{"AllowedOAuthFlowsUserPoolClient": true},
			invalid("AllowedOAuthFlows and AllowedOAuthScopes are required " +
				"if user pool client is allowed to use OAuth flows."),
		},
		"code without callback": {
			oauth(object{"CallbackURLs": []string{}}),
			"InvalidOAuthFlowException: CallbackUrls can not be empty when code flow or implicit flow is selected",
		},
		"credentials and code": {
			oauth(object{"AllowedOAuthFlows": []string{"code", "client_credentials"}}),
			"InvalidOAuthFlowException: client_credentials flow can not be selected " +
				"along with code flow or implicit flow.",
		},
		"credentials of a public client": {
			oauth(object{"AllowedOAuthFlows": []string{"client_credentials"}}),
			"InvalidOAuthFlowException: client_credentials flow can not be selected " +
				"if client does not have a client secret.",
		},
		"openid with client_credentials": {
			oauth(object{"GenerateSecret": true, "AllowedOAuthFlows": []string{"client_credentials"}}),
			"InvalidOAuthFlowException: openid is not supported with client_credentials flow",
		},
		"unknown scope": {
			oauth(object{"AllowedOAuthScopes": []string{"a/b"}}),
			"ScopeDoesNotExistException: Invalid scope requested: a/b",
		},
		"http callback":                callback("http://a.example.com", "cannot use the HTTP protocol."),
		"callback with fragment":       callback("https://a.example.com/#x", "cannot contain a fragment."),
		"javascript callback":          callback("javascript:alert(1)", "cannot use the JAVASCRIPT scheme."),
		"mixed-case javascript scheme": callback("JaVaScRiPt:alert(1)", "cannot use the JAVASCRIPT scheme."),
		"data callback":                callback("data:text/html,x", "cannot use the DATA scheme."),
		"vbscript callback":            callback("vbscript:x", "cannot use the VBSCRIPT scheme."),
		"relative callback":            callback("/cb", "is not a valid callback URL."),
		"default URI not in the list": {
			oauth(object{"DefaultRedirectURI": "https://b.example.com"}),
			invalid("The default redirect URI https://b.example.com is not in the callback URIs list."),
		},
		"incomplete analytics": {
			object{"AnalyticsConfiguration": object{"ApplicationId": "abc"}},
			invalid("Invalid analytics configuration given, " +
				"either <application arn> or <application id, role arn, external id> are valid"),
		},
	}
}

func TestClientRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(object{"Schema": []object{{"Name": "email", "Required": true}}})
	for name, c := range refusedClients(pool) {
		_, refused := w.call("CreateUserPoolClient", with(object{"UserPoolId": pool, "ClientName": "c"}, c.in))
		if refused != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, refused, c.want)
		}
	}
	for name, in := range map[string]object{
		"legacy and new flows": {"ExplicitAuthFlows": []string{"ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"}},
		"client token with another flow": {
			"GenerateSecret": true, "ExplicitAuthFlows": []string{"ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"},
		},
		"context data of a public client": {"EnablePropagateAdditionalUserContextData": true},
		"two secrets":                     {"GenerateSecret": true, "ClientSecret": strings.Repeat("x", 24)},
		"rotation and refresh": {
			"RefreshTokenRotation": object{"Feature": "ENABLED"},
			"ExplicitAuthFlows":    []string{"ALLOW_REFRESH_TOKEN_AUTH"},
		},
		"invalid host":        {"CallbackURLs": []string{`https://evil\@a.example.com`}},
		"script after logout": {"LogoutURLs": []string{"JavaScript://a.example.com/%0aalert(1)"}},
	} {
		_, refused := w.call("CreateUserPoolClient", with(object{"UserPoolId": pool, "ClientName": "c"}, in))
		if !strings.HasPrefix(refused, "InvalidParameterException: ") {
			t.Errorf("%s: %q", name, refused)
		}
	}
}

func TestClientSecrets(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	public := w.client(pool, nil)
	_, refused := w.call("AddUserPoolClientSecret", object{"UserPoolId": pool, "ClientId": public})
	if !strings.HasPrefix(refused, "InvalidParameterException") {
		t.Errorf("a public client gets a secret: %q", refused)
	}
	id := w.client(pool, object{"ClientSecret": strings.Repeat("g", 24)})
	ref := object{"UserPoolId": pool, "ClientId": id}
	added := at(w.must("AddUserPoolClientSecret", ref), "ClientSecretDescriptor").(object)
	if value, _ := added["ClientSecretValue"].(string); len(value) != 52 ||
		!strings.HasPrefix(added["ClientSecretId"].(string), id+"--") {
		t.Errorf("added %v", added)
	}
	w.refusal("AddUserPoolClientSecret", ref,
		"LimitExceededException: Client secrets cannot exceed limit of 2 secrets.")
	listed := w.must("ListUserPoolClientSecrets", ref)["ClientSecrets"].([]any)
	if len(listed) != 2 || strings.Contains(asJSON(t, listed), "Value") {
		t.Fatalf("listed %v", listed)
	}
	first := at(listed[0].(object), "ClientSecretId")
	w.must("DeleteUserPoolClientSecret", with(ref, object{"ClientSecretId": first}))
	w.refusal("DeleteUserPoolClientSecret", with(ref, object{"ClientSecretId": first}),
		"ResourceNotFoundException: Client secret "+first.(string)+" does not exist.")
	_, refused = w.call("DeleteUserPoolClientSecret", with(ref, object{"ClientSecretId": added["ClientSecretId"]}))
	if !strings.HasPrefix(refused, "InvalidParameterException") {
		t.Errorf("deletion of the last secret: %q", refused)
	}
	custom := at(w.must("AddUserPoolClientSecret", with(ref, object{"ClientSecret": strings.Repeat("s", 30)})),
		"ClientSecretDescriptor").(object)
	if custom["ClientSecretValue"] != nil {
		t.Error("the response has the secret that the caller chose")
	}
}

func TestListUserPoolClients(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	for range 5 {
		w.client(pool, nil)
	}
	in := object{"UserPoolId": pool, "MaxResults": 3}
	first := w.must("ListUserPoolClients", in)
	in["NextToken"] = first["NextToken"]
	second := w.must("ListUserPoolClients", in)
	if len(first["UserPoolClients"].([]any)) != 3 || len(second["UserPoolClients"].([]any)) != 2 ||
		second["NextToken"] != nil {
		t.Errorf("pages of %v and %v", first["UserPoolClients"], second["UserPoolClients"])
	}
	w.refusal("ListUserPoolClients", with(in, object{"UserPoolId": w.pool(nil)}),
		"InvalidParameterException: Invalid pagination token.")
	delete(in, "NextToken")
	registered := w.must("ListUserPoolClients", with(in, object{"ClientType": "DCR"}))
	if len(registered["UserPoolClients"].([]any)) != 0 || registered["NextToken"] != nil {
		t.Errorf("clients of dynamic registration: %v", registered)
	}
}

// Clients of strict pools can have the scope address, which Amazon Cognito lacks.
// See docs/divergences OA-100.
func TestAddressScope(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	settings := object{
		"UserPoolId": pool, "ClientName": "web", "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []string{"code"}, "AllowedOAuthScopes": []string{"openid", "address"},
		"CallbackURLs": []string{"https://app.example.com/cb"},
	}
	w.refusal("CreateUserPoolClient", settings, "ScopeDoesNotExistException: Invalid scope requested: address")
	err := w.db.Configure(t.Context(), pool, func(tx *store.Tx) error {
		e := userpool.PoolExtensions{Resource: userpool.Resource{PoolID: pool}, StrictOIDC: true}
		return tx.PutPoolExtensions(&e)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := at(w.must("CreateUserPoolClient", settings), "UserPoolClient").(object)
	if got := asJSON(t, c["AllowedOAuthScopes"]); got != `["openid","address"]` {
		t.Errorf("the client has %s", got)
	}
}

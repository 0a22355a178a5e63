package awsapi_test

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// naming lists the members with which operations name resources of a pool.
var naming = []string{
	"ClientId", "Username", "GroupName", "Identifier", "ProviderName", "IdpIdentifier", "Domain", "TermsId",
	"ManagedLoginBrandingId", "ClientSecretId", "JobId", "DeviceKey", "EventId", "SessionId", "RegionName",
}

// creates lists operations that create the resource that a member of naming names:
// a resource of another pool may have the same name.
var creates = map[string]bool{
	"AdminCreateUser": true, "CreateGroup": true, "CreateResourceServer": true, "CreateIdentityProvider": true,
	"CreateUserPoolReplica": true,
}

// fullPool creates a pool with one resource of every kind, and returns their names.
func (w *world) fullPool(m *apiModel) object {
	w.t.Helper()
	settings := with(replicable, object{"DeviceConfiguration": object{}})
	pool, client := w.mailPool(settings, object{"GenerateSecret": true})
	names := object{"UserPoolId": pool, "ClientId": client}
	in := object{"UserPoolId": pool}
	w.must("AdminCreateUser", with(in, object{"Username": "ann-" + pool, "MessageAction": "SUPPRESS"}))
	names["Username"] = "ann-" + pool
	names["DeviceKey"] = "us-east-1_" + hex.EncodeToString([]byte(pool))
	if err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.InsertDevice(&userpool.Device{
			Resource: userpool.Resource{PoolID: pool, ID: names["DeviceKey"].(string), Owner: "ann-" + pool},
		})
	}); err != nil {
		w.t.Fatal(err)
	}
	secrets := w.must("ListUserPoolClientSecrets", with(in, object{"ClientId": client}))["ClientSecrets"].([]any)
	names["ClientSecretId"] = secrets[0].(object)["ClientSecretId"]
	domain := strings.ToLower(strings.ReplaceAll(pool, "_", "-"))
	for _, c := range []struct {
		operation, naming string
		in                object
		// id is the path of the name in the response, if the caller does not choose it.
		id string
	}{
		{"CreateGroup", "GroupName", object{"GroupName": "team-" + pool}, ""},
		{"CreateResourceServer", "Identifier", object{"Identifier": "https://" + pool, "Name": "n"}, ""},
		{"CreateIdentityProvider", "ProviderName", with(oidcProvider, object{
			"ProviderName": "idp-" + domain, "IdpIdentifiers": []string{"id-" + domain},
		}), ""},
		{"CreateUserPoolDomain", "Domain", object{"Domain": domain}, ""},
		{"CreateTerms", "TermsId", with(termsOfUse, object{"ClientId": client}), "Terms.TermsId"},
		{"CreateManagedLoginBranding", "ManagedLoginBrandingId",
			object{"ClientId": client, "UseCognitoProvidedValues": true},
			"ManagedLoginBranding.ManagedLoginBrandingId"},
		{"CreateUserPoolReplica", "RegionName", object{"RegionName": "eu-west-1"}, ""},
	} {
		if !w.built(m, c.operation) {
			continue
		}
		out := w.must(c.operation, with(in, c.in))
		if c.id == "" {
			names[c.naming] = c.in[c.naming]
		} else {
			names[c.naming] = at(out, c.id)
		}
	}
	if names["ProviderName"] != nil {
		names["IdpIdentifier"] = "id-" + domain
	}
	return names
}

var (
	oidcProvider = object{"ProviderType": "OIDC", "ProviderDetails": object{
		"client_id": "x", "attributes_request_method": "GET", "authorize_scopes": "openid",
		"oidc_issuer":   "https://idp.example.com",
		"authorize_url": "https://idp.example.com/a", "token_url": "https://idp.example.com/t",
		"attributes_url": "https://idp.example.com/u", "jwks_uri": "https://idp.example.com/k",
	}}
	termsOfUse = object{
		"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
		"Links": object{"cognito:default": "https://example.com/terms"},
	}
)

// inventory returns everything that can be read of a pool.
func (w *world) inventory(m *apiModel, names object) string {
	w.t.Helper()
	m.known = names
	read := object{}
	for _, operation := range m.operations() {
		reads := slices.ContainsFunc([]string{"Describe", "Get", "AdminGet", "List", "AdminList"},
			func(p string) bool { return strings.HasPrefix(operation, p) })
		ofPool := m.Operations[operation].AuthType != "none" && m.input(operation).Members["UserPoolId"].Shape != ""
		if !reads || !ofPool {
			continue
		}
		in := m.smallest(operation)
		for member := range m.input(operation).Members {
			if names[member] != nil {
				in[member] = names[member]
			}
		}
		if out, refused := w.call(operation, in); refused == "" {
			read[operation] = out
		}
	}
	if len(read) < 10 {
		w.t.Fatalf("only %d operations read the pool", len(read))
	}
	return asJSON(w.t, read)
}

// poolOperations returns the built IAM operations whose input names a pool.
func (m *apiModel) poolOperations(w *world) (found []string) {
	for _, operation := range m.operations() {
		s := m.input(operation)
		if s.Members["UserPoolId"].Shape != "" && m.Operations[operation].AuthType != "none" && w.built(m, operation) {
			found = append(found, operation)
		}
	}
	return found
}

// TestOtherAccountsPools is attack case S3: for every IAM operation, a pool of
// another account or another region does not exist, whatever else the request
// names, and the pool does not change.
func TestOtherAccountsPools(t *testing.T) {
	w, m := newWorld(t), readModel(t)
	names := w.fullPool(m)
	before := w.inventory(m, names)
	home := w.account
	for _, operation := range m.poolOperations(newWorld(t)) {
		m.known = maps.Clone(names)
		w.account = "222222222222"
		in := with(m.smallest(operation), object{"UserPoolId": names["UserPoolId"]})
		if operation == "UpdateManagedLoginBranding" { // the model requires no member
			in["ManagedLoginBrandingId"] = names["ManagedLoginBrandingId"]
		}
		if operation == "CreateManagedLoginBranding" { // the input is validated first
			in["UseCognitoProvidedValues"] = true
		}
		w.refusal(operation, in,
			"ResourceNotFoundException: User pool "+names["UserPoolId"].(string)+" does not exist.")
		w.account = home
		in["UserPoolId"] = "us-east-1_AAAAAAAAA"
		w.refusal(operation, in, "ResourceNotFoundException: User pool us-east-1_AAAAAAAAA does not exist.")
	}
	if after := w.inventory(m, names); after != before {
		t.Errorf("another account's requests changed a pool:\nbefore %s\nafter  %s", before, after)
	}
}

// TestOtherPools is attack case S3 within one account: a resource of one pool
// cannot be accessed through another pool.
func TestOtherPools(t *testing.T) {
	w, m := newWorld(t), readModel(t)
	names, other := w.fullPool(m), w.fullPool(m)
	before := w.inventory(m, names)
	tried := 0
	for _, operation := range m.poolOperations(newWorld(t)) {
		for _, member := range naming {
			has := m.input(operation).Members[member].Shape != ""
			if !has || names[member] == nil || names[member] == other[member] || creates[operation] {
				continue
			}
			// Everything else is of the other pool.
			m.known = with(other, object{member: names[member]})
			in := m.smallest(operation)
			in[member] = names[member]
			if out, refused := w.call(operation, in); refused == "" {
				t.Errorf("%s of another pool's %s %v returned %v", operation, member, in[member], out)
			}
			tried++
		}
	}
	if tried < 25 {
		t.Errorf("only %d names were tried", tried)
	}
	if after := w.inventory(m, names); after != before {
		t.Errorf("requests through another pool changed this one:\nbefore %s\nafter  %s", before, after)
	}
}

func TestDevAuthScopes(t *testing.T) {
	w := newWorld(t)
	id := w.pool(nil)
	w.account = "222222222222"
	w.refusal("DescribeUserPool", object{"UserPoolId": id},
		"ResourceNotFoundException: User pool "+id+" does not exist.")
	w.account = "not-an-account"
	arn := at(w.must("CreateUserPool", object{"PoolName": "p"}), "UserPool.Arn").(string)
	if !strings.Contains(arn, ":000000000000:") {
		t.Errorf("the account of any other key: %s", arn)
	}
	r := w.request("CreateUserPool", object{"PoolName": "p"})
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "us-east-1", "eu-west-3", 1))
	if a := w.send(r); !strings.Contains(a.Body.String(), `"Id":"eu-west-3_`) {
		t.Errorf("the region of the scope: %s", a.Body)
	}
}

package awsapi_test

import (
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// registered adds a client that has registered itself, and returns its id.
func (w *world) registered(pool string) string {
	w.t.Helper()
	m, err := appclient.ParseMetadata([]byte(`{"redirect_uris":["https://app.example.com/cb"]}`))
	if err != nil {
		w.t.Fatal(err)
	}
	r := appclient.Registrar{Store: w.db, Entropy: entropy.System()}
	c, err := r.Register(w.t.Context(), appclient.Registration{PoolID: pool, Metadata: m})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

// clientsOf lists the ids of the clients of a type, two a page.
func (w *world) clientsOf(pool, kind string) (ids []string) {
	w.t.Helper()
	in := object{"UserPoolId": pool, "MaxResults": 2}
	if kind != "" {
		in["ClientType"] = kind
	}
	for {
		out := w.must("ListUserPoolClients", in)
		for _, c := range out["UserPoolClients"].([]any) {
			ids = append(ids, at(c.(object), "ClientId").(string))
		}
		if in["NextToken"] = out["NextToken"]; in["NextToken"] == nil {
			return ids
		}
	}
}

// A registered client is a client, of the type DCR, whose secrets belong to its
// owner.
func TestRegisteredClients(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(object{"DcrConfiguration": object{"EnableStatus": "Enabled"}})
	regular := []string{w.client(pool, nil), w.client(pool, nil)}
	dcr := []string{w.registered(pool), w.registered(pool), w.registered(pool)}
	ref := object{"UserPoolId": pool, "ClientId": dcr[0]}

	for kind, want := range map[string][]string{
		"DCR": dcr, "REGULAR": regular, "": append(append([]string{}, regular...), dcr...),
	} {
		found := w.clientsOf(pool, kind)
		slices.Sort(want)
		if !slices.Equal(found, want) {
			t.Errorf("%q lists %q, want %q", kind, found, want)
		}
	}
	described := at(w.must("DescribeUserPoolClient", ref), "UserPoolClient").(object)
	if described["ClientType"] != "DCR" || described["ClientSecret"] == nil {
		t.Errorf("described: %v", described)
	}
	const refused = "InvalidParameterException: " +
		"The secrets of a client that was registered dynamically cannot be managed."
	w.refusal("AddUserPoolClientSecret", ref, refused)
	w.refusal("ListUserPoolClientSecrets", ref, refused)
	w.refusal("DeleteUserPoolClientSecret", with(ref, object{"ClientSecretId": "x"}), refused)

	// An update keeps the type, and cannot give it the system scope.
	updated := at(w.must("UpdateUserPoolClient", with(ref, object{"ClientName": "renamed"})), "UserPoolClient").(object)
	if updated["ClientType"] != "DCR" || updated["ClientName"] != "renamed" {
		t.Errorf("updated: %v", updated)
	}
	system := object{
		"AllowedOAuthFlows": []string{"client_credentials"}, "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthScopes": []string{userpool.ScopeRegister},
	}
	w.refusal("UpdateUserPoolClient", with(ref, system), "InvalidParameterException: "+
		"A client that was registered dynamically cannot have the scope aws.cognito/dcr/register.")
	w.must("DeleteUserPoolClient", ref)
	// The control: another client can have it, without a resource server.
	made := w.must("CreateUserPoolClient",
		with(system, object{"UserPoolId": pool, "ClientName": "operator", "GenerateSecret": true}))
	if c := at(made, "UserPoolClient").(object); c["ClientType"] != nil {
		t.Errorf("a regular client: %v", c)
	}
}

package awsapi_test

import (
	"strings"
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
		in, found := object{"UserPoolId": pool, "MaxResults": 2}, 0
		if kind != "" {
			in["ClientType"] = kind
		}
		for page := 0; ; page++ {
			out := w.must("ListUserPoolClients", in)
			for _, c := range out["UserPoolClients"].([]any) {
				if !strings.Contains(strings.Join(want, " "), at(c.(object), "ClientId").(string)) {
					t.Errorf("%q lists %v", kind, c)
				}
				found++
			}
			if in["NextToken"] = out["NextToken"]; in["NextToken"] == nil {
				break
			}
		}
		if found != len(want) {
			t.Errorf("%q lists %d clients, want %d", kind, found, len(want))
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

package awsapi_test

import (
	"fmt"
	"testing"
)

func TestResourceServerLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool, "Identifier": "https://api.example.com"}
	whole := with(ref, object{"Name": "The API", "Scopes": []any{
		object{"ScopeName": "read", "ScopeDescription": "Reads"},
		object{"ScopeName": "write", "ScopeDescription": "Writes"},
	}})
	shown := func() string { return asJSON(t, at(w.must("DescribeResourceServer", ref), "ResourceServer")) }
	sameJSON(t, "created", at(w.must("CreateResourceServer", whole), "ResourceServer"), whole)
	w.refusal("CreateResourceServer", whole,
		"InvalidParameterException: https://api.example.com already exists in user pool "+pool+".")
	renamed := with(whole, object{"Name": "Renamed"})
	w.must("UpdateResourceServer", renamed)
	if got, want := shown(), asJSON(t, renamed); got != want {
		t.Errorf("updated %s, want %s", got, want)
	}
	// Without Scopes, an update removes all scopes.
	w.must("UpdateResourceServer", with(ref, object{"Name": "Bare"}))
	if got, want := shown(), asJSON(t, with(ref, object{"Name": "Bare", "Scopes": []any{}})); got != want {
		t.Errorf("updated %s, want %s", got, want)
	}
	w.must("DeleteResourceServer", ref)
	for _, operation := range []string{"DescribeResourceServer", "UpdateResourceServer", "DeleteResourceServer"} {
		in := ref
		if operation == "UpdateResourceServer" {
			in = with(ref, object{"Name": "x"})
		}
		w.refusal(operation, in, "ResourceNotFoundException: Resource server https://api.example.com does not exist.")
	}
	w.account = "222222222222"
	w.refusal("ListResourceServers", object{"UserPoolId": pool},
		"ResourceNotFoundException: User pool "+pool+" does not exist.")
}

func TestScopesOfClients(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	settings := object{
		"UserPoolId": pool, "ClientName": "machine", "GenerateSecret": true, "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []any{"client_credentials"}, "AllowedOAuthScopes": []any{"orders/read"},
	}
	w.refusal("CreateUserPoolClient", settings, "ScopeDoesNotExistException: Invalid scope requested: orders/read")
	orders := object{"UserPoolId": pool, "Identifier": "orders", "Name": "Orders"}
	w.must("CreateResourceServer",
		with(orders, object{"Scopes": []any{object{"ScopeName": "read", "ScopeDescription": "Reads"}}}))
	client := at(w.must("CreateUserPoolClient", settings), "UserPoolClient.ClientId")
	// A client keeps the name of a deleted scope.
	w.must("DeleteResourceServer", object{"UserPoolId": pool, "Identifier": "orders"})
	kept := w.must("DescribeUserPoolClient", object{"UserPoolId": pool, "ClientId": client})
	if got := asJSON(t, at(kept, "UserPoolClient.AllowedOAuthScopes")); got != `["orders/read"]` {
		t.Errorf("scopes %s", got)
	}
	w.refusal("CreateResourceServer", with(orders, object{"Scopes": []any{
		object{"ScopeName": "read", "ScopeDescription": "a"}, object{"ScopeName": "read", "ScopeDescription": "b"},
	}}), "InvalidParameterException: Duplicate scope name read.")
}

func TestListResourceServers(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	for n := range 25 {
		w.must("CreateResourceServer", object{"UserPoolId": pool, "Identifier": fmt.Sprintf("r%02d", n), "Name": "r"})
	}
	w.refusal("CreateResourceServer", object{"UserPoolId": pool, "Identifier": "r25", "Name": "r"},
		"LimitExceededException: Exceeded the limit of 25 resource servers in user pool "+pool+".")
	var listed []any
	in := object{"UserPoolId": pool, "MaxResults": 10}
	for {
		page := w.must("ListResourceServers", in)
		for _, r := range page["ResourceServers"].([]any) {
			listed = append(listed, at(r.(object), "Identifier"))
		}
		if page["NextToken"] == nil {
			break
		}
		in["NextToken"] = page["NextToken"]
	}
	if len(listed) != 25 || listed[0] != "r00" || listed[24] != "r24" {
		t.Errorf("listed %v", listed)
	}
}

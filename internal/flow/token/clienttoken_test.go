package token_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The trigger runs for a client token and receives the metadata. Its error
// becomes an exception of GetClientToken's model.
func TestClientTokenRunsPreTokenGeneration(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := recordingIssuer(t, db, clk)
	g := grant(t, db, clk, func(g *token.Grant) {
		g.Client.ExplicitAuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH"}
		g.Pool.LambdaConfig.PreTokenGenerationConfig = &userpool.LambdaTarget{
			LambdaVersion: "V3_0", LambdaArn: "arn:aws:lambda:us-east-1:111111111111:function:tokens",
		}
	})
	r := token.MachineRequest{Pool: g.Pool, Client: g.Client, ClientMetadata: map[string]string{"a": "b"}}
	set, err := i.ClientToken(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if set.Access == "" || set.ID != "" || set.Refresh != "" {
		t.Errorf("tokens %+v", set)
	}
	if event.TriggerSource != "TokenGeneration_ClientCredentials" || event.Request.ClientMetadata["a"] != "b" {
		t.Errorf("event %+v", event)
	}
	event.refusing = true
	_, err = i.ClientToken(t.Context(), r)
	if f := fault.Of(err); f == nil || f.Kind != fault.InvalidParameter ||
		f.Message != "PreTokenGeneration failed with error not now." {
		t.Errorf("error of the trigger: %v", err)
	}
}

package token_test

import (
	"context"
	"encoding/json"
	"testing"

	"lifeguard/internal/entropy"
	"lifeguard/internal/fault"
	"lifeguard/internal/flow/token"
	"lifeguard/internal/outbound/trigger"
	"lifeguard/internal/store/storetest"
	"lifeguard/internal/userpool"
)

// The pool's function is told of a machine's token and what it was sent; its
// refusal is put into a word that GetClientToken has.
func TestFunctionOfAClientToken(t *testing.T) {
	db, clk := storetest.Open(t)
	var refusing bool
	var event struct {
		TriggerSource string
		Request       struct{ ClientMetadata map[string]string }
	}
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}}, func(trigger.Target) (trigger.Invoker, error) {
		return trigger.InvokerFunc(func(_ context.Context, _ string, sent []byte) ([]byte, error) {
			if refusing {
				return nil, &trigger.FunctionError{Message: "not now"}
			}
			return sent, json.Unmarshal(sent, &event)
		}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	i := token.New(token.Config{
		Store: db, Clock: clk, Entropy: entropy.System(), Stock: token.NewStock(entropy.System(), 0), Mode: token.ModeSelf, PublicURL: "https://id.example.com",
		Triggers: trigger.NewRunner(trigger.Options{Targets: targets, Clock: clk, Entropy: entropy.System()}),
	})
	g := grant(t, db, clk, func(g *token.Grant) {
		g.Client.ExplicitAuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH"}
		g.Pool.LambdaConfig.PreTokenGenerationConfig = &userpool.LambdaTarget{LambdaVersion: "V3_0", LambdaArn: "arn:aws:lambda:us-east-1:111111111111:function:tokens"}
	})
	r := token.MachineRequest{Pool: g.Pool, Client: g.Client, ClientMetadata: map[string]string{"a": "b"}}
	set, err := i.ClientToken(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if set.Access == "" || set.ID != "" || set.Refresh != "" {
		t.Errorf("answers %+v", set)
	}
	if event.TriggerSource != "TokenGeneration_ClientCredentials" || event.Request.ClientMetadata["a"] != "b" {
		t.Errorf("the function is told %+v", event)
	}
	refusing = true
	_, err = i.ClientToken(t.Context(), r)
	if f := fault.Of(err); f == nil || f.Kind != fault.InvalidParameter || f.Message != "PreTokenGeneration failed with error not now." {
		t.Errorf("the function refuses: %v", err)
	}
}

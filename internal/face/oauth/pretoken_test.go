package oauth_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// withPreTokenGeneration gives the pool a function, which adds a claim or refuses,
// and returns the sources of its calls.
func withPreTokenGeneration(t *testing.T, w *hostedtest.World, refuse *bool) (sources *[]string) {
	t.Helper()
	sources = new([]string)
	w.Function = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var call struct{ TriggerSource string }
		if err := json.Unmarshal(event, &call); err != nil {
			return nil, err
		}
		*sources = append(*sources, call.TriggerSource)
		if *refuse {
			return nil, &trigger.FunctionError{Type: "Error", Message: "Not in the group & <more>"}
		}
		return trigger.Complete(event,
			[]byte(`{"response":{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tenant":"7"}}}}`)), nil
	}
	setFunction(w, "V1_0")
	return sources
}

// setFunction gives the pool w.Function with events of a version.
func setFunction(w *hostedtest.World, version string) {
	w.T.Helper()
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	w.Update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.LambdaConfig.PreTokenGeneration = &arn
		changed.LambdaConfig.PreTokenGenerationConfig = &userpool.LambdaTarget{LambdaVersion: version, LambdaArn: arn}
		return tx.UpdatePool(&changed)
	})
}

// A refusal of PreTokenGeneration is sent to the callback of the client, in every
// flow, from the sign-in page as from a session. The control is the same function
// when it does not refuse: it runs once, and the tokens have its claim.
func TestPreTokenGenerationRefusal(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		refuse := false
		sources := withPreTokenGeneration(t, w, &refuse)
		b := w.Browser()
		set := object(t, redeem(w, b.Code("public", "scope", "openid")).Body)
		if claims(t, set["id_token"])["tenant"] != "7" || len(*sources) != 1 {
			t.Errorf("control: %v after calls %v", set, *sources)
		}
		implicit := b.Get(hostedtest.AuthorizeURL("public", "response_type", "token", "scope", "openid"))
		tokens, err := url.ParseQuery(implicit.Location.Fragment)
		if err != nil || claims(t, tokens.Get("id_token"))["tenant"] != "7" || len(*sources) != 2 {
			t.Errorf("control, implicit: %v after calls %v", implicit.Location, *sources)
		}
		refuse = true
		for name, p := range map[string]hostedtest.Page{
			"page":               w.Browser().SignIn(hostedtest.AuthorizeURL("public")),
			"page, implicit":     w.Browser().SignIn(hostedtest.AuthorizeURL("public", "response_type", "token")),
			"session":            b.Get(hostedtest.AuthorizeURL("public")),
			"session, implicit":  b.Get(hostedtest.AuthorizeURL("public", "response_type", "token")),
			"session, prompt":    b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")),
			"session, form_post": b.Get(hostedtest.AuthorizeURL("public", "response_mode", "form_post")),
		} {
			got := p.Query()
			if p.Location == nil {
				_, got = p.Form()
			}
			const text = "PreTokenGeneration failed with error Not in the group & <more>. "
			if got.Get("error") != "invalid_request" || got.Get("error_description") != text ||
				got.Get("state") != "st" || got.Has("code") {
				t.Errorf("%s: %d %v", name, p.Status, got)
			}
		}
		refresh := w.Browser().Post("/oauth2/token", refreshForm("public", set["refresh_token"].(string)))
		if got := object(t, refresh.Body); refresh.Status != 400 || got["error"] != "invalid_request" {
			t.Errorf("refresh: %d %s", refresh.Status, refresh.Body)
		}
		if last := (*sources)[len(*sources)-1]; last != "TokenGeneration_RefreshTokens" {
			t.Errorf("the refresh calls the function as %s", last)
		}
	})
}

// aws_client_metadata reaches the function from client_credentials alone, which is
// the control. Source: guide page token-endpoint.
func TestClientMetadataOfMachines(t *testing.T) {
	w := world(t)
	metadata := map[string]string{}
	w.Function = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var call struct {
			TriggerSource string
			Request       struct{ ClientMetadata map[string]string }
		}
		err := json.Unmarshal(event, &call)
		metadata[call.TriggerSource] = call.Request.ClientMetadata["env"]
		return event, err
	}
	setFunction(w, "V3_0")
	const sent = `{"env":"dev"}`
	form := url.Values{"grant_type": {"client_credentials"}, "aws_client_metadata": {sent}}
	b := w.Browser()
	b.Header.Set("Authorization", basic("machine", hostedtest.Secret))
	set := object(t, b.Post("/oauth2/token", form).Body)
	if len(set) != 3 || claims(t, set["access_token"])["client_id"] != "machine" {
		t.Errorf("tokens: %v", set)
	}
	set = object(t, redeem(w, w.Browser().Code("public"), "aws_client_metadata", sent).Body)
	refresh := refreshForm("public", set["refresh_token"].(string))
	refresh.Set("aws_client_metadata", sent)
	if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 200 {
		t.Errorf("refresh: %d %s", p.Status, p.Body)
	}
	want := map[string]string{
		"TokenGeneration_ClientCredentials": "dev",
		"TokenGeneration_HostedAuth":        "", "TokenGeneration_RefreshTokens": "",
	}
	if !maps.Equal(metadata, want) {
		t.Errorf("%v, want %v", metadata, want)
	}
}

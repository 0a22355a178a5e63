package awsapi_test

import "testing"

func TestSessionConfiguration(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool}
	client := with(ref, object{"ClientId": w.client(pool, nil)})
	tracking := func(state string, sessions int) object {
		return with(ref, object{"UserSessionTracking": state, "TokenSession": object{"MaxPerUser": sessions}})
	}
	minutes := func(n int) object { return with(client, object{"SSOSession": object{"MaxValidityMinutes": n}}) }
	same := func(operation string, in, want object) {
		t.Helper()
		if got, want := asJSON(t, w.must(operation, in)), asJSON(t, want); got != want {
			t.Errorf("%s returned %s, want %s", operation, got, want)
		}
	}
	same("GetUserPoolSessionConfiguration", ref, tracking("DISABLED", 20))
	same("GetUserPoolClientSessionConfiguration", client, minutes(60))
	w.refusal("SetUserPoolClientSessionConfiguration", minutes(5),
		"InvalidParameterException: User session tracking is not enabled for user pool "+pool+".")
	for _, in := range []object{
		tracking("ENABLED", 1), tracking("ENABLED", 100), tracking("DISABLED", 3), tracking("ENABLED", 20),
	} {
		same("SetUserPoolSessionConfiguration", in, in)
		same("GetUserPoolSessionConfiguration", ref, in)
	}
	for _, n := range []int{0, 129600, 5} {
		same("SetUserPoolClientSessionConfiguration", minutes(n), minutes(n))
		same("GetUserPoolClientSessionConfiguration", client, minutes(n))
	}
	for _, in := range []object{
		tracking("ENABLED", 0), tracking("ENABLED", 101), tracking("ON", 5),
		with(ref, object{"UserSessionTracking": "ENABLED"}),
	} {
		if _, refused := w.call("SetUserPoolSessionConfiguration", in); refused == "" {
			t.Errorf("%v is accepted", in)
		}
	}
	for _, n := range []int{-1, 129601} {
		if _, refused := w.call("SetUserPoolClientSessionConfiguration", minutes(n)); refused == "" {
			t.Errorf("%d minutes are accepted", n)
		}
	}
	// Updates of pool and client do not change them.
	w.must("UpdateUserPool", ref)
	w.must("UpdateUserPoolClient", client)
	same("GetUserPoolSessionConfiguration", ref, tracking("ENABLED", 20))
	same("GetUserPoolClientSessionConfiguration", client, minutes(5))
	nobody := with(minutes(5), object{"ClientId": "nobody"})
	w.refusal("SetUserPoolClientSessionConfiguration", nobody,
		"ResourceNotFoundException: User pool client nobody does not exist.")
	w.refusal("GetUserPoolClientSessionConfiguration", with(ref, object{"ClientId": "nobody"}),
		"ResourceNotFoundException: User pool client nobody does not exist.")
	w.poolRefusals("SetUserPoolSessionConfiguration", tracking("ENABLED", 20))
	w.poolRefusals("GetUserPoolSessionConfiguration", ref)
	w.poolRefusals("SetUserPoolClientSessionConfiguration", minutes(5))
	w.poolRefusals("GetUserPoolClientSessionConfiguration", client)
}

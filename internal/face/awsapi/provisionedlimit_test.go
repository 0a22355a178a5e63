package awsapi_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
)

func limitOf(category string) object {
	return object{"LimitClass": "API_CATEGORY", "Attributes": object{"Category": category}}
}

func TestProvisionedLimits(t *testing.T) {
	w := newWorld(t)
	get := func(category, want string) {
		t.Helper()
		if got := asJSON(t, w.must("GetProvisionedLimit", object{"LimitDefinition": limitOf(category)})); got != want {
			t.Errorf("%s:\n got %s\nwant %s", category, got, want)
		}
	}
	limit := func(category, free, provisioned string) string {
		return `{"Limit":{"FreeLimitValue":` + free + `,"LimitDefinition":{"Attributes":{"Category":"` + category +
			`"},"LimitClass":"API_CATEGORY"},"ProvisionedLimitValue":` + provisioned + `}}`
	}
	update := func(category string, n int) object {
		return object{"LimitDefinition": limitOf(category), "RequestedLimitValue": n}
	}
	get("UserAuthentication", limit("UserAuthentication", "120", "120"))
	get("UserFederation", limit("UserFederation", "25", "25"))
	updated := asJSON(t, w.must("UpdateProvisionedLimit", update("UserAuthentication", 300)))
	if updated != limit("UserAuthentication", "120", "300") {
		t.Errorf("UpdateProvisionedLimit returned %s", updated)
	}
	get("UserAuthentication", limit("UserAuthentication", "120", "300"))
	get("UserCreation", limit("UserCreation", "50", "50"))
	w.must("UpdateProvisionedLimit", update("UserAuthentication", 200)) // lower
	get("UserAuthentication", limit("UserAuthentication", "120", "200"))
	w.account = "222222222222"
	get("UserAuthentication", limit("UserAuthentication", "120", "120"))
	w.account = "111111111111"
	w.must("UpdateProvisionedLimit", update("UserAuthentication", 120))
	get("UserAuthentication", limit("UserAuthentication", "120", "120"))
	w.must("UpdateProvisionedLimit", update("UserCreation", 5000))

	w.gate.Service.(*awsapi.Operations).Limits = ratelimit.Generous
	get("UserCreation", limit("UserCreation", "5000", "5000"))
	w.must("UpdateProvisionedLimit", update("UserCreation", 7000))
	get("UserCreation", limit("UserCreation", "5000", "7000"))
}

func TestRefusedProvisionedLimits(t *testing.T) {
	w := newWorld(t)
	const only = "LimitDefinition must have the attribute Category and no other."
	for _, c := range []struct {
		definition object
		want       string
	}{
		{limitOf("UserList"), "The limit of category UserList is not adjustable."},
		{limitOf("LimitManagement"), "The limit of category LimitManagement is not adjustable."},
		{limitOf("Flights"), "Flights is not an API category."},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{}}, only},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{"category": "UserRead"}}, only},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{"Category": "UserRead", "Pool": "x"}}, only},
	} {
		in := object{"LimitDefinition": c.definition}
		w.refusal("GetProvisionedLimit", in, "InvalidParameterException: "+c.want)
		w.refusal("UpdateProvisionedLimit", with(in, object{"RequestedLimitValue": 300}),
			"InvalidParameterException: "+c.want)
	}
	const tooLow = "InvalidParameterException: " +
		"RequestedLimitValue must be at least 120, the free limit of category UserRead."
	request := func(n int) object {
		return object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": n}
	}
	for n, want := range map[int]string{
		119: tooLow, -1: tooLow,
		// A hundred times the free limit.
		12_001: "ServiceQuotaExceededException: RequestedLimitValue must be at most 12000, " +
			"the account's limit of category UserRead.",
	} {
		w.refusal("UpdateProvisionedLimit", request(n), want)
	}
	w.must("UpdateProvisionedLimit", request(12_000))
}

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
	if got := asJSON(t, w.must("UpdateProvisionedLimit",
		update("UserAuthentication", 300))); got != limit("UserAuthentication", "120", "300") {
		t.Errorf("updated: %s", got)
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
	const only = "InvalidParameterException: LimitDefinition must have the attribute Category and no other."
	for _, c := range []struct {
		definition object
		want       string
	}{
		{limitOf("UserList"), "InvalidParameterException: The limit of category UserList is not adjustable."},
		{limitOf("LimitManagement"), "InvalidParameterException: The limit of category LimitManagement is not adjustable."},
		{limitOf("Flights"), "InvalidParameterException: Flights is not an API category."},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{}}, only},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{"category": "UserRead"}}, only},
		{object{"LimitClass": "API_CATEGORY", "Attributes": object{"Category": "UserRead", "Pool": "x"}}, only},
	} {
		w.refusal("GetProvisionedLimit", object{"LimitDefinition": c.definition}, c.want)
		w.refusal("UpdateProvisionedLimit", object{"LimitDefinition": c.definition, "RequestedLimitValue": 300}, c.want)
	}
	for n, want := range map[int]string{
		119: "InvalidParameterException: RequestedLimitValue must be at least 120, the free limit of category UserRead.",
		-1:  "InvalidParameterException: RequestedLimitValue must be at least 120, the free limit of category UserRead.",
		// A hundred times the free limit.
		12_001: "ServiceQuotaExceededException: RequestedLimitValue must be at most 12000, " +
			"the account's limit of category UserRead.",
	} {
		w.refusal("UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": n}, want)
	}
	w.must("UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": 12_000})
}

package userpool_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestQuotas(t *testing.T) {
	set := userpool.Quotas{userpool.QuotaGroups: 2, userpool.QuotaTerms: 0}
	for _, c := range []struct {
		quotas        userpool.Quotas
		quota         userpool.Quota
		before, total int
		want          string
	}{
		{nil, userpool.QuotaGroups, 9999, 10_000, ""},
		{nil, userpool.QuotaGroups, 10_000, 10_001, "Exceeded the limit of 10000 groups in user pool p."},
		{set, userpool.QuotaGroups, 1, 2, ""},
		{set, userpool.QuotaGroups, 2, 3, "Exceeded the limit of 2 groups in user pool p."},
		{set, userpool.QuotaGroups, 9, 9, ""}, // the quota was lowered: existing resources remain
		{set, userpool.QuotaGroups, 9, 8, ""},
		{set, userpool.QuotaTerms, 0, 1, "Exceeded the limit of 0 terms documents in user pool p."},
		{set, userpool.QuotaResourceServers, 25, 26, "Exceeded the limit of 25 resource servers in user pool p."},
		{
			set, userpool.QuotaIdentityProviders, 300, 301,
			"Exceeded the limit of 300 identity providers in user pool p.",
		},
	} {
		err := c.quotas.Fit(c.quota, "p", c.before, c.total)
		if c.want == "" && err != nil ||
			c.want != "" && (!errors.Is(err, fault.LimitExceeded) || fault.Of(err).Message != c.want) {
			t.Errorf("%s, %d after %d: %v, want %q", c.quota, c.total, c.before, err, c.want)
		}
	}
	if set.FitOne(userpool.QuotaGroups, "p", 2) == nil || set.FitOne(userpool.QuotaGroups, "p", 1) != nil {
		t.Error("FitOne does not count one more")
	}
}

// Every quota is either of accounts or of pools, and its default is settable.
func TestTableOfQuotas(t *testing.T) {
	accounts, pools := userpool.QuotaNames(true), userpool.QuotaNames(false)
	if len(accounts) != 2 || len(pools) != 14 {
		t.Errorf("quotas %v and %v", accounts, pools)
	}
	for _, q := range append(accounts, pools...) {
		if err := q.Settable(q.Default()); err != nil || q.Default() == 0 {
			t.Errorf("%s: default %d: %v", q, q.Default(), err)
		}
		if q.Settable(-1) == nil {
			t.Errorf("%s can be negative", q)
		}
	}
	if userpool.QuotaCallbackURLs.Settable(101) == nil || userpool.QuotaGroups.Settable(1_000_000) != nil {
		t.Error("only the API's list lengths may bound a quota")
	}
}

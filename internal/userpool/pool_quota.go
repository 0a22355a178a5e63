package userpool

import (
	"fmt"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Quota names a limit on the number of resources. Source: guide page quotas.
type Quota string

// The quotas. An operator sets them by these names.
const (
	QuotaUserPools              Quota = "UserPools"
	QuotaCustomDomains          Quota = "CustomDomains"
	QuotaAppClients             Quota = "AppClients"
	QuotaGroups                 Quota = "Groups"
	QuotaGroupsPerUser          Quota = "GroupsPerUser"
	QuotaCustomAttributes       Quota = "CustomAttributes"
	QuotaScopesPerClient        Quota = "ScopesPerClient"
	QuotaCallbackURLs           Quota = "CallbackURLs"
	QuotaLogoutURLs             Quota = "LogoutURLs"
	QuotaResourceServers        Quota = "ResourceServers"
	QuotaIdentityProviders      Quota = "IdentityProviders"
	QuotaIdentifiersPerProvider Quota = "IdentifiersPerProvider"
	QuotaBrandingStyles         Quota = "BrandingStyles"
	QuotaTerms                  Quota = "Terms"
	QuotaLinkedIdentities       Quota = "LinkedIdentities"
	QuotaPasskeysPerUser        Quota = "PasskeysPerUser"
)

// quotaRule is one row of the table of quotas.
type quotaRule struct {
	Quota
	// Default applies unless an operator has set another.
	Default int
	// ceiling is the API's maximum list length, 0 if there is none.
	ceiling int
	// ofAccount quotas are counted per account and region, others per pool.
	ofAccount bool
	// words describe the resources, for messages; %s is the account, the pool, or
	// the resource of the pool that has them.
	words string
}

var quotas = []quotaRule{
	{QuotaUserPools, 1000, 0, true, "user pools in account %s"},
	{QuotaCustomDomains, 4, 0, true, "custom domains in account %s"},
	{QuotaAppClients, 1000, 0, false, "app clients in user pool %s"},
	{QuotaGroups, 10_000, 0, false, "groups in user pool %s"},
	{QuotaGroupsPerUser, 100, 0, false, "groups for user %s"},
	{QuotaCustomAttributes, 50, 0, false, "custom attributes in user pool %s"},
	{QuotaScopesPerClient, 50, 50, false, "scopes for app client %s"},
	{QuotaCallbackURLs, 100, 100, false, "callback URLs for app client %s"},
	{QuotaLogoutURLs, 100, 100, false, "logout URLs for app client %s"},
	{QuotaResourceServers, 25, 0, false, "resource servers in user pool %s"},
	{QuotaIdentityProviders, 300, 0, false, "identity providers in user pool %s"},
	{QuotaIdentifiersPerProvider, 50, 50, false, "identifiers for identity provider %s"},
	{QuotaBrandingStyles, 20, 0, false, "managed login branding styles in user pool %s"},
	{QuotaTerms, 40, 0, false, "terms documents in user pool %s"},
	{QuotaLinkedIdentities, 5, 0, false, "linked identities for user %s"},
	{QuotaPasskeysPerUser, 20, 0, false, "passkeys for user %s"},
}

func (q Quota) rule() quotaRule {
	i := slices.IndexFunc(quotas, func(r quotaRule) bool { return r.Quota == q })
	return quotas[i]
}

// QuotaNames returns the quotas of accounts or those of pools, in the order of
// the table.
func QuotaNames(ofAccount bool) (names []Quota) {
	for _, r := range quotas {
		if r.ofAccount == ofAccount {
			names = append(names, r.Quota)
		}
	}
	return names
}

// Default is the quota if none was set.
func (q Quota) Default() int { return q.rule().Default }

// Settable returns an error if an operator cannot set the quota to n.
func (q Quota) Settable(n int) error {
	if n < 0 {
		return fmt.Errorf("%d is negative", n)
	}
	if c := q.rule().ceiling; c > 0 && n > c {
		return fmt.Errorf("the API allows at most %d", c)
	}
	return nil
}

// Quotas are those that an operator has set for a pool or an account. Others
// have their defaults.
type Quotas map[Quota]int

// Limit is the quota that applies.
func (s Quotas) Limit(q Quota) int {
	if n, ok := s[q]; ok {
		return n
	}
	return q.Default()
}

// Fit refuses a total beyond the quota with fault.LimitExceeded; holder is the
// account, pool or other owner of the resources. before is the current total:
// if the quota was lowered below it, the total may stay or shrink, but not
// grow.
func (s Quotas) Fit(q Quota, holder string, before, total int) error {
	if limit := s.Limit(q); total > before && total > limit {
		resources := fmt.Sprintf(q.rule().words, holder)
		return fault.Newf(fault.LimitExceeded, "Exceeded the limit of %d %s.", limit, resources)
	}
	return nil
}

// FitOne is Fit for one more resource.
func (s Quotas) FitOne(q Quota, holder string, have int) error {
	return s.Fit(q, holder, have, have+1)
}

// ProvisionedRate is the request rate that an account has in a region for a
// category of operations, in requests per second.
type ProvisionedRate struct {
	Account, Region, Category string
	PerSecond                 int
}

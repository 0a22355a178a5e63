package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Kinds of account limits.
const (
	rateLimit  = "rate"
	quotaLimit = "quota"
)

// ProvisionedRates returns the provisioned request rates of all accounts.
func (tx *Tx) ProvisionedRates() (rates []userpool.ProvisionedRate, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var r userpool.ProvisionedRate
		var perSecond int64
		err := scan(&r.Account, &r.Region, &r.Category, &perSecond)
		r.PerSecond = int(perSecond)
		rates = append(rates, r)
		return err
	}, `SELECT account, region, name, value FROM account_limit WHERE kind = $1`, rateLimit)
	return rates, err
}

// ProvisionedRate returns the provisioned rate of an account for a category, in
// requests per second, or 0 if there is none.
func (tx *Tx) ProvisionedRate(account, region, category string) (perSecond int, err error) {
	var n int64
	_, err = tx.one([]any{&n},
		`SELECT value FROM account_limit WHERE account = $1 AND region = $2 AND kind = $3 AND name = $4`,
		account, region, rateLimit, category)
	return int(n), err
}

// ProvisionRate sets the rate of an account for a category.
func (tx *Tx) ProvisionRate(r userpool.ProvisionedRate) error {
	return tx.setAccountLimit(r.Account, r.Region, rateLimit, r.Category, r.PerSecond)
}

func (tx *Tx) deleteProvisionedRates() error {
	return tx.queue(`DELETE FROM account_limit WHERE kind = $1`, rateLimit)
}

// AccountQuotas returns the quotas that an operator has set for an account in a
// region.
func (tx *Tx) AccountQuotas(account, region string) (userpool.Quotas, error) {
	set := userpool.Quotas{}
	err := tx.each(func(scan func(...any) error) error {
		var name string
		var n int64
		err := scan(&name, &n)
		set[userpool.Quota(name)] = int(n)
		return err
	}, `SELECT name, value FROM account_limit WHERE account = $1 AND region = $2
		AND kind = $3`, account, region, quotaLimit)
	return set, err
}

// SetAccountQuota sets a quota of an account in a region; nil restores the
// default.
func (tx *Tx) SetAccountQuota(account, region string, q userpool.Quota, n *int) error {
	if n == nil {
		return tx.queue(`DELETE FROM account_limit WHERE account = $1 AND region = $2 AND kind = $3 AND name = $4`,
			account, region, quotaLimit, string(q))
	}
	return tx.setAccountLimit(account, region, quotaLimit, string(q), *n)
}

func (tx *Tx) setAccountLimit(account, region, kind, name string, n int) error {
	return tx.queue(`INSERT INTO account_limit (account, region, kind, name, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, region, kind, name) DO UPDATE SET value = excluded.value`,
		account, region, kind, name, int64(n))
}

// CountPools returns the number of pools of an account in a region.
func (tx *Tx) CountPools(account, region string) (int, error) {
	if err := tx.lockAccount(account, region); err != nil {
		return 0, err
	}
	return tx.count(`SELECT COUNT(*) FROM user_pool WHERE account = $1 AND region = $2`, account, region)
}

// CountClients returns the number of app clients of a pool.
func (tx *Tx) CountClients(poolID string) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM app_client WHERE pool_id = $1`, poolID)
}

// CountClientsSince returns the number of app clients of a pool that were created
// at or after a time.
func (tx *Tx) CountClientsSince(poolID string, since time.Time) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM app_client WHERE pool_id = $1 AND created >= $2`, poolID, millis(since))
}

// CountGroups returns the number of groups of a pool.
func (tx *Tx) CountGroups(poolID string) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM user_group WHERE pool_id = $1`, poolID)
}

func (tx *Tx) count(sql string, args ...any) (int, error) {
	var n int64
	_, err := tx.one([]any{&n}, sql, args...)
	return int(n), err
}

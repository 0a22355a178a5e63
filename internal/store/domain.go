package store

import (
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// domains are the prefix domain and the custom domain of a pool. The methods
// below are the only writers: they keep the table domain_pool consistent.
var domains = Collection[userpool.Domain, *userpool.Domain]{
	kind:    "domain",
	shape:   record.Domain,
	missing: func(_, _ string) error { return userpool.NoSuchDomain },
	taken:   func(_, _ string) error { return userpool.PoolHasDomain },
}

// Domains returns the domains of a pool, at most two.
func (tx *Tx) Domains(poolID string) ([]*userpool.Domain, error) { return domains.All(tx, poolID) }

// DomainOfPool returns a pool's domain by name. A domain that the pool does not
// have is userpool.NoSuchDomain.
func (tx *Tx) DomainOfPool(poolID, name string) (*userpool.Domain, error) {
	all, err := tx.Domains(poolID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(d *userpool.Domain) bool { return d.Name == name })
	if i < 0 {
		return nil, userpool.NoSuchDomain
	}
	return all[i], nil
}

// Domain returns a domain of any pool by name, and its pool; both are nil if the
// name is unknown. Prefixes and custom domains share one namespace: a caller
// that takes the name from the Host of a request must check that the domain is
// custom.
func (tx *Tx) Domain(name string) (*userpool.Domain, *userpool.Pool, error) {
	poolID, err := tx.ownerOfDomain(name)
	if err != nil || poolID == "" {
		return nil, nil, err
	}
	p, err := tx.Pool(poolID)
	if errors.Is(err, fault.ResourceNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	d, err := tx.DomainOfPool(poolID, name)
	if errors.Is(err, userpool.NoSuchDomain) {
		// It was deleted between the two statements.
		return nil, nil, nil
	}
	return d, p, err
}

// ownerOfDomain returns the id of the pool that has a domain, or "".
func (tx *Tx) ownerOfDomain(name string) (poolID string, err error) {
	_, err = tx.one([]any{&poolID}, `SELECT pool_id FROM domain_pool WHERE name = $1`, name)
	return poolID, err
}

// InsertDomain adds a domain. It returns userpool.DomainExists or
// userpool.DomainTaken if this or another pool has the name,
// userpool.PoolHasDomain if the pool has another domain of the kind, and
// fault.PoolDoesNotExist for an unknown pool.
func (tx *Tx) InsertDomain(d *userpool.Domain) error {
	// Bypass the cache and lock the row of the pool: no name must remain of a pool
	// that another node deletes at the same time.
	pools, err := tx.count(`SELECT 1 FROM user_pool WHERE pool_id = $1`+tx.locking(againstDeletion), d.PoolID)
	if err == nil && pools == 0 {
		return fault.PoolDoesNotExist(d.PoolID)
	}
	if err != nil {
		return err
	}
	owner, err := tx.ownerOfDomain(d.Name)
	switch {
	case err != nil:
		return err
	case owner == d.PoolID:
		return userpool.DomainExists
	}
	if err := domains.Insert(tx, d); err != nil {
		return err
	}
	return tx.queueThen(unlessTaken(userpool.DomainTaken),
		`INSERT INTO domain_pool (name, pool_id) VALUES ($1, $2)`, d.Name, d.PoolID)
}

// UpdateDomain writes a domain. A Version that is not the stored one is
// fault.ConcurrentModification.
func (tx *Tx) UpdateDomain(d *userpool.Domain) error { return domains.Update(tx, d) }

// DeleteDomain removes a pool's domain. Its name is available at once. A domain
// that the pool does not have is userpool.NoSuchDomain.
func (tx *Tx) DeleteDomain(poolID, name string) error {
	d, err := tx.DomainOfPool(poolID, name)
	if err != nil {
		return err
	}
	if err := domains.Delete(tx, poolID, d.ID); err != nil {
		return err
	}
	return tx.queue(`DELETE FROM domain_pool WHERE name = $1 AND pool_id = $2`, name, poolID)
}

// CountCustomDomains returns the number of custom domains of an account in a
// region.
func (tx *Tx) CountCustomDomains(account, region string) (int, error) {
	if err := tx.lockAccount(account, region); err != nil {
		return 0, err
	}
	return tx.count(`SELECT COUNT(*) FROM resource r JOIN user_pool p ON p.pool_id = r.pool_id
		WHERE p.account = $1 AND p.region = $2 AND r.kind = $3 AND r.id = $4`,
		account, region, domains.kind, userpool.CustomDomain)
}

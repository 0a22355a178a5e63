package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

type quotaCmd struct {
	List quotaList `cmd:"" help:"List the quotas of a pool or an account."`
	Set  quotaSet  `cmd:"" help:"Set a quota of a pool or an account. Running servers apply it within a second."`
}

// quotaOf selects a pool or an account.
type quotaOf struct {
	storeFlags
	Region string `help:"AWS region of an account's quotas." default:"us-east-1" env:"LIFEGUARD_REGION"`
	Holder string `arg:"" name:"pool-or-account" help:"A pool's id, or an account's id of twelve digits for UserPools and CustomDomains."`
}

type quotaList struct{ quotaOf }

// Run lists quotas with their defaults.
func (f *quotaList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.View(ctx, func(tx *store.Tx) error {
			set, err := f.quotas(tx)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "QUOTA\tLIMIT\tDEFAULT")
			for _, q := range userpool.QuotaNames(isAccount(f.Holder)) {
				fmt.Fprintf(w, "%s\t%d\t%d\n", q, set.Limit(q), q.Default())
			}
			return w.Flush()
		})
	})
}

func (f quotaOf) quotas(tx *store.Tx) (userpool.Quotas, error) {
	if isAccount(f.Holder) {
		return tx.AccountQuotas(f.Holder, f.Region)
	}
	p, err := tx.Pool(f.Holder)
	if err != nil {
		return nil, err
	}
	return p.Quotas, nil
}

type quotaSet struct {
	quotaOf
	Name  string `arg:"" help:"The quota, as list prints it."`
	Value string `arg:"" help:"A number, or default."`
}

// Run sets a quota.
func (f *quotaSet) Run(log *slog.Logger, out *output) error {
	q := userpool.Quota(f.Name)
	names := userpool.QuotaNames(isAccount(f.Holder))
	if !slices.Contains(names, q) {
		return fmt.Errorf("%s has no quota %q; choose one of %v", f.Holder, f.Name, names)
	}
	n, err := f.number(q)
	if err != nil {
		return err
	}
	err = f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return f.set(tx, q, n) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "%s of %s is %s\n", q, f.Holder, f.Value)
	return err
}

// number parses the value; nil means the default.
func (f *quotaSet) number(q userpool.Quota) (*int, error) {
	if f.Value == "default" {
		return nil, nil
	}
	n, err := strconv.Atoi(f.Value)
	if err == nil {
		err = q.Settable(n)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; write a number, or default for %d", q, err, q.Default())
	}
	return &n, nil
}

func (f *quotaSet) set(tx *store.Tx, q userpool.Quota, n *int) error {
	if isAccount(f.Holder) {
		return tx.SetAccountQuota(f.Holder, f.Region, q, n)
	}
	shared, err := tx.Pool(f.Holder)
	if err != nil {
		return err
	}
	p := *shared
	if p.Quotas = maps.Clone(p.Quotas); p.Quotas == nil {
		p.Quotas = userpool.Quotas{}
	}
	if delete(p.Quotas, q); n != nil {
		p.Quotas[q] = *n
	}
	return tx.UpdatePool(&p)
}

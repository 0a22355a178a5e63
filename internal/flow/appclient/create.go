package appclient

import (
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Create completes a new client and inserts it, within the quotas of its pool.
// Use it inside Configure only.
func Create(tx *store.Tx, p *userpool.Pool, c *userpool.Client, tiers userpool.TierGating) error {
	clients, err := tx.CountClients(p.ID)
	if err != nil {
		return err
	}
	if err := p.Quotas.FitOne(userpool.QuotaAppClients, p.ID, clients); err != nil {
		return err
	}
	if err := Complete(tx, p, c, "creating"); err != nil {
		return err
	}
	if err := tiers.Require(p, c.Features()...); err != nil {
		return err
	}
	c.Created, c.Modified = tx.Now, tx.Now
	for i := range c.Secrets {
		c.Secrets[i].ID = ""
		c.Secrets[i].Created, c.Secrets[i].ID = tx.Now, c.NewSecretID(tx.Now)
	}
	return tx.InsertClient(c)
}

// Complete sets the defaults of a client and refuses settings that its pool does
// not allow. verb is "creating" or "updating", for error messages.
func Complete(tx *store.Tx, p *userpool.Pool, c *userpool.Client, verb string) error {
	if err := fit(c, p); err != nil {
		return err
	}
	scopes, err := existing(tx, p)
	if err != nil {
		return err
	}
	providers, err := store.IdentityProviders.IDs(tx, p.ID)
	if err != nil {
		return err
	}
	return c.Complete(userpool.ClientContext{
		Pool: p, Providers: providers, Scopes: scopes, Confidential: c.Confidential(), Verb: verb,
	})
}

// existing returns the scopes of a pool beside the built-in ones.
func existing(tx *store.Tx, p *userpool.Pool) ([]string, error) {
	servers, err := store.ResourceServers.All(tx, p.ID)
	if err != nil {
		return nil, err
	}
	scopes := userpool.CustomScopesOf(servers)
	extensions, err := tx.PoolExtensions(p.ID)
	if err == nil && extensions.StrictOIDC {
		scopes = append(scopes, userpool.ScopeAddress)
	}
	return scopes, err
}

// fit refuses lists of a client that exceed the pool's quotas.
func fit(c *userpool.Client, p *userpool.Pool) error {
	for _, list := range []struct {
		quota userpool.Quota
		n     int
	}{
		{userpool.QuotaScopesPerClient, len(c.AllowedOAuthScopes)}, {userpool.QuotaCallbackURLs, len(c.CallbackURLs)},
		{userpool.QuotaLogoutURLs, len(c.LogoutURLs)},
	} {
		if err := p.Quotas.Fit(list.quota, c.ID, 0, list.n); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const clientColumns = `pool_id, client_id, version, created, modified, doc, secrets`

func secretsOf(poolID, clientID string) place {
	return place{poolID, "app_client", clientID, "secrets"}
}

func (tx *Tx) scanClient(scan func(...any) error) (*userpool.Client, error) {
	var (
		c                 userpool.Client
		created, modified int64
		doc               string
		sealed            []byte
	)
	if err := scan(&c.PoolID, &c.ID, &c.Version, &created, &modified, &doc, &sealed); err != nil {
		return nil, err
	}
	c.Created, c.Modified = fromMillis(created), fromMillis(modified)
	if err := record.Client.Decode([]byte(doc), &c.ClientSettings); err != nil {
		return nil, err
	}
	if len(sealed) == 0 {
		return &c, nil
	}
	// Keep the sealed secrets for openSecrets: opening them may run a query, which
	// is not possible while rows are read.
	c.Secrets = []userpool.ClientSecret{{Value: userpool.Secret(sealed)}}
	return &c, nil
}

// openSecrets replaces the sealed bytes from scanClient with the secrets.
func (tx *Tx) openSecrets(c *userpool.Client) error {
	if len(c.Secrets) == 0 {
		return nil
	}
	plain, err := tx.open(secretsOf(c.PoolID, c.ID), []byte(c.Secrets[0].Value.Reveal()))
	if err != nil {
		return err
	}
	c.Secrets, err = record.DecodeSecrets(plain)
	return err
}

// sealSecrets returns the secrets column of a client, which replaces the stored
// one.
func (tx *Tx) sealSecrets(c *userpool.Client, stored []byte) ([]byte, error) {
	if len(c.Secrets) == 0 {
		return []byte{}, nil
	}
	at := secretsOf(c.PoolID, c.ID)
	if len(stored) > 0 {
		var err error
		if stored, err = tx.open(at, stored); err != nil {
			return nil, err
		}
	}
	plain, err := record.EncodeSecrets(c.Secrets, stored)
	if err != nil {
		return nil, err
	}
	return tx.seal(at, plain)
}

// Client returns a client. It is shared: copy it before changing it. An unknown
// client, or a client of another pool, is fault.ClientDoesNotExist.
func (tx *Tx) Client(poolID, clientID string) (*userpool.Client, error) {
	if userpool.MetadataURL(clientID) {
		return tx.metadataClient(poolID, clientID)
	}
	if tx.cached(poolID) {
		if c := tx.db.cache.client(poolID, clientID); c != nil {
			return c, nil
		}
	}
	found, err := tx.clients(`WHERE pool_id = $1 AND client_id = $2`, poolID, clientID)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.ClientDoesNotExist(clientID)
	}
	if tx.cached(poolID) {
		tx.db.cache.cacheClient(found[0], tx.gens)
	}
	return found[0], nil
}

// metadataClient returns the client whose id is the URL of its metadata document,
// if the pool accepts those.
func (tx *Tx) metadataClient(poolID, clientID string) (*userpool.Client, error) {
	p, err := tx.Pool(poolID)
	if err != nil {
		return nil, fault.ClientDoesNotExist(clientID).ReplacingKind(fault.ResourceNotFound, err)
	}
	on, err := tx.PoolExtensions(poolID)
	if err != nil {
		return nil, err
	}
	if !on.ClientIDMetadata {
		return nil, fault.ClientDoesNotExist(clientID)
	}
	return userpool.MetadataClient(p, clientID), nil
}

// ClientByID returns a client by its id alone. An unknown one is
// fault.ClientDoesNotExist.
func (tx *Tx) ClientByID(clientID string) (*userpool.Client, error) {
	if poolID, known := tx.db.cache.poolOf(clientID); known {
		c, err := tx.clientOfLivePool(poolID, clientID)
		if !errors.Is(err, fault.ResourceNotFound) {
			return c, err
		}
		// If callers choose ids, another pool can have a client with this id now.
	}
	var poolID string
	found, err := tx.one([]any{&poolID}, `SELECT pool_id FROM client_pool WHERE client_id = $1`, clientID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.ClientDoesNotExist(clientID)
	}
	c, err := tx.clientOfLivePool(poolID, clientID)
	if err == nil {
		tx.db.cache.cachePoolOf(clientID, poolID)
	}
	return c, err
}

// clientOfLivePool is Client without the clients of deleted pools, whose rows
// remain until they are swept.
func (tx *Tx) clientOfLivePool(poolID, clientID string) (*userpool.Client, error) {
	c, err := tx.Client(poolID, clientID)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Pool(poolID); err != nil {
		return nil, fault.ClientDoesNotExist(clientID).ReplacingKind(fault.ResourceNotFound, err)
	}
	return c, nil
}

func (tx *Tx) clients(where string, args ...any) (clients []*userpool.Client, err error) {
	err = tx.each(func(scan func(...any) error) error {
		c, err := tx.scanClient(scan)
		clients = append(clients, c)
		return err
	}, `SELECT `+clientColumns+` FROM app_client `+where, args...)
	if err != nil {
		return nil, err
	}
	for _, c := range clients {
		if err := tx.openSecrets(c); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// Clients returns up to limit clients of a pool, in order of their ids, starting
// after the given id.
func (tx *Tx) Clients(poolID, after string, limit int) ([]*userpool.Client, error) {
	return tx.clients(`WHERE pool_id = $1 AND client_id > $2 ORDER BY client_id LIMIT $3`, poolID, after, int64(limit))
}

// InsertClient adds a client. An id that exists in any pool is
// fault.InvalidParameter.
func (tx *Tx) InsertClient(c *userpool.Client) error {
	doc, err := record.Client.Encode(c.ClientSettings, nil)
	if err != nil {
		return err
	}
	sealed, err := tx.sealSecrets(c, nil)
	if err != nil {
		return err
	}
	changing(tx, c)
	c.Version = 1
	tx.touch(c.PoolID)
	taken := unlessTaken(fault.New(fault.InvalidParameter, "User pool client "+c.ID+" already exists."))
	err = tx.queueThen(taken, `INSERT INTO client_pool (client_id, pool_id) VALUES ($1, $2)`, c.ID, c.PoolID)
	if err != nil {
		return err
	}
	return tx.queueThen(taken, `INSERT INTO app_client (`+clientColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.PoolID, c.ID, c.Version, millis(c.Created), millis(c.Modified), string(doc), sealed)
}

// UpdateClient writes a client and increments its Version. A Version that is not
// the stored one is fault.ConcurrentModification.
func (tx *Tx) UpdateClient(c *userpool.Client) error {
	var stored string
	var storedSecrets []byte
	found, err := tx.one([]any{&stored, &storedSecrets},
		`SELECT doc, secrets FROM app_client WHERE pool_id = $1 AND client_id = $2`,
		c.PoolID, c.ID)
	if err == nil && !found {
		return conflict
	}
	if err != nil {
		return err
	}
	doc, err := record.Client.Encode(c.ClientSettings, []byte(stored))
	if err != nil {
		return err
	}
	sealed, err := tx.sealSecrets(c, storedSecrets)
	if err != nil {
		return err
	}
	err = tx.queueThen(ifCurrent, `UPDATE app_client SET version = version + 1, modified = $1, doc = $2, secrets = $3
		WHERE pool_id = $4 AND client_id = $5 AND version = $6`,
		millis(c.Modified), string(doc), sealed, c.PoolID, c.ID, c.Version)
	if err != nil {
		return err
	}
	changing(tx, c)
	c.Version++
	tx.touch(c.PoolID)
	return nil
}

// DeleteClient removes a client; an unknown one is fault.ClientDoesNotExist.
func (tx *Tx) DeleteClient(poolID, clientID string) error {
	n, err := tx.exec(`DELETE FROM app_client WHERE pool_id = $1 AND client_id = $2`, poolID, clientID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.ClientDoesNotExist(clientID)
	}
	tx.touch(poolID)
	if err := tx.RemoveRiskConfiguration(poolID, clientID); err != nil {
		return err
	}
	if err := tx.removeAppearance(poolID, clientID); err != nil {
		return err
	}
	if err := tx.scheduleSweep(poolID, clientID); err != nil {
		return err
	}
	return tx.execAll(deleting.client, poolID, clientID)
}

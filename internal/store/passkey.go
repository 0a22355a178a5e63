package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const passkeyColumns = `pool_id, relying_party, credential_id, username, public_key, ` +
	`sign_count, backed_up, created, doc`

func (tx *Tx) passkeys(where string, args ...any) (found []*userpool.Passkey, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var (
			p                        userpool.Passkey
			count, backedUp, created int64
			doc                      string
		)
		err := scan(&p.PoolID, &p.RelyingParty, &p.CredentialID, &p.Username, &p.PublicKey,
			&count, &backedUp, &created, &doc)
		if err != nil {
			return err
		}
		p.SignCount, p.BackedUp, p.Created = uint32(count), backedUp != 0, fromMillis(created)
		found = append(found, &p)
		return record.Passkey.Decode([]byte(doc), &p.PasskeyTraits)
	}, `SELECT `+passkeyColumns+` FROM passkey WHERE pool_id = $1 AND `+where, args...)
	return found, err
}

// PasskeysOf returns a user's passkeys, oldest first. Quotas limit their number.
func (tx *Tx) PasskeysOf(poolID, username string) ([]*userpool.Passkey, error) {
	return tx.passkeys(`username = $2 ORDER BY created, relying_party, credential_id`, poolID, username)
}

// InsertPasskey adds a passkey and sets Created. A credential id that any user of
// the pool has for the relying party is userpool.PasskeyTaken.
func (tx *Tx) InsertPasskey(p *userpool.Passkey) error {
	doc, err := record.Passkey.Encode(p.PasskeyTraits, nil)
	if err != nil {
		return err
	}
	changing(tx, p)
	p.Created = tx.Now
	return tx.queueThen(unlessTaken(userpool.PasskeyTaken),
		`INSERT INTO passkey (`+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.PoolID, p.RelyingParty, p.CredentialID, p.Username, p.PublicKey, int64(p.SignCount), boolInt(p.BackedUp),
		millis(p.Created), string(doc))
}

// AdvancePasskey writes the counter and the backup state of an assertion, by one
// statement that compares the stored counter with the one in p. moved is false
// if another assertion was recorded first or the passkey was deleted. Counters
// of synchronized passkeys stay at zero and do not distinguish assertions: the
// caller must also redeem the challenge.
func (tx *Tx) AdvancePasskey(p *userpool.Passkey, count uint32, backedUp bool) (moved bool, err error) {
	n, err := tx.exec(`UPDATE passkey SET sign_count = $1, backed_up = $2
		WHERE pool_id = $3 AND relying_party = $4 AND credential_id = $5 AND username = $6 AND sign_count = $7`,
		int64(count), boolInt(backedUp), p.PoolID, p.RelyingParty, p.CredentialID, p.Username, int64(p.SignCount))
	return n == 1, err
}

// DeletePasskey removes a user's passkey. An unknown one, or one of another user,
// is userpool.NoSuchPasskey.
func (tx *Tx) DeletePasskey(poolID, username string, credentialID []byte) error {
	n, err := tx.exec(`DELETE FROM passkey WHERE pool_id = $1 AND username = $2 AND credential_id = $3`,
		poolID, username, credentialID)
	if err == nil && n == 0 {
		return userpool.NoSuchPasskey
	}
	return err
}

// PutPasskeyChallenge stores a registration. It replaces an earlier one of the
// user at the client.
func (tx *Tx) PutPasskeyChallenge(c userpool.PasskeyChallenge) error {
	return tx.queue(`INSERT INTO passkey_challenge (pool_id, username, client_id, challenge, relying_party, expires)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (pool_id, username, client_id) DO UPDATE SET
		challenge = excluded.challenge, relying_party = excluded.relying_party, expires = excluded.expires`,
		c.PoolID, c.Username, c.ClientID, c.Challenge, c.RelyingParty, millis(c.Expires))
}

// PasskeyChallenge returns the user's registration with the challenge, at any
// client, or nil if there is none or it has expired.
func (tx *Tx) PasskeyChallenge(poolID, username string, challenge []byte) (*userpool.PasskeyChallenge, error) {
	c := userpool.PasskeyChallenge{PoolID: poolID, Username: username, Challenge: challenge}
	var expires int64
	found, err := tx.one([]any{&c.ClientID, &c.RelyingParty, &expires},
		`SELECT client_id, relying_party, expires FROM passkey_challenge
		WHERE pool_id = $1 AND username = $2 AND challenge = $3 AND expires > $4`,
		poolID, username, challenge, millis(tx.Now))
	if err != nil || !found {
		return nil, err
	}
	c.Expires = fromMillis(expires)
	return &c, nil
}

// RedeemPasskeyChallenge deletes a registration. It is one statement: of any
// number of parallel calls, first is true for one.
func (tx *Tx) RedeemPasskeyChallenge(c *userpool.PasskeyChallenge) (first bool, err error) {
	n, err := tx.exec(`DELETE FROM passkey_challenge WHERE pool_id = $1 AND username = $2 AND client_id = $3
		AND challenge = $4 AND expires > $5`,
		c.PoolID, c.Username, c.ClientID, c.Challenge, millis(tx.Now))
	return n == 1, err
}

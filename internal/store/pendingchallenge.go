package store

import (
	"encoding/hex"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// pendingPlace binds the state of a challenge to its pool, handle, client and
// user. The table is named after its first use, custom challenges.
func pendingPlace(c *userpool.PendingChallenge) place {
	return place{
		c.PoolID, "custom_challenge", hex.EncodeToString(c.Handle) + "/" + c.ClientID + "/" + c.Username, "sealed",
	}
}

// PutPendingChallenge stores a challenge until it is redeemed or expires. It
// replaces an earlier one with the same handle.
func (tx *Tx) PutPendingChallenge(c *userpool.PendingChallenge) error {
	sealed, err := tx.seal(pendingPlace(c), []byte(c.State.Reveal()))
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO custom_challenge (pool_id, handle, client_id, username, expires, sealed)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (pool_id, handle) DO UPDATE SET client_id = excluded.client_id, username = excluded.username,
			expires = excluded.expires, sealed = excluded.sealed`,
		c.PoolID, c.Handle, c.ClientID, c.Username, millis(c.Expires), sealed)
}

// PendingChallengeState returns the state of the challenge that c identifies,
// without consuming it. found is false if there is none, or if it was redeemed or
// has expired.
func (tx *Tx) PendingChallengeState(c *userpool.PendingChallenge) (state userpool.Secret, found bool, err error) {
	var sealed []byte
	found, err = tx.one([]any{&sealed}, `SELECT sealed FROM custom_challenge
		WHERE pool_id = $1 AND handle = $2 AND client_id = $3 AND username = $4 AND expires > $5`,
		c.PoolID, c.Handle, c.ClientID, c.Username, millis(tx.Now))
	if err != nil || !found {
		return "", false, err
	}
	plain, err := tx.open(pendingPlace(c), sealed)
	return userpool.Secret(plain), true, err
}

// RedeemPendingChallenge consumes the challenge that c identifies and sets its
// Expires and State. It is one statement: of any number of parallel calls, redeemed
// is true for one. It is false if there is none, or if it was redeemed before or
// has expired.
func (tx *Tx) RedeemPendingChallenge(c *userpool.PendingChallenge) (redeemed bool, err error) {
	var expires int64
	var sealed []byte
	redeemed, err = tx.one([]any{&expires, &sealed}, `DELETE FROM custom_challenge
		WHERE pool_id = $1 AND handle = $2 AND client_id = $3 AND username = $4 AND expires > $5
		RETURNING expires, sealed`,
		c.PoolID, c.Handle, c.ClientID, c.Username, millis(tx.Now))
	if err != nil || !redeemed {
		return false, err
	}
	plain, err := tx.open(pendingPlace(c), sealed)
	changing(tx, c)
	c.Expires, c.State = fromMillis(expires), userpool.Secret(plain)
	return true, err
}

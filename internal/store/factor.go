package store

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// tokenState distinguishes the secret that a user signs in with from one that is
// not yet verified by a first code.
type tokenState string

const (
	tokenVerified tokenState = "verified"
	tokenPending  tokenState = "pending"
)

// tokenPlace binds a secret to its user, id and state: a pending secret cannot
// be opened as a verified one.
func tokenPlace(poolID, username string, state tokenState, id string) place {
	return place{poolID, "software_token", username + "/" + string(state) + "/" + id, "sealed"}
}

// SoftwareToken returns a user's verified secret, or nil.
func (tx *Tx) SoftwareToken(poolID, username string) (*userpool.SoftwareToken, error) {
	return tx.softwareToken(poolID, username, tokenVerified)
}

// PendingSoftwareToken returns a user's secret that is not yet verified, or nil.
func (tx *Tx) PendingSoftwareToken(poolID, username string) (*userpool.SoftwareToken, error) {
	return tx.softwareToken(poolID, username, tokenPending)
}

func (tx *Tx) softwareToken(poolID, username string, state tokenState) (*userpool.SoftwareToken, error) {
	var (
		t       userpool.SoftwareToken
		created int64
		sealed  []byte
	)
	found, err := tx.one([]any{&t.ID, &t.Spent, &created, &sealed},
		`SELECT token_id, spent, created, sealed FROM software_token
			WHERE pool_id = $1 AND username = $2 AND state = $3`, poolID, username, string(state))
	if err != nil || !found {
		return nil, err
	}
	plain, err := tx.open(tokenPlace(poolID, username, state, t.ID), sealed)
	t.Created, t.Secret = fromMillis(created), userpool.Secret(plain)
	return &t, err
}

// PutPendingSoftwareToken sets a user's pending secret.
func (tx *Tx) PutPendingSoftwareToken(poolID, username string, t *userpool.SoftwareToken) error {
	return tx.putSoftwareToken(poolID, username, tokenPending, t)
}

func (tx *Tx) putSoftwareToken(poolID, username string, state tokenState, t *userpool.SoftwareToken) error {
	sealed, err := tx.seal(tokenPlace(poolID, username, state, t.ID), []byte(t.Secret.Reveal()))
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO software_token (pool_id, username, state, token_id, spent, created, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (pool_id, username, state) DO UPDATE SET
		token_id = excluded.token_id, spent = excluded.spent, created = excluded.created, sealed = excluded.sealed`,
		poolID, username, string(state), t.ID, t.Spent, millis(tx.Now), sealed)
}

// AdoptSoftwareToken makes the pending secret with t's id the verified one, in
// place of an older one. step is the time step of its first code. One statement
// consumes the pending secret: false means that it was replaced or has been
// adopted already.
func (tx *Tx) AdoptSoftwareToken(poolID, username string, t *userpool.SoftwareToken, step int64) (bool, error) {
	n, err := tx.exec(
		`DELETE FROM software_token WHERE pool_id = $1 AND username = $2 AND state = $3 AND token_id = $4`,
		poolID, username, string(tokenPending), t.ID)
	if err != nil || n == 0 {
		return false, err
	}
	adopted := *t
	adopted.Spent = step
	return true, tx.putSoftwareToken(poolID, username, tokenVerified, &adopted)
}

// SpendSoftwareTokenStep advances the last used time step of the secret with this
// id. It is one statement: of any number of parallel calls with one step, one
// gets true. False means that this step or a later one was used, or that the
// user has another secret now.
func (tx *Tx) SpendSoftwareTokenStep(poolID, username, id string, step int64) (bool, error) {
	n, err := tx.exec(`UPDATE software_token SET spent = $1 WHERE pool_id = $2 AND username = $3 AND state = $4
		AND token_id = $5 AND spent < $1`,
		step, poolID, username, string(tokenVerified), id)
	return n == 1, err
}

// DeleteSoftwareToken removes the user's secrets, including a pending one. False
// means that there was no verified one.
func (tx *Tx) DeleteSoftwareToken(poolID, username string) (bool, error) {
	n, err := tx.exec(`DELETE FROM software_token WHERE pool_id = $1 AND username = $2 AND state = $3`,
		poolID, username, string(tokenVerified))
	if err != nil {
		return false, err
	}
	err = tx.queue(`DELETE FROM software_token WHERE pool_id = $1 AND username = $2`, poolID, username)
	return n == 1, err
}

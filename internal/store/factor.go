package store

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// tokenState tells the secret that a user signs in with from one that waits
// for its first code.
type tokenState string

const (
	tokenVerified tokenState = "verified"
	tokenPending  tokenState = "pending"
)

// tokenPlace binds a secret to its user, id and state: a pending one, moved
// by hand, opens nowhere.
func tokenPlace(poolID, username string, state tokenState, id string) place {
	return place{poolID, "software_token", username + "/" + string(state) + "/" + id, "sealed"}
}

// SoftwareToken returns the secret that a user has proved to hold, or nil.
func (tx *Tx) SoftwareToken(poolID, username string) (*userpool.SoftwareToken, error) {
	return tx.softwareToken(poolID, username, tokenVerified)
}

// PendingSoftwareToken returns the secret that waits for its first code, or nil.
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

// PutPendingSoftwareToken makes a secret the one that waits for its first code.
func (tx *Tx) PutPendingSoftwareToken(poolID, username string, t *userpool.SoftwareToken) error {
	return tx.putSoftwareToken(poolID, username, tokenPending, t)
}

func (tx *Tx) putSoftwareToken(poolID, username string, state tokenState, t *userpool.SoftwareToken) error {
	sealed, err := tx.seal(tokenPlace(poolID, username, state, t.ID), []byte(t.Secret.Reveal()))
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO software_token (pool_id, username, state, token_id, spent, created, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (pool_id, username, state) DO UPDATE SET token_id = excluded.token_id, spent = excluded.spent, created = excluded.created, sealed = excluded.sealed`,
		poolID, username, string(state), t.ID, t.Spent, millis(tx.Now), sealed)
	return err
}

// AdoptSoftwareToken makes the pending secret with t's id the one that the
// user signs in with, in place of an older one; step is what its first code
// has spent. It consumes the pending one by one statement: false means that
// another has taken its place, or that it was adopted already.
func (tx *Tx) AdoptSoftwareToken(poolID, username string, t *userpool.SoftwareToken, step int64) (bool, error) {
	n, err := tx.exec(`DELETE FROM software_token WHERE pool_id = $1 AND username = $2 AND state = $3 AND token_id = $4`,
		poolID, username, string(tokenPending), t.ID)
	if err != nil || n == 0 {
		return false, err
	}
	adopted := *t
	adopted.Spent = step
	return true, tx.putSoftwareToken(poolID, username, tokenVerified, &adopted)
}

// SpendSoftwareTokenStep moves the last used step of the secret with this id
// forward, by one statement: of any number of parallel calls with one step,
// one gets true. False means that the step or a later one was used, or that
// the user has another secret now.
func (tx *Tx) SpendSoftwareTokenStep(poolID, username, id string, step int64) (bool, error) {
	n, err := tx.exec(`UPDATE software_token SET spent = $1 WHERE pool_id = $2 AND username = $3 AND state = $4
		AND token_id = $5 AND spent < $1`,
		step, poolID, username, string(tokenVerified), id)
	return n == 1, err
}

// DeleteSoftwareToken removes the user's secrets, the pending one too; false
// means that none had been verified.
func (tx *Tx) DeleteSoftwareToken(poolID, username string) (bool, error) {
	n, err := tx.exec(`DELETE FROM software_token WHERE pool_id = $1 AND username = $2 AND state = $3`,
		poolID, username, string(tokenVerified))
	if err != nil {
		return false, err
	}
	_, err = tx.exec(`DELETE FROM software_token WHERE pool_id = $1 AND username = $2`, poolID, username)
	return n == 1, err
}

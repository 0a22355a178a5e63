package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// RefreshToken identifies a refresh token of a family, and its user and client.
type RefreshToken struct {
	PoolID, Origin string
	Generation     int64
	// Username and Sub identify the user, who must still exist.
	Username, Sub, ClientID string
	Expires                 time.Time
}

// Rotate records that a refresh token is replaced. It is one statement: of any
// number of parallel calls with tokens of one generation, first is true for one.
// It is also false if the token has been replaced before or the user was
// deleted.
func (tx *Tx) Rotate(t RefreshToken) (first bool, err error) {
	n, err := tx.exec(`INSERT INTO refresh_rotation (pool_id, origin, generation, username, client_id, rotated, expires)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS BIGINT)
		WHERE EXISTS (SELECT 1 FROM users WHERE pool_id = $1 AND username = $4 AND sub = $8)
		AND NOT EXISTS (SELECT 1 FROM refresh_rotation WHERE pool_id = $1 AND origin = $2 AND generation >= $3)
		ON CONFLICT (pool_id, origin, generation) DO NOTHING`,
		t.PoolID, t.Origin, t.Generation, t.Username, t.ClientID, millis(tx.Now), millis(t.Expires), t.Sub)
	if err != nil || n == 0 {
		return false, err
	}
	err = tx.queue(`DELETE FROM refresh_rotation WHERE pool_id = $1 AND origin = $2 AND generation < $3
		AND rotated < $4`,
		t.PoolID, t.Origin, t.Generation, millis(tx.Now.Add(-userpool.MaxRetryGrace)))
	return true, err
}

// Family reports whether a token family has been revoked, and which of its
// refresh tokens were replaced.
func (tx *Tx) Family(poolID, origin string) (revoked bool, r userpool.Rotation, err error) {
	r = userpool.Rotation{}
	err = tx.each(func(scan func(...any) error) error {
		var generation, rotated int64
		if err := scan(&generation, &rotated); err != nil {
			return err
		}
		if generation < 0 {
			revoked = true
		} else {
			r[generation] = fromMillis(rotated)
		}
		return nil
	}, `SELECT -1, 0 FROM token_revocation WHERE pool_id = $1 AND origin = $2
		UNION ALL SELECT generation, rotated FROM refresh_rotation WHERE pool_id = $1 AND origin = $2`, poolID, origin)
	return revoked, r, err
}

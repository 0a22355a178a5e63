package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// keepRedeemed is how long the row of a redeemed code is kept, to detect a second
// use.
const keepRedeemed = time.Hour

// InsertAuthorization stores an authorization under the keyed hash of its code.
func (tx *Tx) InsertAuthorization(a *userpool.Authorization, mac []byte) error {
	doc, err := record.Authorization.Encode(a.AuthorizationTerms, nil)
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO authorization_code (pool_id, mac, client_id, username, origin, created, expires, doc)
		VALUES ($1, $2, $3, $4, '', $5, $6, $7)`,
		a.PoolID, mac, a.ClientID, a.Username, millis(a.Created), millis(a.Expires), string(doc))
}

// RedeemAuthorization redeems a code of the client and returns its
// authorization. It is one statement: of any number of parallel calls one
// succeeds. origin is the id of the token family that is issued for it. The
// result is nil if the client has no such code, or if it is redeemed or expired.
func (tx *Tx) RedeemAuthorization(poolID, clientID string, mac []byte, origin string) (*userpool.Authorization, error) {
	return tx.authorization(poolID, clientID, `UPDATE authorization_code SET origin = $1, expires = $2
		WHERE pool_id = $3 AND mac = $4 AND client_id = $5 AND origin = '' AND expires > $6
		RETURNING username, created, expires, origin, doc`,
		origin, millis(tx.Now.Add(keepRedeemed)), poolID, mac, clientID, millis(tx.Now))
}

// Authorization returns the authorization of a code of the client, also if it is
// redeemed or expired, or nil.
func (tx *Tx) Authorization(poolID, clientID string, mac []byte) (*userpool.Authorization, error) {
	return tx.authorization(poolID, clientID, `SELECT username, created, expires, origin, doc FROM authorization_code
		WHERE pool_id = $1 AND mac = $2 AND client_id = $3`, poolID, mac, clientID)
}

func (tx *Tx) authorization(poolID, clientID, query string, args ...any) (found *userpool.Authorization, err error) {
	err = tx.each(func(scan func(...any) error) error {
		a := &userpool.Authorization{PoolID: poolID, ClientID: clientID}
		var (
			created, expires int64
			doc              string
		)
		if err := scan(&a.Username, &created, &expires, &a.Origin, &doc); err != nil {
			return err
		}
		a.Created, a.Expires = fromMillis(created), fromMillis(expires)
		if a.Origin != "" {
			a.Redeemed = a.Expires.Add(-keepRedeemed)
		}
		found = a
		return record.Authorization.Decode([]byte(doc), &a.AuthorizationTerms)
	}, query, args...)
	return found, err
}

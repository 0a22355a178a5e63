package store

import (
	"encoding/hex"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// keepRedeemed is how long the row of a redeemed code is kept, to detect a second
// use.
const keepRedeemed = time.Hour

// tokenChangesOf binds the changes of tokens to the code that they belong to.
func tokenChangesOf(poolID, clientID string, mac []byte) place {
	return place{poolID, "authorization_code", hex.EncodeToString(mac) + "/" + clientID, "sealed"}
}

// InsertAuthorization stores an authorization under the keyed hash of its code.
func (tx *Tx) InsertAuthorization(a *userpool.Authorization, mac []byte) error {
	terms, sealed := a.AuthorizationTerms, []byte{}
	if terms.TokenChanges != "" {
		var err error
		sealed, err = tx.seal(tokenChangesOf(a.PoolID, a.ClientID, mac), []byte(terms.TokenChanges))
		if err != nil {
			return err
		}
		terms.TokenChanges = ""
	}
	doc, err := record.Authorization.Encode(terms, nil)
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO authorization_code
		(pool_id, mac, client_id, username, origin, created, expires, doc, sealed)
		VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8)`,
		a.PoolID, mac, a.ClientID, a.Username, millis(a.Created), millis(a.Expires), string(doc), sealed)
}

// RedeemAuthorization redeems a code of the client and reports whether it did. It is
// one statement: of any number of parallel calls one succeeds. origin is the id of
// the token family that is issued for it. It does nothing if the client has no such
// code, or if it is redeemed or expired.
func (tx *Tx) RedeemAuthorization(poolID, clientID string, mac []byte, origin string) (bool, error) {
	rows, err := tx.exec(`UPDATE authorization_code SET origin = $1, expires = $2
		WHERE pool_id = $3 AND mac = $4 AND client_id = $5 AND origin = '' AND expires > $6`,
		origin, millis(tx.Now.Add(keepRedeemed)), poolID, mac, clientID, millis(tx.Now))
	return rows > 0, err
}

// Authorization returns the authorization of a code of the client, also if it is
// redeemed or expired, or nil. Its terms never change.
func (tx *Tx) Authorization(poolID, clientID string, mac []byte) (found *userpool.Authorization, err error) {
	var sealed []byte
	err = tx.each(func(scan func(...any) error) error {
		a := &userpool.Authorization{PoolID: poolID, ClientID: clientID}
		var (
			created, expires int64
			doc              string
		)
		if err := scan(&a.Username, &created, &expires, &a.Origin, &doc, &sealed); err != nil {
			return err
		}
		a.Created, a.Expires = fromMillis(created), fromMillis(expires)
		if a.Origin != "" {
			a.Redeemed = a.Expires.Add(-keepRedeemed)
		}
		found = a
		return record.Authorization.Decode([]byte(doc), &a.AuthorizationTerms)
	}, `SELECT username, created, expires, origin, doc, sealed FROM authorization_code
		WHERE pool_id = $1 AND mac = $2 AND client_id = $3`, poolID, mac, clientID)
	if err != nil || len(sealed) == 0 {
		return found, err
	}
	plain, err := tx.open(tokenChangesOf(poolID, clientID, mac), sealed)
	if err != nil {
		return nil, err
	}
	found.TokenChanges = string(plain)
	return found, nil
}

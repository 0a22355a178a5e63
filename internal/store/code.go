package store

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

const codeColumns = `mac, attribute, held, value, created, expires`

func scanCode(c *userpool.Code, scan func(...any) error) error {
	var created, expires int64
	err := scan(&c.MAC, &c.Attribute, &c.Held, &c.Value, &created, &expires)
	c.Created, c.Expires = fromMillis(created), fromMillis(expires)
	return err
}

func (tx *Tx) codeBy(
	poolID, username string, p userpool.Purpose, sql string, args ...any,
) (found *userpool.Code, err error) {
	err = tx.each(func(scan func(...any) error) error {
		found = &userpool.Code{PoolID: poolID, Username: username, Purpose: p}
		return scanCode(found, scan)
	}, sql, append([]any{poolID, username, string(p), millis(tx.Now)}, args...)...)
	return found, err
}

// PutCode stores a code and replaces the user's earlier code of this purpose.
func (tx *Tx) PutCode(c *userpool.Code) error {
	return tx.queue(`INSERT INTO code (pool_id, username, purpose, `+codeColumns+
		`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (pool_id, username, purpose) DO UPDATE SET mac = excluded.mac, attribute = excluded.attribute,
			held = excluded.held, value = excluded.value, created = excluded.created, expires = excluded.expires`,
		c.PoolID, c.Username, string(c.Purpose), c.MAC, c.Attribute, c.Held, c.Value,
		millis(c.Created), millis(c.Expires))
}

// Code returns the outstanding code of a purpose, or nil if there is none or it
// has expired.
func (tx *Tx) Code(poolID, username string, p userpool.Purpose) (*userpool.Code, error) {
	return tx.codeBy(poolID, username, p,
		`SELECT `+codeColumns+` FROM code WHERE pool_id = $1 AND username = $2 AND purpose = $3 AND expires > $4`)
}

// RedeemCode deletes and returns the code with this keyed hash. It is one
// statement: of any number of parallel calls one gets the code. The result is
// nil if there is no such code or it has expired.
func (tx *Tx) RedeemCode(poolID, username string, p userpool.Purpose, mac []byte) (*userpool.Code, error) {
	return tx.codeBy(poolID, username, p, `DELETE FROM code
		WHERE pool_id = $1 AND username = $2 AND purpose = $3 AND expires > $4 AND mac = $5
		RETURNING `+codeColumns, mac)
}

// DeleteCode removes the code of a purpose, if there is one.
func (tx *Tx) DeleteCode(poolID, username string, p userpool.Purpose) error {
	return tx.queue(`DELETE FROM code WHERE pool_id = $1 AND username = $2 AND purpose = $3`,
		poolID, username, string(p))
}

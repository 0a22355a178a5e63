package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const sessionColumns = `pool_id, username, session_id, kind, client_id, origin, parent, created, active, expires, ` +
	`address, agent`

func (tx *Tx) sessions(where string, args ...any) (found []userpool.Session, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var (
			s                        userpool.Session
			kind                     string
			created, active, expires int64
		)
		err := scan(&s.PoolID, &s.Username, &s.ID, &kind, &s.ClientID, &s.Origin, &s.Parent,
			&created, &active, &expires, &s.Address, &s.Agent)
		s.Kind, s.Created = userpool.SessionKind(kind), fromMillis(created)
		s.Active, s.Expires = fromMillis(active), fromMillis(expires)
		found = append(found, s)
		return err
	}, `SELECT `+sessionColumns+
		` FROM user_session WHERE pool_id = $1 AND username = $2 AND expires > $3 `+where, args...)
	return found, err
}

// Sessions returns a user's sessions that have not expired, the least recently
// active first.
func (tx *Tx) Sessions(poolID, username string) ([]userpool.Session, error) {
	return tx.sessions(`ORDER BY active, session_id`, poolID, username, millis(tx.Now))
}

// InsertSession adds a session. The caller has verified that the user exists.
func (tx *Tx) InsertSession(s *userpool.Session) error {
	return tx.queueThen(unlessTaken(conflict), `INSERT INTO user_session (`+sessionColumns+
		`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.PoolID, s.Username, s.ID, string(s.Kind), s.ClientID, s.Origin, s.Parent,
		millis(s.Created), millis(s.Active), millis(s.Expires), s.Address, s.Agent)
}

// TouchSession records that a session is in use and by which peer. found is false
// if the session has ended.
func (tx *Tx) TouchSession(poolID, username, id string, by userpool.Peer) (found bool, err error) {
	n, err := tx.exec(`UPDATE user_session SET active = $1, address = $2, agent = $3
		WHERE pool_id = $4 AND username = $5 AND session_id = $6`,
		millis(tx.Now), by.Address, by.Agent, poolID, username, id)
	return n == 1, err
}

// RenewSession records another authentication in an SSO session, until when it is
// valid. found is false if it has ended.
func (tx *Tx) RenewSession(s *userpool.Session) (found bool, err error) {
	n, err := tx.exec(`UPDATE user_session SET active = $1, expires = $2, address = $3, agent = $4
		WHERE pool_id = $5 AND username = $6 AND session_id = $7 AND kind = $8 AND expires > $9`,
		millis(s.Active), millis(s.Expires), s.Address, s.Agent,
		s.PoolID, s.Username, s.ID, string(userpool.SSOSession), millis(tx.Now))
	return n == 1, err
}

// HasSession reports whether a session has not been ended and expires after a
// time. The row of an expired session is kept for userpool.AuthorizationLifetime.
func (tx *Tx) HasSession(poolID, username, id string, after time.Time) (bool, error) {
	var one int64
	return tx.one([]any{&one}, `SELECT 1 FROM user_session
		WHERE pool_id = $1 AND username = $2 AND session_id = $3 AND expires > $4`, poolID, username, id, millis(after))
}

// maxAccessTokenLife is how long access tokens can be valid after their refresh
// token has expired.
const maxAccessTokenLife = 24 * time.Hour

// EndFamily revokes a token family and ends its session, if it has one. expires
// is when the refresh tokens of the family expire.
func (tx *Tx) EndFamily(poolID, username, origin string, expires time.Time) error {
	if err := tx.RevokeOrigin(poolID, origin, expires.Add(maxAccessTokenLife)); err != nil {
		return err
	}
	return tx.queue(`DELETE FROM user_session WHERE pool_id = $1 AND username = $2 AND origin = $3`,
		poolID, username, origin)
}

// EndSession ends a session. For a token session it also revokes the family.
func (tx *Tx) EndSession(s *userpool.Session) error {
	if s.Kind == userpool.TokenSession {
		return tx.EndFamily(s.PoolID, s.Username, s.Origin, s.Expires)
	}
	return tx.queue(`DELETE FROM user_session WHERE pool_id = $1 AND username = $2 AND session_id = $3`,
		s.PoolID, s.Username, s.ID)
}

// deleteSessions removes the sessions of a user who has signed out everywhere.
func (tx *Tx) deleteSessions(poolID, username string) error {
	return tx.queue(`DELETE FROM user_session WHERE pool_id = $1 AND username = $2`, poolID, username)
}

// deleteSSOSessions removes the SSO sessions of a user.
func (tx *Tx) deleteSSOSessions(poolID, username string) error {
	return tx.queue(`DELETE FROM user_session WHERE pool_id = $1 AND username = $2 AND kind = $3`,
		poolID, username, string(userpool.SSOSession))
}

package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const userColumns = `u.pool_id, u.username, u.sub, u.version, u.status, u.enabled, u.created, u.modified, ` +
	`u.signed_out, u.doc`

func scanUser(scan func(...any) error) (_ *userpool.User, doc string, err error) {
	var (
		u                                     userpool.User
		status                                string
		enabled, created, modified, signedOut int64
	)
	if err := scan(&u.PoolID, &u.Username, &u.Sub, &u.Version, &status, &enabled, &created, &modified, &signedOut,
		&doc); err != nil {
		return nil, "", err
	}
	u.Status, u.Enabled = userpool.Status(status), enabled != 0
	u.Created, u.Modified, u.SignedOut = fromMillis(created), fromMillis(modified), fromMillis(signedOut)
	u.UserProfile, err = record.DecodeProfile(doc)
	return &u, doc, err
}

// userWhere returns the only user that matches a condition, or nil. In an Update
// it locks the row.
func (tx *Tx) userWhere(where string, args ...any) (*userpool.User, error) {
	u, _, err := tx.userRow(where, args...)
	return u, err
}

// userRow is userWhere with the stored document.
func (tx *Tx) userRow(where string, args ...any) (u *userpool.User, doc string, err error) {
	err = tx.each(func(scan func(...any) error) (err error) {
		u, doc, err = scanUser(scan)
		return err
	}, `SELECT `+userColumns+` FROM users u WHERE `+where+tx.locking(againstChange+` OF u`), args...)
	return u, doc, err
}

// User returns a user by username, alias or sub, in this order. An unknown one is
// fault.UserDoesNotExist. It is always one statement, so that the response time
// does not reveal the result. Source of the order: API reference AdminGetUser.
func (tx *Tx) User(p *userpool.Pool, ref string) (*userpool.User, error) {
	args := []any{p.ID, p.Fold(ref)}
	ways := []string{`(SELECT username FROM users WHERE pool_id = $1 AND username = $2)`}
	for _, attribute := range slices.Concat(p.UsernameAttributes, p.AliasAttributes) {
		args = append(args, attribute, aliasKey(p.FoldAttribute(attribute, ref)))
		ways = append(ways, fmt.Sprintf(
			`(SELECT username FROM user_alias WHERE pool_id = $1 AND attribute = $%d AND value = $%d)`,
			len(args)-1, len(args)))
	}
	args = append(args, ref)
	ways = append(ways, fmt.Sprintf(`(SELECT username FROM users WHERE pool_id = $1 AND sub = $%d)`, len(args)))
	return tx.userOr(tx.userWhere(`u.pool_id = $1 AND u.username = COALESCE(`+strings.Join(ways, ", ")+`)`, args...))
}

func (tx *Tx) userOr(u *userpool.User, err error) (*userpool.User, error) {
	if u == nil && err == nil {
		return nil, fault.UserDoesNotExist
	}
	return u, err
}

// UserBySub returns a user by sub. An unknown one is fault.UserDoesNotExist.
func (tx *Tx) UserBySub(p *userpool.Pool, sub string) (*userpool.User, error) {
	return tx.userOr(tx.userWhere(`u.pool_id = $1 AND u.sub = $2`, p.ID, sub))
}

// AliasHolder returns the username of the user that has an alias. In an Update
// it locks the alias.
func (tx *Tx) AliasHolder(p *userpool.Pool, attribute, value string) (username string, ok bool, err error) {
	ok, err = tx.one([]any{&username}, `SELECT username FROM user_alias
		WHERE pool_id = $1 AND attribute = $2 AND value = $3 AND username <> ''`+tx.locking(againstChange),
		p.ID, attribute, aliasKey(p.FoldAttribute(attribute, value)))
	return username, ok, err
}

// AliasTaken reports whether another user has the user's alias of an attribute.
// It is false if the attribute is not an alias of the user.
func (tx *Tx) AliasTaken(p *userpool.Pool, u *userpool.User, attribute string) (bool, error) {
	for _, a := range p.Aliases(u) {
		if a.Attribute == attribute {
			holder, taken, err := tx.AliasHolder(p, attribute, a.Value)
			return taken && holder != u.Username, err
		}
	}
	return false, nil
}

// InsertUser adds a user with its aliases. It sets Created and Modified if
// Created is zero. A taken username is fault.UserAlreadyExists, a taken alias
// fault.AliasTaken.
func (tx *Tx) InsertUser(p *userpool.Pool, u *userpool.User) error {
	doc, err := record.User.Encode(u.UserProfile, nil)
	if err != nil {
		return err
	}
	changing(tx, u)
	u.Version = 1
	if u.Created.IsZero() {
		u.Created, u.Modified = tx.Now, tx.Now
	}
	err = tx.queueThen(unlessTaken(fault.UserAlreadyExists),
		`INSERT INTO users (pool_id, username, sub, version, status, enabled, created, modified, signed_out, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, u.PoolID, u.Username, u.Sub, u.Version, string(u.Status),
		boolInt(u.Enabled), millis(u.Created), millis(u.Modified), millis(u.SignedOut), string(doc))
	if err != nil {
		return err
	}
	for _, a := range aliases(p, u) {
		if err := tx.insertAlias(u, a); err != nil {
			return err
		}
	}
	tx.countUser(u.PoolID, u.Username, 1)
	return tx.insertSearch(u, searchable(u))
}

// aliases returns the rows of a user in user_alias. If preferred_username is an
// alias, the username is also such a row, so that no other user can choose it as
// preferred_username.
func aliases(p *userpool.Pool, u *userpool.User) []userpool.Alias {
	rows := p.Aliases(u)
	if slices.Contains(p.AliasAttributes, preferredUsername) {
		name := userpool.Alias{Attribute: preferredUsername, Value: p.FoldAttribute(preferredUsername, u.Username)}
		if !slices.Contains(rows, name) {
			rows = append(rows, name)
		}
	}
	for i := range rows {
		rows[i].Value = aliasKey(rows[i].Value)
	}
	return rows
}

const preferredUsername = "preferred_username"

func (tx *Tx) insertAlias(u *userpool.User, a userpool.Alias) error {
	held := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return fault.AliasTaken(a.Attribute).WithCause(engine.ErrUnique)
		}
		return err
	}
	return tx.queueThen(held, `INSERT INTO user_alias (pool_id, attribute, value, username) VALUES ($1, $2, $3, $4)
		ON CONFLICT (pool_id, attribute, value) DO UPDATE SET
		username = excluded.username WHERE user_alias.username = ''`,
		u.PoolID, a.Attribute, a.Value, u.Username)
}

// releaseAlias releases an alias. Its row remains, without a user, until the
// Update ends: if another user gets the alias in the same Update, it gets the
// row too. Updates that wait for the row then see the new holder.
func (tx *Tx) releaseAlias(u *userpool.User, a userpool.Alias) error {
	err := tx.queue(`UPDATE user_alias SET username = '' WHERE pool_id = $1 AND attribute = $2 AND value = $3
		AND username = $4`,
		u.PoolID, a.Attribute, a.Value, u.Username)
	tx.atEnd = append(tx.atEnd, func() error {
		return tx.queue(`DELETE FROM user_alias WHERE pool_id = $1 AND attribute = $2 AND value = $3 AND username = ''`,
			u.PoolID, a.Attribute, a.Value)
	})
	return err
}

// UpdateUser writes a user, increments its Version, and updates the aliases and
// search rows. If SignedOut has changed, it removes the user's sessions. A
// Version that is not the stored one is fault.ConcurrentModification, a taken
// alias fault.AliasTaken.
func (tx *Tx) UpdateUser(p *userpool.Pool, u *userpool.User) error {
	before, stored, err := tx.userRow(`u.pool_id = $1 AND u.username = $2`, u.PoolID, u.Username)
	if err != nil {
		return err
	}
	if before == nil {
		return fault.UserDoesNotExist
	}
	doc, err := record.User.Encode(u.UserProfile, []byte(stored))
	if err != nil {
		return err
	}
	err = tx.queueThen(ifCurrent, `UPDATE users
		SET version = version + 1, status = $1, enabled = $2, modified = $3, signed_out = $4, doc = $5
		WHERE pool_id = $6 AND username = $7 AND version = $8`, string(u.Status), boolInt(u.Enabled), millis(tx.Now),
		millis(u.SignedOut), string(doc), u.PoolID, u.Username, u.Version)
	if err != nil {
		return err
	}
	changing(tx, u)
	u.Version++
	u.Modified = tx.Now
	if !u.SignedOut.Equal(before.SignedOut) {
		if err := tx.deleteSessions(u.PoolID, u.Username); err != nil {
			return err
		}
	}
	if err := tx.updateAliases(p, before, u); err != nil {
		return err
	}
	return tx.updateSearch(before, u)
}

func (tx *Tx) updateAliases(p *userpool.Pool, before, after *userpool.User) error {
	had, has := aliases(p, before), aliases(p, after)
	for _, a := range had {
		if slices.Contains(has, a) {
			continue
		}
		if err := tx.releaseAlias(after, a); err != nil {
			return err
		}
	}
	for _, a := range has {
		if !slices.Contains(had, a) {
			if err := tx.insertAlias(after, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// DeleteUser removes a user and all of its rows. An unknown one is
// fault.UserDoesNotExist.
func (tx *Tx) DeleteUser(p *userpool.Pool, username string) error {
	u, err := tx.userOr(tx.userWhere(`u.pool_id = $1 AND u.username = $2`, p.ID, username))
	if err != nil {
		return err
	}
	for _, a := range aliases(p, u) {
		err := tx.queue(
			`DELETE FROM user_alias WHERE pool_id = $1 AND attribute = $2 AND value = $3 AND username = $4`,
			p.ID, a.Attribute, a.Value, username)
		if err != nil {
			return err
		}
	}
	for name, value := range searchable(u) {
		if err := tx.deleteSearch(u, name, value); err != nil {
			return err
		}
	}
	if err := tx.execAll(deleting.user, p.ID, username); err != nil {
		return err
	}
	tx.countUser(p.ID, username, -1)
	return nil
}

package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const groupColumns = `g.pool_id, g.name, g.created, g.modified, g.doc`

// groupNotFound is returned for unknown groups.
var groupNotFound = fault.New(fault.ResourceNotFound, "Group not found.")

func (tx *Tx) groups(from string, args ...any) (groups []*userpool.Group, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var g userpool.Group
		var created, modified int64
		var doc string
		if err := scan(&g.PoolID, &g.Name, &created, &modified, &doc); err != nil {
			return err
		}
		g.Created, g.Modified = fromMillis(created), fromMillis(modified)
		groups = append(groups, &g)
		return record.Group.Decode([]byte(doc), &g.GroupSettings)
	}, `SELECT `+groupColumns+` FROM `+from, args...)
	return groups, err
}

// Group returns a group. In an Update it locks the group against deletion. An
// unknown one is fault.ResourceNotFound.
func (tx *Tx) Group(poolID, name string) (*userpool.Group, error) {
	where := `user_group g WHERE g.pool_id = $1 AND g.name = $2` + tx.locking(againstDeletion)
	found, err := tx.groups(where, poolID, name)
	if err == nil && len(found) == 0 {
		return nil, groupNotFound
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Groups returns up to limit groups of a pool, in order of their names, starting
// after the given one.
func (tx *Tx) Groups(poolID, after string, limit int) ([]*userpool.Group, error) {
	return tx.groups(`user_group g WHERE g.pool_id = $1 AND g.name > $2 ORDER BY g.name LIMIT $3`, poolID, after,
		int64(limit))
}

// GroupsOf returns all groups of a user, sorted by precedence.
func (tx *Tx) GroupsOf(poolID, username string) ([]*userpool.Group, error) {
	groups, err := tx.groups(`group_member m JOIN user_group g ON g.pool_id = m.pool_id AND g.name = m.group_name
		WHERE m.pool_id = $1 AND m.username = $2`, poolID, username)
	userpool.ByPrecedence(groups)
	return groups, err
}

// InsertGroup adds a group. A name that exists is fault.GroupExists.
func (tx *Tx) InsertGroup(g *userpool.Group) error {
	doc, err := record.Group.Encode(g.GroupSettings, nil)
	if err != nil {
		return err
	}
	changing(tx, g)
	g.Created, g.Modified = tx.Now, tx.Now
	return tx.queueThen(unlessTaken(fault.New(fault.GroupExists, "A group with the name already exists.")),
		`INSERT INTO user_group (pool_id, name, created, modified, doc) VALUES ($1, $2, $3, $4, $5)`,
		g.PoolID, g.Name, millis(g.Created), millis(g.Modified), string(doc))
}

// UpdateGroup writes a group's settings. An unknown one is
// fault.ResourceNotFound.
func (tx *Tx) UpdateGroup(g *userpool.Group) error {
	doc, err := encodeOver(tx, record.Group, g.GroupSettings,
		`SELECT doc FROM user_group WHERE pool_id = $1 AND name = $2`,
		g.PoolID, g.Name)
	if err != nil {
		return err
	}
	changing(tx, g)
	g.Modified = tx.Now
	n, err := tx.exec(`UPDATE user_group SET modified = $1, doc = $2 WHERE pool_id = $3 AND name = $4`,
		millis(g.Modified), string(doc), g.PoolID, g.Name)
	if err == nil && n == 0 {
		return groupNotFound
	}
	return err
}

// DeleteGroup removes a group and its memberships. An unknown one is
// fault.ResourceNotFound.
func (tx *Tx) DeleteGroup(poolID, name string) error {
	n, err := tx.exec(`DELETE FROM user_group WHERE pool_id = $1 AND name = $2`, poolID, name)
	if err != nil {
		return err
	}
	if n == 0 {
		return groupNotFound
	}
	return tx.queue(`DELETE FROM group_member WHERE pool_id = $1 AND group_name = $2`, poolID, name)
}

// AddToGroup adds a user to a group. Adding a member again is not an error.
func (tx *Tx) AddToGroup(poolID, name, username string) error {
	return tx.queue(`INSERT INTO group_member (pool_id, group_name, username)
		VALUES ($1, $2, $3) ON CONFLICT (pool_id, group_name, username) DO NOTHING`,
		poolID, name, username)
}

// RemoveFromGroup removes a user from a group. It is not an error if the user is
// not a member.
func (tx *Tx) RemoveFromGroup(poolID, name, username string) error {
	return tx.queue(`DELETE FROM group_member WHERE pool_id = $1 AND group_name = $2 AND username = $3`,
		poolID, name, username)
}

// UsersInGroup returns up to limit members of a group, in order of their
// usernames, starting after the given one.
func (tx *Tx) UsersInGroup(poolID, name, after string, limit int) ([]*userpool.User, error) {
	users, _, err := tx.usersWith(`SELECT '' AS v, `+userColumns+
		` FROM group_member m JOIN users u ON u.pool_id = m.pool_id AND u.username = m.username
		WHERE m.pool_id = $1 AND m.group_name = $2 AND m.username > $3 ORDER BY m.username LIMIT $4`,
		poolID, name, after, int64(limit))
	return users, err
}

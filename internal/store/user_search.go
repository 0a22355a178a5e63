package store

import (
	"strconv"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/store/userfilter"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// searchedAttributes are the attributes with rows in user_search, by which
// ListUsers can filter. The two states have rows too. Source: API reference
// ListUsers.
var searchedAttributes = []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}

// searchable returns the search rows of a user: attribute to value, in the form
// that is compared.
func searchable(u *userpool.User) map[string]string {
	found := map[string]string{
		userfilter.UserStatus: strings.ToLower(string(u.Status)),
		userfilter.Status:     userfilter.Enabled,
	}
	if !u.Enabled {
		found[userfilter.Status] = userfilter.Disabled
	}
	for _, name := range searchedAttributes {
		if v := u.Attributes[name]; v != "" {
			found[name] = indexedPrefix(strings.ToLower(v))
		}
	}
	return found
}

// insertSearch inserts the rows by one statement.
func (tx *Tx) insertSearch(u *userpool.User, rows map[string]string) error {
	if len(rows) == 0 {
		return nil
	}
	sql, args := `INSERT INTO user_search (pool_id, username, attribute, value) VALUES `, []any{u.PoolID, u.Username}
	for name, value := range rows {
		if len(args) > 2 {
			sql += ", "
		}
		args = append(args, name, value)
		sql += "($1, $2, $" + strconv.Itoa(len(args)-1) + ", $" + strconv.Itoa(len(args)) + ")"
	}
	return tx.queue(sql, args...)
}

func (tx *Tx) deleteSearch(u *userpool.User, name, value string) error {
	return tx.queue(`DELETE FROM user_search WHERE pool_id = $1 AND attribute = $2 AND value = $3 AND username = $4`,
		u.PoolID, name, value, u.Username)
}

func (tx *Tx) updateSearch(before, after *userpool.User) error {
	had, has := searchable(before), searchable(after)
	for name, value := range had {
		if has[name] != value {
			if err := tx.deleteSearch(after, name, value); err != nil {
				return err
			}
		}
	}
	for name, value := range had {
		if has[name] == value {
			delete(has, name)
		}
	}
	return tx.insertSearch(after, has)
}

// UserQuery is one page of ListUsers.
type UserQuery struct {
	// Filter is nil for all users.
	Filter *userfilter.Filter
	Limit  int
	// After is the end of the previous page, or nil.
	After *Cursor
}

// Cursor is the last user of a page: its filtered value and its username.
type Cursor struct{ Value, Username string }

// highest sorts after every text: it is the last code point, and the order is
// bytewise.
const highest = "\U0010FFFF"

// ListUsers returns a page, in order of the filtered attribute and then of the
// username. The cursor is nil on the last page. Every filter is a range of an
// index: the cost does not depend on the number of users.
func (tx *Tx) ListUsers(p *userpool.Pool, q UserQuery) ([]*userpool.User, *Cursor, error) {
	list := tx.listAll
	if q.Filter != nil {
		switch q.Filter.Attribute {
		case userfilter.Username:
			list = tx.listByUsername
		case userfilter.Sub:
			list = tx.listBySub
		default:
			list = tx.listBySearch
		}
	}
	if q.After == nil {
		q.After = &Cursor{}
	}
	q.Limit++ // one more shows whether there is a next page
	users, values, err := list(p, q)
	if err != nil || len(users) < q.Limit {
		return users, nil, err
	}
	last := q.Limit - 2
	return users[:last+1], &Cursor{values[last], users[last].Username}, nil
}

type page func(p *userpool.Pool, q UserQuery) (users []*userpool.User, values []string, err error)

var _ page = (*Tx)(nil).listAll

func (tx *Tx) listAll(p *userpool.Pool, q UserQuery) ([]*userpool.User, []string, error) {
	return tx.usersWith(`SELECT '' AS v, `+userColumns+
		` FROM users u WHERE u.pool_id = $1 AND u.username > $2 ORDER BY u.username LIMIT $3`,
		p.ID, q.After.Username, int64(q.Limit))
}

func (tx *Tx) listByUsername(p *userpool.Pool, q UserQuery) ([]*userpool.User, []string, error) {
	low, high := bounds(q.Filter, p.Fold(q.Filter.Value))
	return tx.usersWith(`SELECT '' AS v, `+userColumns+` FROM users u
		WHERE u.pool_id = $1 AND u.username >= $2 AND u.username <= $3 AND u.username > $4
		ORDER BY u.username LIMIT $5`,
		p.ID, low, high, q.After.Username, int64(q.Limit))
}

func (tx *Tx) listBySub(p *userpool.Pool, q UserQuery) ([]*userpool.User, []string, error) {
	low, high := bounds(q.Filter, strings.ToLower(q.Filter.Value))
	return tx.usersWith(`SELECT u.sub AS v, `+userColumns+` FROM users u
		WHERE u.pool_id = $1 AND u.sub >= $2 AND u.sub <= $3 AND u.sub > $4 ORDER BY u.sub LIMIT $5`,
		p.ID, low, high, q.After.Value, int64(q.Limit))
}

func (tx *Tx) listBySearch(p *userpool.Pool, q UserQuery) ([]*userpool.User, []string, error) {
	value := q.Filter.Value
	if q.Filter.Attribute != userfilter.Status {
		value = strings.ToLower(value)
	}
	low, high := bounds(q.Filter, value)
	return tx.usersWith(`SELECT s.value AS v, `+userColumns+
		` FROM user_search s JOIN users u ON u.pool_id = s.pool_id AND u.username = s.username
		WHERE s.pool_id = $1 AND s.attribute = $2 AND s.value >= $3 AND s.value <= $4 AND (s.value, s.username) > ($5, $6)
		ORDER BY s.value, s.username LIMIT $7`,
		p.ID, q.Filter.Attribute, low, high, q.After.Value, q.After.Username, int64(q.Limit))
}

// bounds returns the first and last value that match a filter.
func bounds(f *userfilter.Filter, value string) (low, high string) {
	if f.Prefix {
		return value, value + highest
	}
	return value, value
}

func (tx *Tx) usersWith(sql string, args ...any) (users []*userpool.User, values []string, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var v string
		u, _, err := scanUser(func(dest ...any) error { return scan(append([]any{&v}, dest...)...) })
		users, values = append(users, u), append(values, v)
		return err
	}, sql, args...)
	return users, values, err
}

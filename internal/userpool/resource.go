package userpool

import "time"

// Resource is what every configuration resource of a pool, and every belonging
// of its users, has besides its settings. A noun embeds it; its members stand
// in columns, not in the document.
type Resource struct {
	PoolID   string
	ID       string
	Owner    string // the username whose belonging it is
	Version  int64
	Created  time.Time
	Modified time.Time
}

// Head returns the resource of a noun that embeds it.
func (r *Resource) Head() *Resource { return r }

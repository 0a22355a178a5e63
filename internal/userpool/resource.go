package userpool

import "time"

// Resource are the common members of the resources of a pool and of its users.
// A domain type embeds it. Its members are columns of the row, not part of the
// document.
type Resource struct {
	PoolID   string
	ID       string
	Owner    string // username, for a resource of a user
	Version  int64
	Created  time.Time
	Modified time.Time
}

// Head returns the embedded Resource.
func (r *Resource) Head() *Resource { return r }

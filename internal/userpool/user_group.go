package userpool

import (
	"cmp"
	"slices"
	"time"
)

// Group is a group of a pool's users. A nil member was not given.
type Group struct {
	PoolID, Name      string
	Created, Modified time.Time
	GroupSettings
}

// GroupSettings are the settings of a group.
type GroupSettings struct {
	Description, RoleArn *string
	Precedence           *int32
}

// ByPrecedence sorts groups in the order of tokens and lists: the lowest
// precedence first, groups without one last, then by name.
func ByPrecedence(groups []*Group) {
	slices.SortFunc(groups, func(a, b *Group) int { return a.Rank().Compare(b.Rank()) })
}

// GroupRank is the sort key of a group among a user's groups.
type GroupRank struct {
	Precedence int64
	Name       string
}

// Rank returns the group's sort key.
func (g *Group) Rank() GroupRank {
	const last = 1 << 40
	if g.Precedence == nil {
		return GroupRank{last, g.Name}
	}
	return GroupRank{int64(*g.Precedence), g.Name}
}

// Compare compares two ranks, as cmp.Compare does.
func (r GroupRank) Compare(o GroupRank) int {
	return cmp.Or(cmp.Compare(r.Precedence, o.Precedence), cmp.Compare(r.Name, o.Name))
}

// Roles returns the role ARNs of groups and the preferred one: that of the
// group with the lowest precedence, unless another group of the same
// precedence has a different role. Source: guide page
// cognito-user-pools-user-groups.
func Roles(groups []*Group) (roles []string, preferred string) {
	ByPrecedence(groups)
	var best *Group
	tie := false
	for _, g := range groups {
		if g.RoleArn == nil || *g.RoleArn == "" {
			continue
		}
		if !slices.Contains(roles, *g.RoleArn) {
			roles = append(roles, *g.RoleArn)
		}
		switch {
		case best == nil:
			best = g
		case samePrecedence(best, g) && *best.RoleArn != *g.RoleArn:
			tie = true
		}
	}
	if best == nil || tie {
		return roles, ""
	}
	return roles, *best.RoleArn
}

func samePrecedence(a, b *Group) bool {
	if a.Precedence == nil || b.Precedence == nil {
		return a.Precedence == b.Precedence
	}
	return *a.Precedence == *b.Precedence
}

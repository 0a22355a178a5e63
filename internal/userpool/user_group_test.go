package userpool_test

import (
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func group(name string, precedence int32, role string) *userpool.Group {
	g := &userpool.Group{Name: name}
	if precedence >= 0 {
		g.Precedence = &precedence
	}
	if role != "" {
		g.RoleArn = &role
	}
	return g
}

func TestRoles(t *testing.T) {
	for name, c := range map[string]struct {
		groups    []*userpool.Group
		roles     []string
		preferred string
	}{
		"none":             {nil, nil, ""},
		"no roles":         {[]*userpool.Group{group("a", 1, "")}, nil, ""},
		"one":              {[]*userpool.Group{group("a", -1, "r1")}, []string{"r1"}, "r1"},
		"lowest wins":      {[]*userpool.Group{group("a", 5, "r5"), group("b", 0, "r0")}, []string{"r0", "r5"}, "r0"},
		"none sorts last":  {[]*userpool.Group{group("a", -1, "rn"), group("b", 9, "r9")}, []string{"r9", "rn"}, "r9"},
		"tie, other roles": {[]*userpool.Group{group("a", 1, "r1"), group("b", 1, "r2")}, []string{"r1", "r2"}, ""},
		"tie, same role":   {[]*userpool.Group{group("a", 1, "r1"), group("b", 1, "r1")}, []string{"r1"}, "r1"},
		"tie below the best": {
			[]*userpool.Group{group("a", 0, "r0"), group("b", 1, "r1"), group("c", 1, "r2")},
			[]string{"r0", "r1", "r2"}, "r0",
		},
		"best has no role": {[]*userpool.Group{group("a", 0, ""), group("b", 1, "r1")}, []string{"r1"}, "r1"},
	} {
		roles, preferred := userpool.Roles(c.groups)
		if !slices.Equal(roles, c.roles) || preferred != c.preferred {
			t.Errorf("%s: %v, preferred %q; want %v, %q", name, roles, preferred, c.roles, c.preferred)
		}
	}
}

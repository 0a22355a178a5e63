package record

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

type group struct {
	Description *string `json:"Description,omitempty"`
	RoleArn     *string `json:"RoleArn,omitempty"`
	Precedence  *int32  `json:"Precedence,omitempty"`
}

// Group is the settings of a group.
var Group = of("group", 1,
	func(g userpool.GroupSettings) group { return group(g) },
	func(g group) userpool.GroupSettings { return userpool.GroupSettings(g) })

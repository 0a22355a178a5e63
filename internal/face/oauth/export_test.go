package oauth

import (
	"maps"
	"slices"
)

// Grants are the grant types of the token endpoint.
func Grants() []string { return slices.Sorted(maps.Keys(grants)) }

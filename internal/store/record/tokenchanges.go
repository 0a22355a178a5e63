package record

// TokenChanges are the changes that the PreTokenGeneration function of a pool made
// to the tokens of a sign-in. They are stored with the authorization until its
// code is redeemed.
type TokenChanges struct {
	ID               ClaimChanges `json:"id,omitzero"`
	Access           ClaimChanges `json:"access,omitzero"`
	ScopesToAdd      []string     `json:"scopesToAdd,omitempty"`
	ScopesToSuppress []string     `json:"scopesToSuppress,omitempty"`
	// Groups replaces the groups of the user; nil means no change.
	Groups *GroupChanges `json:"groups,omitempty"`
}

// ClaimChanges are the changes of one token. The values of Add are JSON, which
// keeps every digit of a number.
type ClaimChanges struct {
	Add      map[string]string `json:"add,omitempty"`
	Suppress []string          `json:"suppress,omitempty"`
}

// GroupChanges are the groups and roles that replace those of the user.
type GroupChanges struct {
	GroupsToOverride   []string `json:"groups,omitempty"`
	IAMRolesToOverride []string `json:"roles,omitempty"`
	PreferredRole      *string  `json:"preferredRole,omitempty"`
}

// StoredTokenChanges is the kind of TokenChanges.
var StoredTokenChanges = itself[TokenChanges]("token_changes", 1)

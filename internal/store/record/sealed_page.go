package record

// UserCursor is what the pagination tokens of ListUsers carry: where a page
// ended. Those of other lists carry an id as it is.
type UserCursor struct {
	Value    string `json:"Value"`
	Username string `json:"Username"`
}

// SealedUserCursor is UserCursor.
var SealedUserCursor = itself[UserCursor]("sealed_user_cursor", 1)

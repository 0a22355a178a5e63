package record

// UserCursor is the content of the pagination tokens of ListUsers: the end of a
// page. The tokens of other lists contain a plain id.
type UserCursor struct {
	Value    string `json:"Value"`
	Username string `json:"Username"`
}

// SealedUserCursor is the kind of UserCursor.
var SealedUserCursor = itself[UserCursor]("sealed_user_cursor", 1)

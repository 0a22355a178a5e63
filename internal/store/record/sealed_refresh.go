package record

// RefreshToken is what a refresh token carries: all that a refresh needs.
type RefreshToken struct {
	Client   string `json:"c"`
	Username string `json:"u"`
	Sub      string `json:"s"`
	Origin   string `json:"o"`
	EventID  string `json:"e"`
	Scope    string `json:"p,omitempty"`
	AuthTime int64  `json:"a"` // Unix milliseconds, as are the others
	Expires  int64  `json:"x"`
	Device   string `json:"d,omitempty"`
	// Generation is the token's number in its family, Session the tracked one.
	Generation int64  `json:"n,omitempty"`
	Session    string `json:"t,omitempty"`
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself.
	Provider string `json:"i,omitempty"`
}

// SealedRefreshToken is RefreshToken.
var SealedRefreshToken = itself[RefreshToken]("sealed_refresh_token", 1)

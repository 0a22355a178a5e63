package record

// RefreshToken is the content of a refresh token: everything that a refresh needs.
type RefreshToken struct {
	Client   string `json:"c"`
	Username string `json:"u"`
	Sub      string `json:"s"`
	Origin   string `json:"o"`
	EventID  string `json:"e"`
	Scope    string `json:"p,omitempty"`
	AuthTime int64  `json:"a"` // Unix milliseconds
	Expires  int64  `json:"x"` // Unix milliseconds
	Device   string `json:"d,omitempty"`
	// Generation is the number of the token in its family. Session is the id of the
	// tracked session, if there is one.
	Generation int64  `json:"n,omitempty"`
	Session    string `json:"t,omitempty"`
	// Provider is the identity provider that authenticated the user; empty means
	// the user pool itself.
	Provider string `json:"i,omitempty"`
	// Resource is the resource that the authorization is bound to; empty means
	// none.
	Resource string `json:"r,omitempty"`
	// ACR and AMR are the claims acr and amr.
	ACR string   `json:"l,omitempty"`
	AMR []string `json:"m,omitempty"`
	// InfoClaims and IDClaims are the attributes that the authorization request
	// names, for userInfo and for ID tokens.
	InfoClaims []string `json:"f,omitempty"`
	IDClaims   []string `json:"g,omitempty"`
	// OfBrowser is whether Device is the browser of a page: refreshes do not name it.
	OfBrowser bool `json:"b,omitempty"`
}

// SealedRefreshToken is the kind of RefreshToken.
var SealedRefreshToken = itself[RefreshToken]("sealed_refresh_token", 1)

package record

// BrowserSession is the content of the session cookie of the sign-in pages. The
// cookie is also bound to the pool and the user.
type BrowserSession struct {
	Sub      string `json:"s"`
	AuthTime int64  `json:"a"` // Unix milliseconds
	// Provider is the identity provider that authenticated the user; empty means
	// the user pool itself.
	Provider string `json:"i,omitempty"`
	// Session is the id of the SSO session, where the pool tracks sessions.
	Session string `json:"t,omitempty"`
	// Methods are the authentication methods that the user has completed.
	Methods []string `json:"m,omitempty"`
	// Salt is the salt of the user's password, if the session has no row and the
	// user has a password: another password ends the session.
	Salt []byte `json:"h,omitempty"`
	// Device is the key of the browser, if it is a remembered device.
	Device string `json:"d,omitempty"`
}

// PageStep is the state of a sign-in, in the form of a sign-in page.
type PageStep struct {
	Challenge  string            `json:"c"`
	Session    string            `json:"s"`
	Typed      string            `json:"t"`
	Parameters map[string]string `json:"p,omitempty"`
	// Until is when the step expires, in Unix milliseconds. A wrong response does
	// not change it.
	Until int64 `json:"u"`
	// Place is a hash of the request and the browser.
	Place []byte `json:"h"`
	// Continues identifies the browser's session that a step-up is credited with;
	// empty for a sign-in. Begun is whether the functions of a step-up have run.
	Continues []byte `json:"b,omitempty"`
	Begun     bool   `json:"g,omitempty"`
	// Available are the first factors that the user can choose from.
	Available []string `json:"a,omitempty"`
}

// RememberedBrowser is the content of the cookie of a browser that is a remembered
// device: the device's key and secret. The cookie is also bound to the pool and the
// user's sub.
type RememberedBrowser struct {
	Key    string `json:"k"`
	Secret string `json:"s"`
}

// Logout is a verified request to end a browser's session, in the form of the
// page that asks for confirmation.
type Logout struct {
	// Pool is empty for every pool.
	Pool string `json:"p,omitempty"`
	// Sub is the user of the id_token_hint.
	Sub string `json:"s,omitempty"`
	// Location is where the browser goes next; empty means a page.
	Location string `json:"l,omitempty"`
	// OpenID is whether the rules of OpenID Connect apply.
	OpenID bool `json:"o,omitempty"`
}

// PushedRequest is a pushed authorization request (RFC 9126), in its request_uri.
type PushedRequest struct {
	// Parameters are what the client pushed, without its secret.
	Parameters map[string]string `json:"p"`
	// Begun is whether a page has been opened with the request.
	Begun bool `json:"b,omitempty"`
}

// DevicePage is a request of a device whose user code was entered, in the
// addresses of the pages.
type DevicePage struct {
	// MAC is the keyed hash of the device code.
	MAC []byte `json:"m"`
	// UserCode is shown to the user for comparison with the device.
	UserCode string `json:"u"`
	// Browser is a hash of the value that only the browser knows in which the code
	// was entered.
	Browser []byte `json:"h"`
}

// Kinds of sealed records that browsers hold.
var (
	SealedBrowserSession    = itself[BrowserSession]("sealed_browser_session", 1)
	SealedPageStep          = itself[PageStep]("sealed_page_step", 1)
	SealedRememberedBrowser = itself[RememberedBrowser]("sealed_remembered_browser", 1)
	SealedLogout            = itself[Logout]("sealed_logout", 1)
	SealedPushedRequest     = itself[PushedRequest]("sealed_pushed_request", 1)
	SealedDevicePage        = itself[DevicePage]("sealed_device_page", 1)
)

package record

// BrowserSession is what the session cookie of the sign-in pages carries, beside
// its binding to the pool and the user.
type BrowserSession struct {
	Sub      string `json:"s"`
	AuthTime int64  `json:"a"` // Unix milliseconds
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself.
	Provider string `json:"i,omitempty"`
}

// PageStep is what the form of a sign-in page carries: where the sign-in stands.
type PageStep struct {
	Challenge  string            `json:"c"`
	Session    string            `json:"s"`
	Typed      string            `json:"t"`
	Parameters map[string]string `json:"p,omitempty"`
	// Until is when the step runs out, in Unix milliseconds. A wrong answer does
	// not move it.
	Until int64 `json:"u"`
	// Place is a hash of the request and the browser.
	Place []byte `json:"h"`
}

// What browsers hold.
var (
	SealedBrowserSession = itself[BrowserSession]("sealed_browser_session", 1)
	SealedPageStep       = itself[PageStep]("sealed_page_step", 1)
)

package oauth

import (
	"net/url"
	"testing"
)

// FuzzRedirect requires that an accepted URI is registered byte by byte, and
// that a response keeps the address and has each parameter once.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{
		"https://app.example.com/cb", "https://app.example.com/cb?a=b&code=x", "https://app.example.com@evil/",
		"myapp://x", "", "https://app.example.com/cb?", "https://app.example.com/cb?%63ode=x",
		"https://app.example.com/cb?&&state", "%", "https://app.example.com/?a=%zz&b",
	} {
		f.Add(seed, "state & more")
	}
	f.Fuzz(func(t *testing.T, uri, state string) {
		registered := []string{"https://app.example.com/cb", "myapp://x"}
		if allowedRedirect(registered, uri) && uri != registered[0] && uri != registered[1] {
			t.Fatalf("%q is accepted", uri)
		}
		before, err := url.Parse(uri)
		if err != nil || before.Scheme == "" || before.Opaque != "" ||
			before.Fragment != "" || before.RawFragment != "" {
			return
		}
		after, err := url.Parse(withQuery(uri, []param{{"code", "c"}, {"state", state}}, responseNames...))
		if err != nil {
			t.Fatalf("%q: %v", uri, err)
		}
		if after.Scheme != before.Scheme || after.Host != before.Host || after.EscapedPath() != before.EscapedPath() ||
			after.User.String() != before.User.String() {
			t.Fatalf("%q became %v", uri, after)
		}
		got := after.Query()
		if len(got["code"]) != 1 || got.Get("code") != "c" || len(got["state"]) != 1 || got.Get("state") != state {
			t.Fatalf("%q became %v", uri, after)
		}
	})
}

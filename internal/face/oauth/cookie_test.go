package oauth_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// At a domain of a pool the session cookie is named cognito, elsewhere after the
// pool. Under either name it is valid for its pool alone.
func TestSessionCookies(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		const ours, theirs = "ours.auth.us-east-1.id.example.com", "theirs.auth.us-east-1.id.example.com"
		for poolID, prefix := range map[string]string{w.Pool.ID: "ours", w.Other.ID: "theirs"} {
			d, err := userpool.NewDomain(poolID, prefix, userpool.DomainChange{})
			if err != nil {
				t.Fatal(err)
			}
			w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
		}
		at := func(host, client string) *hostedtest.Browser {
			b := w.Browser()
			b.Host = host
			b.Code(client)
			return b
		}
		silent := func(b *hostedtest.Browser, client string) bool {
			return b.Get(hostedtest.AuthorizeURL(client, "prompt", "none")).Query().Get("code") != ""
		}
		shared, own := "cognito-"+w.Pool.ID, "cognito"
		here, there := at(ours, "public"), at("id.example.com", "public")
		if here.Cookies[own] == "" || here.Cookies[shared] != "" || !silent(here, "public") {
			t.Errorf("at the domain: %v", here.Cookies)
		}
		if there.Cookies[own] != "" || there.Cookies[shared] == "" || !silent(there, "public") {
			t.Errorf("at the public URL: %v", there.Cookies)
		}
		foreign := at(theirs, "foreign").Cookies[own]
		for name, c := range map[string]struct {
			host, client, cookie string
		}{
			"of another pool, at the domain":           {ours, "public", own},
			"of another pool, at the public URL":       {"id.example.com", "public", shared},
			"of another pool, under the other name":    {ours, "public", shared},
			"the domain's name at the public URL":      {"id.example.com", "foreign", own},
			"of another pool, at an unknown host name": {"unknown.example.net", "public", own},
		} {
			b := w.Browser()
			b.Host, b.Cookies[c.cookie] = c.host, foreign
			if silent(b, c.client) {
				t.Errorf("%s: accepted", name)
			}
		}
		control := w.Browser()
		control.Host, control.Cookies[own] = theirs, foreign
		if !silent(control, "foreign") {
			t.Error("control: refused")
		}
		copied := here.Cookies[own]
		here.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
		if here.Cookies[own] != "" {
			t.Error("logout keeps the cookie of the domain")
		}
		if here.Cookies[own] = copied; silent(here, "public") {
			t.Error("a copy of the cookie is valid after logout")
		}
	})
}

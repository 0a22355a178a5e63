package oauth_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// signInBy completes a sign-in of ann by a provider and returns the code.
func signInBy(b *hostedtest.Browser, provider string) string {
	b.World.T.Helper()
	return signInTo(b, hostedtest.AuthorizeURL("public"), provider)
}

// signInTo is signInBy for an authorization request.
func signInTo(b *hostedtest.Browser, request, provider string) string {
	w := b.World
	w.T.Helper()
	r, recorded := httptest.NewRequest("GET", request, nil), httptest.NewRecorder()
	r.Host = b.Host
	q, err := w.OAuth.Parse(r)
	if err != nil {
		w.T.Fatal(err)
	}
	proof := &signin.Proof{At: w.Clock.Now(), EventID: "e", Provider: provider}
	w.Update(func(tx *store.Tx) (err error) {
		proof.User, err = tx.User(w.Pool, "ann")
		return err
	})
	w.OAuth.SignIn(recorded, r, q, proof, nil)
	for _, c := range recorded.Result().Cookies() {
		b.Cookies[c.Name] = c.Value
	}
	at, err := recorded.Result().Location()
	if err != nil {
		w.T.Fatal(err)
	}
	return at.Query().Get("code")
}

// requireProvider redeems a code and then the refresh token, and requires the
// provider in both grants.
func requireProvider(w *hostedtest.World, code, provider string) {
	w.T.Helper()
	var public *userpool.Client
	w.Update(func(tx *store.Tx) (err error) {
		public, err = tx.Client(w.Pool.ID, "public")
		return err
	})
	g, err := w.Tokens.RedeemCode(w.T.Context(), w.Pool, public,
		token.Redemption{Code: code, RedirectURI: hostedtest.Callback})
	for range 3 {
		var set token.Set
		if err == nil && g.Provider != provider {
			w.T.Errorf("the provider is %q, want %q", g.Provider, provider)
		}
		if err == nil {
			set, err = w.Tokens.Issue(w.T.Context(), g)
		}
		if err == nil {
			g, err = w.Tokens.Redeem(w.T.Context(), w.Pool, public, set.Refresh, "")
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
}

// The provider that authenticated a user is kept in the code, in the browser's
// session and in every refresh token. It is empty for the user pool itself, as
// in what older versions wrote.
func TestProviderIsCarried(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Update(func(tx *store.Tx) error {
			c, err := tx.Client(w.Pool.ID, "public")
			if err != nil {
				return err
			}
			changed := *c
			changed.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
			return tx.UpdateClient(&changed)
		})
		for _, provider := range []string{"Google", ""} {
			b := w.Browser()
			requireProvider(w, signInBy(b, provider), provider)
			requireProvider(w, b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")).Query().Get("code"), provider)
		}
		requireProvider(w, w.Browser().Code("public"), "")
	})
}

// A user of another provider who has signed in for a level has the method fed and
// no level.
func TestAssuranceOfProviders(t *testing.T) {
	w := world(t)
	for values, want := range map[string][]any{"": nil, "&acr_values=urn:cognito:loa:1": {"fed"}} {
		code := signInTo(w.Browser(), hostedtest.AuthorizeURL("public")+values, "Google")
		set := object(t, redeem(w, code).Body)
		for _, token := range []string{"access_token", "id_token"} {
			got := claims(t, set[token])
			if amr, _ := got["amr"].([]any); !slices.Equal(amr, want) || got["acr"] != nil {
				t.Errorf("%q: the %s has %v, %v", values, token, got["acr"], got["amr"])
			}
		}
	}
	// An essential acr cannot be met by such a user; a voluntary one is the control.
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
	for _, essential := range []bool{true, false} {
		acr := fmt.Sprintf(`{"id_token":{"acr":{"essential":%v,"value":"urn:cognito:loa:1"}}}`, essential)
		code := signInTo(w.Browser(), hostedtest.AuthorizeURL("public", "claims", acr), "Google")
		if (code == "") != essential {
			t.Errorf("essential %v: the code is %q", essential, code)
		}
	}
}

// A session is valid only for the provider that authenticated the user. A user
// who has not used a password is not required to change it.
func TestSessionOfAnotherProvider(t *testing.T) {
	w := world(t)
	google, local := w.Browser(), w.Browser()
	signInBy(google, "Google")
	signInBy(local, "")
	check := func(b *hostedtest.Browser, want string, values ...string) {
		t.Helper()
		q := b.Get(hostedtest.AuthorizeURL("public", append(values, "prompt", "none")...)).Query()
		if q.Get("error") != want || (q.Get("code") == "") != (want != "") {
			t.Errorf("%v: %v, want %q", values, q, want)
		}
	}
	check(google, "")
	check(google, "login_required", "identity_provider", userpool.LocalProvider)
	check(local, "")
	check(local, "", "identity_provider", userpool.LocalProvider)
	w.Change("ann", func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
	check(google, "")
	check(local, "login_required")
}

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// TestOIDC verifies tokens with go-oidc, given only the issuer.
func TestOIDC(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		ours, theirs := newPool(t, srv).newApp(t), newPool(t, srv).newApp(t)
		ours.addUser(t, "olga", reachable("olga@example.com")...)
		theirs.addUser(t, "olga", reachable("olga@example.com")...)
		token := *ours.tokens(t, "olga", password).IdToken
		foreign := *theirs.tokens(t, "olga", password).IdToken

		issuer := srv.URL + "/" + ours.pool.id
		provider, err := oidc.NewProvider(t.Context(), issuer)
		if err != nil {
			t.Fatal(err)
		}
		verifier := provider.Verifier(&oidc.Config{ClientID: ours.id})
		verified, err := verifier.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Email    string `json:"email"`
			Verified bool   `json:"email_verified"`
			Username string `json:"cognito:username"`
		}
		if err := verified.Claims(&claims); err != nil || claims.Email != "olga@example.com" || !claims.Verified ||
			claims.Username != "olga" {
			t.Errorf("claims %+v: %v", claims, err)
		}
		if verified.Issuer != issuer || verified.Subject == "" {
			t.Errorf("issuer %s, subject %q", verified.Issuer, verified.Subject)
		}
		if _, err := verifier.Verify(t.Context(), foreign); err == nil {
			t.Error("a token of another pool is accepted")
		}
		// It must be refused by its signature too, not only by the issuer.
		signatureOnly := provider.Verifier(&oidc.Config{SkipClientIDCheck: true, SkipIssuerCheck: true})
		_, err = signatureOnly.Verify(t.Context(), foreign)
		if err == nil || !strings.Contains(err.Error(), "signature") {
			t.Errorf("a token of another pool, by its signature: %v", err)
		}
		if _, err := provider.Verifier(&oidc.Config{ClientID: theirs.id}).Verify(t.Context(), token); err == nil {
			t.Error("a token of another client is accepted")
		}
		configured := oauth2.Config{ClientID: ours.id, Endpoint: provider.Endpoint()}
		if endpoint := configured.Endpoint.TokenURL; endpoint != "" && !strings.HasPrefix(endpoint, srv.URL) {
			t.Errorf("the token endpoint is %s", endpoint)
		}
	})
}

// TestDiscovery: the public documents of a pool, and of an unknown one.
func TestDiscovery(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed")
	p := newPool(t, srv)
	var keys struct{ Keys []map[string]string }
	if status := getJSON(t, srv.URL+"/"+p.id+"/.well-known/jwks.json", &keys); status != http.StatusOK ||
		len(keys.Keys) != 2 {
		t.Fatalf("%d with %d keys", status, len(keys.Keys))
	}
	for _, k := range keys.Keys {
		if len(k) != 6 || k["alg"] != "RS256" || k["kty"] != "RSA" || k["use"] != "sig" || k["e"] != "AQAB" ||
			len(k["kid"]) != 44 {
			t.Errorf("key %v", k)
		}
	}
	if keys.Keys[0]["kid"] == keys.Keys[1]["kid"] || keys.Keys[0]["n"] == keys.Keys[1]["n"] {
		t.Error("ID and access tokens are signed with the same key")
	}
	var refusal map[string]string
	if status := getJSON(t, srv.URL+"/"+noPool+"/.well-known/jwks.json", &refusal); status != http.StatusNotFound ||
		refusal["message"] == "" {
		t.Errorf("no such pool: %d %v", status, refusal)
	}
}

func getJSON(t *testing.T, url string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %s: %v", url, body, err)
	}
	return res.StatusCode
}

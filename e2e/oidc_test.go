package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
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

// TestOIDCCodeFlow signs in with go-oidc and golang.org/x/oauth2, given only the
// issuer: the code with PKCE, userInfo, and a refresh.
func TestOIDCCodeFlow(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		const callback = "https://app.example.com/cb"
		p := newPool(t, srv)
		for name, more := range map[string]func(*cip.CreateUserPoolClientInput){
			"public": func(*cip.CreateUserPoolClientInput) {}, "confidential": confidential,
		} {
			a := p.newApp(t, more, func(in *cip.CreateUserPoolClientInput) {
				in.AllowedOAuthFlowsUserPoolClient = true
				in.AllowedOAuthFlows = []types.OAuthFlowType{types.OAuthFlowTypeCode}
				in.AllowedOAuthScopes = []string{"openid", "email"}
				in.SupportedIdentityProviders = []string{"COGNITO"}
				in.CallbackURLs = []string{callback}
			})
			p.addUser(t, name, reachable(name+"@example.com")...)
			ctx := t.Context()
			provider := ok(oidc.NewProvider(ctx, srv.URL+"/"+p.id))(t)
			config := oauth2.Config{
				ClientID: a.id, ClientSecret: a.secret, Endpoint: provider.Endpoint(), RedirectURL: callback,
				Scopes: []string{oidc.ScopeOpenID, "email"},
			}
			verifier := oauth2.GenerateVerifier()
			redirect := signInByForm(t, config.AuthCodeURL("the state", oauth2.S256ChallengeOption(verifier),
				oidc.Nonce("the nonce")), name, password).Query()
			if redirect.Get("state") != "the state" {
				t.Fatalf("%s: the redirect has %v", name, redirect)
			}
			if _, err := config.Exchange(ctx, redirect.Get("code"),
				oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
				t.Errorf("%s: a code is redeemed with another verifier", name)
			}
			set := ok(config.Exchange(ctx, redirect.Get("code"), oauth2.VerifierOption(verifier)))(t)
			text, _ := set.Extra("id_token").(string)
			id := ok(provider.Verifier(&oidc.Config{ClientID: a.id}).Verify(ctx, text))(t)
			if err := id.VerifyAccessToken(set.AccessToken); err != nil || id.Nonce != "the nonce" {
				t.Errorf("%s: nonce %q, at_hash %v", name, id.Nonce, err)
			}
			info := ok(provider.UserInfo(ctx, oauth2.StaticTokenSource(set)))(t)
			if info.Subject != id.Subject || info.Email != name+"@example.com" || !info.EmailVerified {
				t.Errorf("%s: userInfo %+v", name, info)
			}
			again := ok(config.TokenSource(ctx, &oauth2.Token{RefreshToken: set.RefreshToken}).Token())(t)
			text, _ = again.Extra("id_token").(string)
			id = ok(provider.Verifier(&oidc.Config{ClientID: a.id}).Verify(ctx, text))(t)
			if id.Subject != info.Subject {
				t.Errorf("%s: subject %s after a refresh", name, id.Subject)
			}
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

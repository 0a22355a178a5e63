package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

const (
	// A verifier and its challenge: RFC 7636 appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// each runs a test on every engine.
func each(t *testing.T, test func(*testing.T, *hostedtest.World)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) { test(t, hostedtest.New(t, db, clk)) })
}

// world returns a world on a store of the default engine.
func world(t *testing.T) *hostedtest.World {
	t.Helper()
	db, clk := storetest.Open(t)
	return hostedtest.New(t, db, clk)
}

type members = map[string]any

// object parses a JSON response.
func object(t *testing.T, text string) members {
	t.Helper()
	var m members
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

// claims parses a token without verifying it.
func claims(t *testing.T, token any) members {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%v is not a JWT", token)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return object(t, string(body))
}

// redeem posts a code of the client public; values replace parameters, an empty
// value removes one.
func redeem(w *hostedtest.World, code string, values ...string) hostedtest.Page {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"public"},
		"code": {code}, "redirect_uri": {hostedtest.Callback},
	}
	for i := 0; i+1 < len(values); i += 2 {
		if form.Set(values[i], values[i+1]); values[i+1] == "" {
			form.Del(values[i])
		}
	}
	return w.Browser().Post("/oauth2/token", form)
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

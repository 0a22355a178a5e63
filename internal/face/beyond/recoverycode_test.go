package beyond_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/beyond"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// Refusals have the exceptions of the native API, are readable by scripts of
// any origin, and are not cached.
func TestRecoveryCodeRefusals(t *testing.T) {
	db, clk := storetest.Open(t)
	w := hostedtest.New(t, db, clk)
	mux := http.NewServeMux()
	beyond.RecoveryCodes{Tokens: w.Tokens, Account: w.Account, Log: slog.New(slog.DiscardHandler)}.Mount(mux)
	b := w.Browser()
	tokens := b.Post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"public"}, "code": {b.Code("public")},
		"redirect_uri": {hostedtest.Callback},
	})
	var set struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(tokens.Body), &set); err != nil || set.Access == "" {
		t.Fatalf("%s: %v", tokens.Body, err)
	}
	// The last is the control: the token is valid, but this world has no
	// recovery codes.
	for authorization, want := range map[string]struct {
		status int
		kind   string
	}{
		"":                           {http.StatusUnauthorized, "NotAuthorizedException"},
		"Bearer " + set.Access + "x": {http.StatusUnauthorized, "NotAuthorizedException"},
		"Basic " + set.Access:        {http.StatusUnauthorized, "NotAuthorizedException"},
		"bearer " + set.Access:       {http.StatusBadRequest, "UnsupportedOperationException"},
	} {
		r, a := httptest.NewRequest(http.MethodPost, "/recovery-codes", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", authorization)
		mux.ServeHTTP(a, r)
		var refusal struct {
			Type string `json:"__type"`
		}
		err := json.Unmarshal(a.Body.Bytes(), &refusal)
		if err != nil || a.Code != want.status || refusal.Type != want.kind {
			t.Errorf("%.12q: %d %s, want %v", authorization, a.Code, a.Body, want)
		}
		if h := a.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%.12q: %v", authorization, h)
		}
	}
}

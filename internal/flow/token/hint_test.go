package token_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// poolKey returns the key with which a pool signs ID tokens.
func poolKey(t *testing.T, db *store.DB, poolID string, now time.Time) *jose.SigningKey {
	t.Helper()
	var key *jose.SigningKey
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.SigningKeys(poolID)
		if err != nil {
			return err
		}
		key, err = jose.ParseSigningKey(rows.Signer(userpool.KeyForID, now).PKCS8)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A hint is an ID token of its pool, also one that has expired (attack cases T1
// to T3, T10).
func TestVerifyHint(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk)
		set, err := i.Issue(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		raw, own := claims(t, set.ID)
		key := poolKey(t, db, g.Pool.ID, clk.Now())
		foreign, err := jose.GenerateSigningKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sign := func(key *jose.SigningKey, body string) string {
			s, err := key.Sign([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		without := func(name string) string {
			m := maps.Clone(own)
			delete(m, name)
			body, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return sign(key, string(body))
		}
		other := *g.Pool
		other.ID = "us-east-1_Other"
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertPool(&other) }); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(set.ID, ".")
		header, _ := base64.RawURLEncoding.DecodeString(parts[0])
		none := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(header), "RS256", "none", 1)))
		want := token.Hint{PoolID: g.Pool.ID, ClientID: "client", Subject: "sub-ann"}
		check := func(what, hint string, valid bool) {
			t.Helper()
			got, err := i.VerifyHint(t.Context(), hint)
			if valid && (err != nil || got != want) || !valid && !errors.Is(err, fault.InvalidParameter) {
				t.Errorf("%s: %+v, %v", what, got, err)
			}
		}
		check("control", set.ID, true)
		check("signed with the pool's key", sign(key, raw), true)
		clk.Advance(20 * time.Hour)
		check("expired", set.ID, true)
		for name, hint := range map[string]string{
			"access token":            set.Access,
			"refresh token":           set.Refresh,
			"no algorithm":            none + "." + parts[1] + ".",
			"no algorithm, signature": none + "." + parts[1] + "." + parts[2],
			"no signature":            parts[0] + "." + parts[1] + ".",
			"foreign key":             sign(foreign, raw),
			"foreign key, kid of the pool": parts[0] + "." + parts[1] + "." +
				strings.Split(sign(foreign, raw), ".")[2],
			"other claims":      parts[0] + "." + strings.Split(without("email"), ".")[1] + "." + parts[2],
			"other pool":        sign(key, strings.Replace(raw, g.Pool.ID, other.ID, 1)),
			"other host":        sign(key, strings.Replace(raw, "id.example.com", "id.example.org", 1)),
			"no pool":           sign(key, strings.Replace(raw, g.Pool.ID, "us-east-1_None", 1)),
			"no issuer":         without("iss"),
			"no audience":       without("aud"),
			"several audiences": sign(key, strings.Replace(raw, `"aud":"client"`, `"aud":["client","x"]`, 1)),
			"no subject":        without("sub"),
			"no token_use":      without("token_use"),
			"too long":          set.ID + strings.Repeat("A", 300<<10),
			"dots":              strings.Repeat(".", 1<<20),
			"empty":             "",
		} {
			check(name, hint, false)
		}
	})
}

// A hint is valid for as long as the key that signed it is published.
func TestHintsOfRetiredKeys(t *testing.T) {
	onTwoNodes(t, func(w *twoNodes) {
		keys := w.published()
		before := w.signs("before", keys[0], keys[1])
		valid := func(what string, want bool) {
			t.Helper()
			for n, i := range w.nodes {
				if _, err := i.VerifyHint(t.Context(), before.ID); (err == nil) != want {
					t.Errorf("%s, node %d: %v", what, n, err)
				}
			}
		}
		valid("before", true)
		w.rotate(time.Hour)
		w.clk.Advance(time.Hour)
		all := w.published()
		w.signs("after the overlap", all[2], all[3])
		valid("after the overlap", true)
		w.clk.Advance(25*time.Hour - time.Millisecond)
		w.has("before the old keys end", all...)
		valid("before the old keys end", true)
		w.clk.Advance(time.Millisecond)
		w.has("at their end", all[2:]...)
		valid("at their end", false)
	})
}

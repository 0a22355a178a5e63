package token_test

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// twoNodes are two nodes of one service, and a sign-in whose tokens have the
// longest validity.
type twoNodes struct {
	t     *testing.T
	clk   *clock.Driven
	dbs   [2]*store.DB
	nodes [2]*token.Issuer
	g     token.Grant
	keys  token.Keymaker
}

// onTwoNodes runs a test on every engine that two nodes can share.
func onTwoNodes(t *testing.T, test func(w *twoNodes)) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := &twoNodes{t: t, clk: clock.Frozen(storetest.Start)}
			config.Clock = w.clk
			for n := range w.dbs {
				db, err := store.Open(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				w.dbs[n], w.nodes[n] = db, issuer(db, w.clk, token.ModeSelf)
			}
			w.g = grant(t, w.dbs[0], w.clk, func(g *token.Grant) {
				g.Client.AccessTokenValidity, g.Client.IdTokenValidity = seconds(24), seconds(24)
				g.Client.TokenValidityUnits = userpool.TokenValidityUnits{
					AccessToken: text("hours"), IdToken: text("hours"), RefreshToken: text("days"),
				}
				g.Client.RefreshTokenValidity = 30
				g.Client.ExplicitAuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH"}
			})
			w.keys = token.Keymaker{Store: w.dbs[0], Stock: token.NewStock(entropy.System(), 0)}
			test(w)
		})
	}
}

// rotate rotates the keys on the first node and waits until the second node has
// read them.
func (w *twoNodes) rotate(overlap time.Duration) {
	w.t.Helper()
	w.changeAndWait(func() error {
		_, err := w.keys.Rotate(w.t.Context(), w.g.Pool.ID, overlap)
		return err
	})
}

func (w *twoNodes) replace() {
	w.t.Helper()
	w.changeAndWait(func() error { return w.keys.Replace(w.t.Context(), w.g.Pool.ID) })
}

// changeAndWait changes the keys and waits until both nodes publish the same.
func (w *twoNodes) changeAndWait(change func() error) {
	w.t.Helper()
	if err := change(); err != nil {
		w.t.Fatal(err)
	}
	for w.jwks(0) != w.jwks(1) {
		select {
		case <-w.t.Context().Done():
			w.t.Fatal("the second node does not publish the change")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (w *twoNodes) jwks(node int) string {
	w.t.Helper()
	set, err := w.nodes[node].JWKS(w.t.Context(), w.g.Pool.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(set)
}

// published returns the ids of the keys that both nodes publish.
func (w *twoNodes) published() (ids []string) {
	w.t.Helper()
	set := w.jwks(0)
	if other := w.jwks(1); set != other {
		w.t.Fatalf("the nodes publish %s and %s", set, other)
	}
	var parsed struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal([]byte(set), &parsed); err != nil {
		w.t.Fatal(err)
	}
	for _, k := range parsed.Keys {
		ids = append(ids, k.Kid)
	}
	return ids
}

// signs issues tokens on both nodes, and requires that keys with these ids have
// signed those of users and those of machines.
func (w *twoNodes) signs(what string, id, access string) (set token.Set) {
	w.t.Helper()
	for n, i := range w.nodes {
		g := w.g
		g.At = w.clk.Now()
		set = mustIssue(w.t, i, g)
		machine, err := i.IssueMachine(w.t.Context(), token.MachineGrant{Pool: g.Pool, Client: g.Client})
		if err != nil {
			w.t.Fatal(err)
		}
		for jwt, want := range map[string]string{set.ID: id, set.Access: access, machine.Access: access} {
			if _, kid, err := jose.Peek(jwt); err != nil || kid != want {
				w.t.Errorf("%s, node %d: signed by %s, want %s, %v", what, n, kid, want, err)
			}
		}
	}
	return set
}

// verifies requires the error of both nodes for an access token; nil means that
// they accept it.
func (w *twoNodes) verifies(what string, set token.Set, want *fault.Fault) {
	w.t.Helper()
	for _, i := range w.nodes {
		requireAccess(w.t, i, what, set.Access, want)
		// Only a token that a key of the pool verifies is refused by its type.
		refusal := fault.Of(i.Revoke(w.t.Context(), w.g.Pool, w.g.Client, set.ID, false))
		if refusal == nil || (refusal.Kind == fault.UnsupportedTokenType) != (want != fault.UnverifiedAccessToken) {
			w.t.Errorf("%s, ID token at RevokeToken: %v", what, refusal)
		}
	}
}

func (w *twoNodes) has(what string, want ...string) {
	w.t.Helper()
	if got := w.published(); !slices.Equal(got, want) {
		w.t.Errorf("%s: published %v, want %v", what, got, want)
	}
}

// New keys are published at once and sign after the overlap. Old keys are
// published until their last token expires.
func TestKeysRotate(t *testing.T) {
	onTwoNodes(t, func(w *twoNodes) {
		old := w.published()
		if len(old) != 2 {
			t.Fatalf("keys %v", old)
		}
		w.signs("before", old[0], old[1])
		w.rotate(24 * time.Hour)
		all := w.published()
		if len(all) != 4 || !slices.Equal(all[:2], old) {
			t.Fatalf("keys %v after %v", all, old)
		}
		w.signs("in the overlap", old[0], old[1])
		if _, err := w.keys.Rotate(t.Context(), w.g.Pool.ID, time.Hour); !errors.Is(err, token.ErrRotating) {
			t.Errorf("a second rotation: %v", err)
		}
		w.clk.Advance(24*time.Hour - time.Millisecond)
		last := w.signs("at the overlap's end", old[0], old[1])
		w.clk.Advance(time.Millisecond)
		w.verifies("the last token of the old keys", last, nil)
		w.verifies("the first token of the new keys", w.signs("after the overlap", all[2], all[3]), nil)

		w.clk.Advance(24*time.Hour - 2*time.Second) // iat is in whole seconds
		w.verifies("before it expires", last, nil)
		w.clk.Advance(2 * time.Second)
		w.verifies("after it has expired", last, fault.ExpiredAccessToken)
		w.has("after the last token", all...)
		w.clk.Advance(time.Hour - time.Millisecond)
		w.has("before the old keys end", all...)
		w.clk.Advance(time.Millisecond)
		w.has("at their end", all[2:]...)
		if _, err := w.dbs[0].Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.has("after the sweep", all[2:]...)
		if err := w.dbs[0].View(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.SigningKeys(w.g.Pool.ID)
			if len(rows) != 2 {
				t.Errorf("%d keys are stored", len(rows))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.rotate(time.Hour)
		if again := w.published(); len(again) != 4 || !slices.Equal(again[:2], all[2:]) {
			t.Errorf("rotated again: %v after %v", again, all)
		}
	})
}

// After Replace the old keys verify on no node. Refresh tokens stay valid.
func TestKeysAreReplaced(t *testing.T) {
	onTwoNodes(t, func(w *twoNodes) {
		old := w.published()
		before := w.signs("before", old[0], old[1])
		w.verifies("before", before, nil)
		w.rotate(24 * time.Hour)
		waiting := w.published()
		w.replace()
		now := w.published()
		if len(now) != 2 || slices.ContainsFunc(now, func(id string) bool { return slices.Contains(waiting, id) }) {
			t.Fatalf("keys %v after %v", now, waiting)
		}
		w.verifies("a token of the old keys", before, fault.UnverifiedAccessToken)
		w.verifies("a token of the new keys", w.signs("after", now[0], now[1]), nil)
		for _, i := range w.nodes {
			requireAccess(t, i, "refreshed", mustRenew(t, i, w.g, before.Refresh).Access, nil)
		}
		w.clk.Advance(48 * time.Hour)
		w.signs("when the removed next keys would have signed", now[0], now[1])
	})
}

func TestKeysThatDoNotRotate(t *testing.T) {
	db, clk := storetest.Open(t)
	g := grant(t, db, clk)
	keys := token.Keymaker{Store: db, Stock: token.NewStock(entropy.System(), 0)}
	for id, want := range map[string]error{g.Pool.ID: token.ErrNoKeys, "us-east-1_None": fault.ResourceNotFound} {
		if _, err := keys.Rotate(t.Context(), id, time.Hour); !errors.Is(err, want) {
			t.Errorf("rotate %s: %v, want %v", id, err, want)
		}
		if err := keys.Replace(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("replace %s: %v, want %v", id, err, want)
		}
	}
}

// Of concurrent rotations one succeeds. Concurrent replacements and first uses
// leave one pair of keys.
func TestRacingForKeys(t *testing.T) {
	onTwoNodes(t, func(w *twoNodes) {
		const calls = 4
		race := func(fn func(node int) error) (errs [calls]error) {
			var all sync.WaitGroup
			for n := range errs {
				all.Go(func() { errs[n] = fn(n % 2) })
			}
			all.Wait()
			return errs
		}
		keymaker := func(node int) token.Keymaker {
			return token.Keymaker{Store: w.dbs[node], Stock: w.keys.Stock}
		}
		succeed := func(what string, errs [calls]error) {
			t.Helper()
			if err := errors.Join(errs[:]...); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		succeed("first tokens", race(func(node int) error {
			_, err := w.nodes[node].JWKS(t.Context(), w.g.Pool.ID)
			return err
		}))
		if keys := w.published(); len(keys) != 2 {
			t.Errorf("first keys: %v", keys)
		}
		var rotated [calls]error
		w.changeAndWait(func() error {
			rotated = race(func(node int) error {
				_, err := keymaker(node).Rotate(t.Context(), w.g.Pool.ID, time.Hour)
				return err
			})
			return nil
		})
		done := 0
		for _, err := range rotated {
			if err == nil {
				done++
			} else if !errors.Is(err, token.ErrRotating) {
				t.Error(err)
			}
		}
		if keys := w.published(); done != 1 || len(keys) != 4 {
			t.Errorf("%d of %d rotations were done: %v", done, calls, keys)
		}
		succeed("replacements", race(func(node int) error { return keymaker(node).Replace(t.Context(), w.g.Pool.ID) }))
		if err := w.dbs[1].View(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.SigningKeys(w.g.Pool.ID)
			if len(rows) != 2 {
				t.Errorf("%d replacements have left %d keys", calls, len(rows))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

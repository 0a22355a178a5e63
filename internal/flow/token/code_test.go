package token_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// codeFlow is a sign-in on a page, from the code to the tokens.
type codeFlow struct {
	t  *testing.T
	db *store.DB
	i  *token.Issuer
	g  token.Grant
}

func (f *codeFlow) issue() (string, error) {
	f.g.Scope = "openid " + token.ScopeAdmin
	return f.i.IssueCode(f.t.Context(), f.g, userpool.AuthorizationTerms{
		RedirectURI: "https://a/cb", Scopes: []string{"openid", token.ScopeAdmin}, AuthTime: f.g.At,
	})
}

func (f *codeFlow) redeem(code string) (token.Grant, error) {
	return f.i.RedeemCode(f.t.Context(), f.g.Pool, f.g.Client,
		token.Redemption{Code: code, RedirectURI: "https://a/cb"})
}

// edit changes the stored user, as another request would, and returns it.
func (f *codeFlow) edit(change func(*userpool.User, time.Time)) (changed *userpool.User) {
	f.t.Helper()
	if err := f.db.Update(f.t.Context(), func(tx *store.Tx) error {
		u, err := tx.UserBySub(f.g.Pool, f.g.User.Sub)
		if err != nil {
			return err
		}
		changed = u.Clone()
		change(changed, tx.Now)
		return tx.UpdateUser(f.g.Pool, changed)
	}); err != nil {
		f.t.Fatal(err)
	}
	return changed
}

func signOut(u *userpool.User, now time.Time) { u.SignOut(now) }

// run issues a code, redeems it and uses the access token. It calls at before
// each step.
func (f *codeFlow) run(at func(step string)) error {
	f.t.Helper()
	at("code")
	code, err := f.issue()
	if err != nil {
		return err
	}
	at("redemption")
	r, err := f.redeem(code)
	if err != nil {
		return err
	}
	at("tokens")
	set, err := f.i.Issue(f.t.Context(), r)
	if err != nil {
		return err
	}
	_, err = f.i.Authorize(f.t.Context(), set.Access)
	return err
}

// A sign-out after the password was verified revokes the code and the tokens of
// the sign-in, at every step and even within one millisecond.
func TestCodeEndsWithSignOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		f := &codeFlow{t: t, db: db, i: issuer(db, clk, token.ModeSelf), g: grant(t, db, clk)}
		authenticate := func() {
			clk.Advance(time.Minute)
			f.g.User, f.g.At = f.edit(func(*userpool.User, time.Time) {}), clk.Now()
		}
		for _, pause := range []time.Duration{0, 2 * time.Second} {
			authenticate()
			if err := f.run(func(string) { clk.Advance(pause) }); err != nil {
				t.Errorf("pause %v, no sign-out: %v", pause, err)
			}
			for _, step := range []string{"code", "redemption", "tokens"} {
				authenticate()
				err := f.run(func(s string) {
					clk.Advance(pause)
					if s == step {
						f.edit(signOut)
					}
					clk.Advance(pause)
				})
				if !errors.Is(err, fault.NotAuthorized) {
					t.Errorf("pause %v, sign-out before the %s: %v", pause, step, err)
				}
			}
		}
	})
}

// A sign-in after a sign-out is valid, even if the sign-out has the same time
// or, written by a node whose clock is ahead, a later one.
func TestCodeOfASignInAfterSignOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		f := &codeFlow{t: t, db: db, i: i, g: grant(t, db, clk)}
		for _, ahead := range []time.Duration{0, 3 * time.Second} {
			f.g.User = f.edit(func(u *userpool.User, now time.Time) { u.SignOut(now.Add(ahead)) })
			f.g.At = clk.Now()
			code, err := f.issue()
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.redeem(code)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := i.Authorize(t.Context(), mustIssue(t, i, r).Access); err != nil {
				t.Errorf("signed out %v ahead of the sign-in: %v", ahead, err)
			}
		}
	})
}

// IssueCode reads the user again.
func TestNoCodeForAUserWhoMayNotSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		f := &codeFlow{t: t, db: db, i: issuer(db, clk, token.ModeSelf), g: grant(t, db, clk)}
		if _, err := f.issue(); err != nil {
			t.Fatal(err)
		}
		f.edit(func(u *userpool.User, _ time.Time) { u.Enabled = false })
		if code, err := f.issue(); !errors.Is(err, fault.NotAuthorized) || code != "" {
			t.Errorf("disabled: %q, %v", code, err)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteUser(f.g.Pool, "ann") })
		if err != nil {
			t.Fatal(err)
		}
		if code, err := f.issue(); !errors.Is(err, fault.NotAuthorized) || code != "" {
			t.Errorf("deleted: %q, %v", code, err)
		}
	})
}

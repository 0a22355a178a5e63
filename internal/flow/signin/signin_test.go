package signin_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestSignInAndRefresh(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, name := range []string{"ann", "ann@example.com", w.user.Sub} {
			out, err := w.byPassword(name, password)
			signedIn(t, "password as "+name, out, err)
			out, err = w.bySRP(name, password)
			signedIn(t, "SRP as "+name, out, err)
		}
		out, err := w.bySRP("ann", password)
		set := signedIn(t, "SRP", out, err)
		if set.Refresh == "" {
			t.Fatal("no refresh token")
		}
		out, err = w.start("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": set.Refresh})
		if again := signedIn(t, "refresh", out, err); again.Refresh != "" || again.Access == set.Access {
			t.Errorf("a refresh returned refresh token %q", again.Refresh)
		}
		if _, err := w.tokens.Authorize(t.Context(), set.Access); err != nil {
			t.Errorf("the access token is refused: %v", err)
		}
	})
}

func TestWrongPasswords(t *testing.T) {
	w := openWorld(t)
	_, err := w.byPassword("ann", "Wrong-Pa55")
	wants(t, "wrong password", err, fault.IncorrectUsernameOrPassword)
	_, err = w.bySRP("ann", "Wrong-Pa55")
	wants(t, "wrong proof", err, fault.IncorrectUsernameOrPassword)
	_, err = w.byPassword("nobody", password)
	wants(t, "unknown user", err, fault.UserDoesNotExist)
	_, err = w.bySRP("nobody", password)
	wants(t, "unknown user by SRP", err, fault.UserDoesNotExist)
}

// If the client hides users, an unknown user gets the errors of a wrong
// password in every flow, and the same challenge each time.
func TestHiddenUsers(t *testing.T) {
	w := openWorld(t)
	w.client = w.addClient("hiding", hidesUsers)
	_, err := w.byPassword("nobody", password)
	wants(t, "password", err, fault.IncorrectUsernameOrPassword)
	first, err := w.beginSRP("nobody", password)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.beginSRP("nobody", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, stable := range []string{"SALT", "USER_ID_FOR_SRP", "USERNAME"} {
		if first.first[stable] != second.first[stable] {
			t.Errorf("%s changes from call to call", stable)
		}
	}
	known, err := w.beginSRP("ann", password)
	if err != nil {
		t.Fatal(err)
	}
	for key := range known.first {
		if first.first[key] == "" {
			t.Errorf("the challenge of an unknown user has no %s", key)
		}
	}
	_, err = w.answer("PASSWORD_VERIFIER", "", first.responses)
	wants(t, "SRP", err, fault.IncorrectUsernameOrPassword)
	w.change(func(u *userpool.User) { u.Status = userpool.ResetRequired })
	_, err = w.byPassword("ann", password)
	wants(t, "reset required", err, fault.IncorrectUsernameOrPassword)
	// Unknown users are locked out like known ones.
	for range 5 {
		_, err = w.byPassword("nobody", password)
	}
	wants(t, "sixth attempt", err, fault.PasswordAttemptsExceeded)
}

func TestFlowsMustBeEnabled(t *testing.T) {
	w := openWorld(t)
	w.client = w.addClient("none", func(c *userpool.Client) { c.ExplicitAuthFlows = []string{"ALLOW_CUSTOM_AUTH"} })
	for flow, text := range map[string]string{
		"USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH flow not enabled for this client",
		"USER_SRP_AUTH":      "USER_SRP_AUTH is not enabled for the client.",
		"USER_AUTH":          "USER_AUTH flow not enabled for this client",
		"CUSTOM_AUTH":        "Custom auth lambda trigger is not configured for the user pool.",
	} {
		_, err := w.start(flow, map[string]string{"USERNAME": "ann", "PASSWORD": password, "SRP_A": "2"})
		wants(t, flow, err, fault.New(fault.InvalidParameter, text))
	}
	_, err := w.start("ADMIN_USER_PASSWORD_AUTH", map[string]string{"USERNAME": "ann", "PASSWORD": password})
	wants(t, "an admin flow without Admin", err, fault.AuthMethodNotSupported)
	_, err = w.engine.Start(t.Context(),
		signin.Start{Pool: w.pool, Client: w.client, Admin: true, Flow: "USER_PASSWORD_AUTH"})
	wants(t, "a public flow by an administrator", err, fault.AuthMethodNotSupported)
	_, err = w.start("CUSTOM_AUTH", nil)
	wants(t, "no username", err, fault.MissingParameter("USERNAME"))
}

func TestStatusesAreCheckedAfterThePassword(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(*userpool.User)
		right, wrong *fault.Fault
	}{
		"disabled": {func(u *userpool.User) { u.Enabled = false }, fault.UserIsDisabled, fault.UserIsDisabled},
		"reset": {
			func(u *userpool.User) { u.Status = userpool.ResetRequired }, fault.ResetRequired, fault.ResetRequired,
		},
		"unconfirmed": {
			func(u *userpool.User) { u.Status = userpool.Unconfirmed }, fault.UserIsNotConfirmed,
			fault.IncorrectUsernameOrPassword,
		},
		"federated": {
			func(u *userpool.User) { u.Status = userpool.ExternalProvider }, fault.IncorrectUsernameOrPassword,
			fault.IncorrectUsernameOrPassword,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t)
			w.change(c.change)
			for flow, try := range map[string]func(string, string) (signin.Outcome, error){
				"password": w.byPassword, "SRP": w.bySRP,
			} {
				_, err := try("ann", password)
				wants(t, flow+", right password", err, c.right)
				_, err = try("ann", "Wrong-Pa55")
				wants(t, flow+", wrong password", err, c.wrong)
			}
		})
	}
}

// TestSRPAttacks is attack case C9.
func TestSRPAttacks(t *testing.T) {
	w := openWorld(t)
	for name, a := range map[string]string{"0": "0", "N": n(1), "2N": n(2), "garbage": "xyz", "empty": ""} {
		_, err := w.start("USER_SRP_AUTH", map[string]string{"USERNAME": "ann", "SRP_A": a})
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("A = %s: %v", name, err)
		}
	}
	other := w.addClient("other")
	for name, c := range map[string]struct {
		modify func(map[string]string)
		want   *fault.Fault
	}{
		"another user": {func(r map[string]string) { r["USERNAME"] = "bob" }, fault.IncorrectUsernameOrPassword},
		"block changed": {
			func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = flip(r["PASSWORD_CLAIM_SECRET_BLOCK"]) },
			fault.IncorrectUsernameOrPassword,
		},
		"signature changed": {
			func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = flip(r["PASSWORD_CLAIM_SIGNATURE"]) },
			fault.IncorrectUsernameOrPassword,
		},
		"time changed": {
			func(r map[string]string) { r["TIMESTAMP"] = "Tue Jun 2 12:00:00 UTC 2026" },
			fault.IncorrectUsernameOrPassword,
		},
		"no time": {func(r map[string]string) { r["TIMESTAMP"] = "" }, fault.MissingParameter("TIMESTAMP")},
	} {
		x, err := w.beginSRP("ann", password)
		if err != nil {
			t.Fatal(err)
		}
		modified := maps.Clone(x.responses)
		c.modify(modified)
		_, err = w.answer("PASSWORD_VERIFIER", "", modified)
		wants(t, name, err, c.want)
		w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, "ann") })
	}
	x, err := w.beginSRP("ann", password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.engine.Answer(t.Context(),
		signin.Answer{Pool: w.pool, Client: other, Challenge: "PASSWORD_VERIFIER", Responses: x.responses})
	wants(t, "another client", err, fault.IncorrectUsernameOrPassword)
	out, err := w.answer("PASSWORD_VERIFIER", "", x.responses)
	signedIn(t, "positive control", out, err)
	_, err = w.answer("PASSWORD_VERIFIER", "", x.responses)
	wants(t, "the same block again", err, fault.IncorrectUsernameOrPassword)
	late, err := w.beginSRP("ann", password)
	if err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(3 * time.Minute)
	_, err = w.answer("PASSWORD_VERIFIER", "", late.responses)
	wants(t, "expired", err, fault.SessionExpired)
}

// n returns k times the prime of the group, in hex.
func n(k int) string { return srp.MultipleOfPrime(k) }

func flip(s string) string {
	if s[8] == 'A' {
		return s[:8] + "B" + s[9:]
	}
	return s[:8] + "A" + s[9:]
}

func TestOneBlockIsRedeemedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, err := w.beginSRP("ann", password)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		var done sync.WaitGroup
		for range 200 {
			done.Go(func() {
				if out, err := w.answer("PASSWORD_VERIFIER", "", x.responses); err == nil && out.Tokens != nil {
					won.Add(1)
				}
			})
		}
		done.Wait()
		if won.Load() != 1 {
			t.Errorf("redeemed %d times", won.Load())
		}
	})
}

// Aliases and flows share one counter, the time of the lock-out doubles, and a
// completed sign-in clears the counter. Source: guide page authentication.
func TestLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tries := []func() error{
			func() error { _, err := w.byPassword("ann", "Wrong-Pa55"); return err },
			func() error { _, err := w.bySRP("ann@example.com", "Wrong-Pa55"); return err },
			func() error { _, err := w.byPassword(w.user.Sub, "Wrong-Pa55"); return err },
			func() error { _, err := w.bySRP("ann", "Wrong-Pa55"); return err },
			func() error { _, err := w.byPassword("ann@example.com", "Wrong-Pa55"); return err },
		}
		for i, try := range tries {
			wants(t, "attempt "+string(rune('1'+i)), try(), fault.IncorrectUsernameOrPassword)
		}
		_, err := w.byPassword("ann", password)
		wants(t, "right password during the lock-out", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(time.Second)
		wants(t, "wrong again", tries[0](), fault.IncorrectUsernameOrPassword)
		w.clk.Advance(time.Second)
		_, err = w.byPassword("ann", password)
		wants(t, "the lock-out has doubled", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(time.Second)
		out, err := w.byPassword("ann", password)
		signedIn(t, "after the lock-out", out, err)
		for range 4 {
			wants(t, "counted from zero", tries[0](), fault.IncorrectUsernameOrPassword)
		}
		out, err = w.byPassword("ann", password)
		signedIn(t, "before the fifth", out, err)
	})
}

// A burst of guesses is verified no more often than the lock-out allows.
func TestBurstOfGuesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var verified, locked atomic.Int64
		var done sync.WaitGroup
		for range 500 {
			done.Go(func() {
				_, err := w.byPassword("ann", "Wrong-Pa55")
				switch f := fault.Of(err); {
				case f != nil && f.Message == fault.IncorrectUsernameOrPassword.Message:
					verified.Add(1)
				case f != nil && f.Message == fault.PasswordAttemptsExceeded.Message:
					locked.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		done.Wait()
		if verified.Load() != 5 || locked.Load() != 495 {
			t.Errorf("%d guesses were verified, %d refused; want 5 and 495", verified.Load(), locked.Load())
		}
	})
}

func TestRevocation(t *testing.T) {
	for name, c := range map[string]struct {
		end             func(*world, string)
		refresh, access *fault.Fault
	}{
		"signed out": {func(w *world, _ string) {
			w.change(func(u *userpool.User) { u.SignOut(w.clk.Now()) })
		}, fault.RevokedRefreshToken, fault.RevokedAccessToken},
		"revoked": {func(w *world, refresh string) {
			if err := w.tokens.Revoke(w.t.Context(), w.pool, w.client, refresh, false); err != nil {
				w.t.Fatal(err)
			}
		}, fault.RevokedRefreshToken, fault.RevokedAccessToken},
		"disabled": {func(w *world, _ string) {
			w.change(func(u *userpool.User) { u.Enabled = false })
		}, fault.UserIsDisabled, fault.UserIsDisabled},
		"deleted": {func(w *world, _ string) {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
		}, fault.InvalidRefreshToken, fault.UserDoesNotExist},
		"client deleted": {func(w *world, _ string) {
			w.update(func(tx *store.Tx) error { return tx.DeleteClient(w.pool.ID, w.client.ID) })
		}, nil, fault.InvalidAccessToken},
		"pool deleted": {func(w *world, _ string) {
			w.update(func(tx *store.Tx) error { return tx.DeletePool(w.pool.ID) })
		}, nil, fault.InvalidAccessToken},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t)
			out, err := w.byPassword("ann", password)
			set := signedIn(t, "sign-in", out, err)
			c.end(w, set.Refresh)
			_, err = w.tokens.Authorize(context.Background(), set.Access)
			wants(t, "access token", err, c.access)
			if c.refresh != nil {
				_, err = w.start("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": set.Refresh})
				wants(t, "refresh token", err, c.refresh)
			}
		})
	}
}

// A sign-in in the same millisecond as a sign-out is a new one.
func TestSignInAfterSignOut(t *testing.T) {
	w := openWorld(t)
	w.change(func(u *userpool.User) { u.SignOut(w.clk.Now()) })
	out, err := w.byPassword("ann", password)
	set := signedIn(t, "sign-in", out, err)
	if _, err := w.tokens.Authorize(t.Context(), set.Access); err != nil {
		t.Errorf("a new token is revoked: %v", err)
	}
	w.change(func(u *userpool.User) { u.SignOut(w.clk.Now()) })
	_, err = w.tokens.Authorize(t.Context(), set.Access)
	wants(t, "signed out again", err, fault.RevokedAccessToken)
}

func TestTokensOfOthersAreRefused(t *testing.T) {
	w := openWorld(t)
	out, err := w.byPassword("ann", password)
	set := signedIn(t, "sign-in", out, err)
	other := w.addClient("other")
	_, err = w.engine.Start(t.Context(), signin.Start{
		Pool: w.pool, Client: other, Flow: "REFRESH_TOKEN", Params: map[string]string{"REFRESH_TOKEN": set.Refresh},
	})
	wants(t, "another client's refresh token", err, fault.InvalidRefreshToken)
	err = w.tokens.Revoke(t.Context(), w.pool, other, set.Refresh, false)
	if !errors.Is(err, fault.Unauthorized) {
		t.Errorf("revoked by another client: %v", err)
	}
	err = w.tokens.Revoke(t.Context(), w.pool, w.client, set.Access, false)
	if !errors.Is(err, fault.UnsupportedTokenType) {
		t.Errorf("an access token is revoked: %v", err)
	}
	second := *w.pool
	second.ID = "us-east-1_Other"
	w.update(func(tx *store.Tx) error { return tx.InsertPool(&second) })
	_, err = w.tokens.Redeem(t.Context(), &second, w.client, set.Refresh, "")
	wants(t, "another pool's refresh token", err, fault.InvalidRefreshToken)
	for name, text := range map[string]string{
		"ID token": set.ID, "refresh token": set.Refresh, "garbage": "a.b.c", "empty": "",
		"dots": strings.Repeat(".", 100_000),
	} {
		_, err = w.tokens.Authorize(t.Context(), text)
		wants(t, name+" as access token", err, fault.InvalidAccessToken)
	}
	w.clk.Advance(time.Hour)
	_, err = w.tokens.Authorize(t.Context(), set.Access)
	wants(t, "access token after an hour", err, fault.ExpiredAccessToken)
	w.clk.Advance(30 * 24 * time.Hour)
	_, err = w.start("REFRESH_TOKEN", map[string]string{"REFRESH_TOKEN": set.Refresh})
	wants(t, "refresh token after thirty days", err, fault.ExpiredRefreshToken)
}

// If the pool requires a factor, a user who can have none is refused.
func TestRequiredFactorIsNeverSkipped(t *testing.T) {
	w := openWorld(t)
	w.pool.MfaConfiguration = userpool.MFAOn
	for name, try := range map[string]func(string, string) (signin.Outcome, error){
		"password": w.byPassword, "SRP": w.bySRP,
	} {
		out, err := try("ann", password)
		if !errors.Is(err, fault.InvalidUserPoolConfiguration) || out.Tokens != nil {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
}

// If a trigger of the pool cannot run, the sign-in is refused.
func TestTriggersAreNeverSkipped(t *testing.T) {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:gate"
	for name, set := range map[string]func(*userpool.LambdaConfig){
		"PreAuthentication":  func(l *userpool.LambdaConfig) { l.PreAuthentication = &arn },
		"PostAuthentication": func(l *userpool.LambdaConfig) { l.PostAuthentication = &arn },
		"PreTokenGeneration": func(l *userpool.LambdaConfig) { l.PreTokenGeneration = &arn },
	} {
		w := openWorld(t)
		set(&w.pool.LambdaConfig)
		if _, err := w.byPassword("ann", password); !errors.Is(err, fault.UnexpectedLambda) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// rotating turns on rotation for the client of a grant, with a grace period in
// seconds.
func rotating(grace int32) func(*token.Grant) {
	return func(g *token.Grant) {
		g.Client.RefreshTokenRotation =
			&userpool.RefreshTokenRotation{Feature: "ENABLED", RetryGracePeriodSeconds: &grace}
	}
}

func mustIssue(t *testing.T, i *token.Issuer, g token.Grant) token.Set {
	t.Helper()
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// renew is a whole refresh: Redeem and Issue.
func renew(ctx context.Context, i *token.Issuer, g token.Grant, refresh string) (token.Set, error) {
	redeemed, err := i.Redeem(ctx, g.Pool, g.Client, refresh, "")
	if err != nil {
		return token.Set{}, err
	}
	return i.Issue(ctx, redeemed)
}

func mustRenew(t *testing.T, i *token.Issuer, g token.Grant, refresh string) token.Set {
	t.Helper()
	set, err := renew(t.Context(), i, g, refresh)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// refresher sends refresh tokens that must be refused.
type refresher struct {
	i *token.Issuer
	g token.Grant
}

// refuses requires that a refresh fails with the kind and message of want.
func (r refresher) refuses(t *testing.T, what, refresh string, want *fault.Fault) {
	t.Helper()
	_, err := renew(t.Context(), r.i, r.g, refresh)
	if f := fault.Of(err); f == nil || f.Kind != want.Kind || f.Message != want.Message {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// requireAccess requires that Authorize returns want, by its message; nil means
// success.
func requireAccess(t *testing.T, i *token.Issuer, what, access string, want *fault.Fault) {
	t.Helper()
	_, err := i.Authorize(t.Context(), access)
	if f := fault.Of(err); (want == nil) != (err == nil) || want != nil && (f == nil || f.Message != want.Message) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestRotationReplacesTheToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(0))
		first := mustIssue(t, i, g)
		clk.Advance(time.Hour)
		second := mustRenew(t, i, g, first.Refresh)
		clk.Advance(30 * time.Minute)
		third := mustRenew(t, i, g, second.Refresh)
		if second.Refresh == "" || third.Refresh == "" ||
			second.Refresh == first.Refresh || third.Refresh == second.Refresh {
			t.Error("the refresh token is not a new one")
		}
		_, before := claims(t, first.Access)
		_, after := claims(t, third.Access)
		for _, kept := range []string{"origin_jti", "auth_time", "event_id"} {
			if before[kept] == nil || before[kept] != after[kept] {
				t.Errorf("%s changes from %v to %v", kept, before[kept], after[kept])
			}
		}
		// The new token expires with the first one, after two hours.
		clk.Advance(30*time.Minute - time.Millisecond)
		fourth := mustRenew(t, i, g, third.Refresh)
		clk.Advance(time.Millisecond)
		refresher{i, g}.refuses(t, "after two hours", fourth.Refresh, fault.ExpiredRefreshToken)
	})
}

// TestReplay is attack case C5.
func TestReplay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(0))
		other := mustIssue(t, i, g)
		first := mustIssue(t, i, g)
		second := mustRenew(t, i, g, first.Refresh)
		requireAccess(t, i, "positive control: before the replay", second.Access, nil)
		refresher{i, g}.refuses(t, "replayed", first.Refresh, fault.ReusedRefreshToken)
		refresher{i, g}.refuses(t, "the newer token of the family", second.Refresh, fault.RevokedRefreshToken)
		refresher{i, g}.refuses(t, "replayed again", first.Refresh, fault.ReusedRefreshToken)
		requireAccess(t, i, "an access token of the family", second.Access, fault.RevokedAccessToken)
		requireAccess(t, i, "an access token of another sign-in", other.Access, nil)
		mustRenew(t, i, g, other.Refresh)
	})
}

// A replay is detected, and its revocation kept, after a restart.
func TestReplayAfterARestart(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			clk := clock.Frozen(storetest.Start)
			config.Clock = clk
			running := func(do func(*store.DB, *token.Issuer)) {
				t.Helper()
				db, err := store.Open(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				do(db, issuer(db, clk, token.ModeSelf))
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			var g token.Grant
			var first, second, third token.Set
			running(func(db *store.DB, i *token.Issuer) {
				g = grant(t, db, clk, rotating(0))
				first = mustIssue(t, i, g)
				second = mustRenew(t, i, g, first.Refresh)
			})
			running(func(_ *store.DB, i *token.Issuer) { third = mustRenew(t, i, g, second.Refresh) })
			running(func(_ *store.DB, i *token.Issuer) {
				refresher{i, g}.refuses(t, "replayed after a restart", second.Refresh, fault.ReusedRefreshToken)
			})
			running(func(_ *store.DB, i *token.Issuer) {
				refresher{i, g}.refuses(t, "the newest token, after another restart",
					third.Refresh, fault.RevokedRefreshToken)
				requireAccess(t, i, "its access token", third.Access, fault.RevokedAccessToken)
			})
		})
	}
}

// Of many concurrent uses of one token one succeeds. The others are reuse and
// revoke the family.
func TestConcurrentUsesOfOneToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(0))
		other, first := mustIssue(t, i, g), mustIssue(t, i, g)
		sets, refused := useConcurrently(t, i, g, first.Refresh)
		if len(sets) != 1 || refused != 199 {
			t.Fatalf("%d calls succeeded, %d were refused", len(sets), refused)
		}
		refresher{i, g}.refuses(t, "its new refresh token", sets[0].Refresh, fault.RevokedRefreshToken)
		requireAccess(t, i, "its access token", sets[0].Access, fault.RevokedAccessToken)
		mustRenew(t, i, g, other.Refresh)
	})
}

// Within the grace period every concurrent use succeeds, and the family keeps
// one sequence: its next token is replaced once.
func TestConcurrentUsesWithinTheGracePeriod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(10))
		sets, refused := useConcurrently(t, i, g, mustIssue(t, i, g).Refresh)
		if len(sets) != 200 || refused != 0 {
			t.Fatalf("%d calls succeeded, %d were refused", len(sets), refused)
		}
		mustRenew(t, i, g, sets[0].Refresh)
		clk.Advance(10 * time.Second)
		refresher{i, g}.refuses(t, "a copy of the replaced token, after its grace period", sets[1].Refresh,
			fault.ReusedRefreshToken)
	})
}

// useConcurrently redeems one token in 200 concurrent calls.
func useConcurrently(t *testing.T, i *token.Issuer, g token.Grant, refresh string) (sets []token.Set, refused int64) {
	t.Helper()
	var (
		mu      sync.Mutex
		reused  atomic.Int64
		done    sync.WaitGroup
		started = make(chan struct{})
	)
	for range 200 {
		done.Go(func() {
			<-started
			set, err := renew(context.Background(), i, g, refresh)
			switch {
			case err == nil:
				mu.Lock()
				sets = append(sets, set)
				mu.Unlock()
			case errors.Is(err, fault.RefreshTokenReuse):
				reused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	close(started)
	done.Wait()
	return sets, reused.Load()
}

func TestGracePeriod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(10))
		first := mustIssue(t, i, g)
		lost := mustRenew(t, i, g, first.Refresh)
		clk.Advance(10*time.Second - time.Millisecond)
		retried := mustRenew(t, i, g, first.Refresh)
		if retried.Refresh == "" || retried.Access == lost.Access {
			t.Error("a retry gets no new tokens")
		}
		next := mustRenew(t, i, g, retried.Refresh)
		// The period starts at the replacement, not at the last retry.
		clk.Advance(time.Millisecond)
		refresher{i, g}.refuses(t, "after the grace period", first.Refresh, fault.ReusedRefreshToken)
		refresher{i, g}.refuses(t, "the family's newest token after that", next.Refresh, fault.RevokedRefreshToken)
	})
}

// A token that was replaced twice can be retried while both grace periods last.
func TestGracePeriodOfAnOlderToken(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, rotating(10))
	first := mustIssue(t, i, g)
	second := mustRenew(t, i, g, first.Refresh)
	clk.Advance(4 * time.Second)
	third := mustRenew(t, i, g, second.Refresh)
	clk.Advance(4 * time.Second)
	retried := mustRenew(t, i, g, first.Refresh)
	mustRenew(t, i, g, third.Refresh)
	clk.Advance(time.Minute)
	refresher{i, g}.refuses(t, "a copy of the third, which was replaced", retried.Refresh, fault.ReusedRefreshToken)
}

func TestRotationIsTurnedOnAndOff(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk)
	off := g
	on := g
	client := *g.Client
	on.Client = &client
	rotating(0)(&on)
	plain := mustIssue(t, i, off)
	if set := mustRenew(t, i, off, plain.Refresh); set.Refresh != "" {
		t.Error("a client without rotation gets a new refresh token")
	}
	mustRenew(t, i, off, plain.Refresh)
	replaced := mustRenew(t, i, on, plain.Refresh)
	// After rotation is turned off the newest token is valid and a replaced one
	// is not.
	if set := mustRenew(t, i, off, replaced.Refresh); set.Refresh != "" {
		t.Error("the token was replaced although rotation is off")
	}
	mustRenew(t, i, off, replaced.Refresh)
	refresher{i, off}.refuses(t, "replaced while rotation was on", plain.Refresh, fault.ReusedRefreshToken)
}

// Clients that rotate have origin_jti, even if token revocation is off.
func TestRotationNamesTheFamily(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, rotating(0), func(g *token.Grant) { g.Client.EnableTokenRevocation = false })
	set := mustIssue(t, i, g)
	for _, jwt := range []string{set.Access, set.ID} {
		if _, m := claims(t, jwt); m["origin_jti"] == nil || m["jti"] == nil {
			t.Errorf("origin_jti %v, jti %v", m["origin_jti"], m["jti"])
		}
	}
}

// recordedEvent is the last event of a trigger.
type recordedEvent struct {
	TriggerSource string
	Request       struct{ ClientMetadata map[string]string }
	// refusing makes the trigger return an error.
	refusing bool
}

// recordingIssuer returns an issuer whose triggers record the last event.
func recordingIssuer(t *testing.T, db *store.DB, clk clock.Clock) (*token.Issuer, *recordedEvent) {
	t.Helper()
	event := &recordedEvent{}
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}}, func(trigger.Target) (trigger.Invoker, error) {
		return trigger.InvokerFunc(func(_ context.Context, _ string, sent []byte) ([]byte, error) {
			if event.refusing {
				return nil, &trigger.FunctionError{Message: "not now"}
			}
			return sent, json.Unmarshal(sent, event)
		}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o := trigger.Options{Targets: targets, Clock: clk, Entropy: entropy.System(), Limit: time.Hour}
	return token.New(token.Config{
		Store: db, Clock: clk, Entropy: entropy.System(), Stock: tokentest.Stock(),
		Mode: token.ModeSelf, PublicURL: "https://id.example.com", Triggers: trigger.NewRunner(o),
	}), event
}

// The trigger runs at a refresh. If it fails, the client's refresh token stays
// valid.
func TestTriggerRefusesARefresh(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := recordingIssuer(t, db, clk)
	arn := "arn:aws:lambda:us-east-1:111111111111:function:tokens"
	g := grant(t, db, clk, rotating(0), func(g *token.Grant) { g.Pool.LambdaConfig.PreTokenGeneration = &arn })
	first := mustIssue(t, i, g)
	event.refusing = true
	for range 3 {
		refresher{i, g}.refuses(t, "the trigger refuses", first.Refresh,
			fault.New(fault.UserLambdaValidation, "PreTokenGeneration failed with error not now."))
	}
	event.refusing = false
	redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, first.Refresh, "")
	if err != nil {
		t.Fatal(err)
	}
	redeemed.ClientMetadata = map[string]string{"a": "b"}
	mustIssue(t, i, redeemed)
	if event.TriggerSource != "TokenGeneration_RefreshTokens" || event.Request.ClientMetadata["a"] != "b" {
		t.Errorf("event %+v", event)
	}
	refresher{i, g}.refuses(t, "replaced", first.Refresh, fault.ReusedRefreshToken)
}

// If Issue fails, the client's refresh token stays valid.
func TestRefusedRefreshKeepsTheToken(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, rotating(0))
	first := mustIssue(t, i, g)
	redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, first.Refresh, "")
	if err != nil {
		t.Fatal(err)
	}
	blocked := *redeemed.User
	blocked.Status = userpool.ResetRequired
	redeemed.User = &blocked
	if _, err := i.Issue(t.Context(), redeemed); fault.Of(err) == nil {
		t.Fatalf("positive control: issued to a user who must reset: %v", err)
	}
	mustRenew(t, i, g, first.Refresh)
}

// A refresh fails if its user is deleted between Redeem and Issue, even if the
// name was taken again.
func TestUserDeletedDuringARefresh(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, rotating(0))
		redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, mustIssue(t, i, g).Refresh, "")
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.DeleteUser(g.Pool, "ann"); err != nil {
				return err
			}
			return tx.InsertUser(g.Pool, &userpool.User{
				PoolID: g.Pool.ID, Username: "ann", Sub: "another-sub", Status: userpool.Confirmed, Enabled: true,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.Issue(t.Context(), redeemed); fault.Of(err) == nil ||
			fault.Of(err).Message != fault.InvalidRefreshToken.Message {
			t.Errorf("issued: %v", err)
		}
	})
}

// What ends the tokens of a user ends rotated ones too (attack case C6).
func TestRotatedTokensEndWithTheirUser(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*userpool.User, time.Time)
		want   *fault.Fault
	}{
		"nothing":     {func(*userpool.User, time.Time) {}, nil},
		"signed out":  {func(u *userpool.User, now time.Time) { u.SignOut(now) }, fault.RevokedRefreshToken},
		"disabled":    {func(u *userpool.User, _ time.Time) { u.Enabled = false }, fault.UserIsDisabled},
		"to be reset": {func(u *userpool.User, _ time.Time) { u.Status = userpool.ResetRequired }, fault.ResetRequired},
	} {
		t.Run(name, func(t *testing.T) {
			db, clk := storetest.Open(t)
			i := issuer(db, clk, token.ModeSelf)
			g := grant(t, db, clk, rotating(60))
			first := mustIssue(t, i, g)
			second := mustRenew(t, i, g, first.Refresh)
			if err := db.Update(t.Context(), func(tx *store.Tx) error {
				u, err := tx.User(g.Pool, "ann")
				if err != nil {
					return err
				}
				c.change(u, clk.Now())
				return tx.UpdateUser(g.Pool, u)
			}); err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				mustRenew(t, i, g, first.Refresh)
				mustRenew(t, i, g, second.Refresh)
				return
			}
			refresher{i, g}.refuses(t, "the token in its grace period", first.Refresh, c.want)
			refresher{i, g}.refuses(t, "the newest token", second.Refresh, c.want)
		})
	}
}

// disconnecting is an engine that cancels the context of a View after it, if
// the context carries its cancel function.
type disconnecting struct{ engine.Engine }

type disconnectKey struct{}

func (e disconnecting) View(ctx context.Context, fn func(engine.Conn) error) error {
	if disconnect, ok := ctx.Value(disconnectKey{}).(context.CancelFunc); ok {
		defer disconnect()
	}
	return e.Engine.View(ctx, fn)
}

// A refresh token or code that is used again revokes its family even if the
// client disconnects.
func TestReuseEndsTheFamilyAfterDisconnect(t *testing.T) {
	db, clk := storetest.OpenBehind(t, func(e engine.Engine) engine.Engine { return disconnecting{e} })
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, rotating(0))
	first := mustIssue(t, i, g)
	second := mustRenew(t, i, g, first.Refresh)
	code, err := i.IssueCode(t.Context(), g,
		userpool.AuthorizationTerms{RedirectURI: "https://x", Scopes: []string{token.ScopeAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	redemption := token.Redemption{Code: code, RedirectURI: "https://x"}
	redeemed, err := i.RedeemCode(t.Context(), g.Pool, g.Client, redemption)
	if err != nil {
		t.Fatal(err)
	}
	third := mustIssue(t, i, redeemed)
	clk.Advance(time.Minute)
	requireAccess(t, i, "positive control: the refreshed token", second.Access, nil)
	requireAccess(t, i, "positive control: the code's token", third.Access, nil)
	for name, again := range map[string]func(context.Context) error{
		"refresh token": func(ctx context.Context) error {
			_, err := i.Redeem(ctx, g.Pool, g.Client, first.Refresh, "")
			return err
		},
		"code": func(ctx context.Context) error {
			_, err := i.RedeemCode(ctx, g.Pool, g.Client, redemption)
			return err
		},
	} {
		ctx, disconnect := context.WithCancel(t.Context())
		if err := again(context.WithValue(ctx, disconnectKey{}, disconnect)); err == nil || ctx.Err() == nil {
			t.Errorf("second use of the %s: %v", name, err)
		}
	}
	requireAccess(t, i, "the refreshed token", second.Access, fault.RevokedAccessToken)
	requireAccess(t, i, "the code's token", third.Access, fault.RevokedAccessToken)
}

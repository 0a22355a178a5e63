package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// pool inserts a pool and returns it.
func pool(t testing.TB, db *store.DB, id string, change ...func(*userpool.Pool)) *userpool.Pool {
	t.Helper()
	p := &userpool.Pool{ID: id, Account: "111111111111", Region: "us-east-1", PoolSettings: userpool.PoolSettings{
		Name: "test", AliasAttributes: []string{"email", "phone_number", "preferred_username"},
	}}
	for _, c := range change {
		c(p)
	}
	update(t, db, func(tx *store.Tx) error {
		p.Created, p.Modified = tx.Now, tx.Now
		return tx.InsertPool(p)
	})
	return p
}

func user(p *userpool.Pool, name string, attributes map[string]string) *userpool.User {
	return &userpool.User{
		PoolID: p.ID, Username: name, Sub: "sub-" + name, Status: userpool.Confirmed, Enabled: true,
		Created: storetest.Start, Modified: storetest.Start, UserProfile: userpool.UserProfile{Attributes: attributes},
	}
}

func update(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// parallel runs fn n times in parallel and returns how often it returned true.
func parallel(t *testing.T, n int, fn func() (bool, error)) int64 {
	t.Helper()
	var won atomic.Int64
	var done sync.WaitGroup
	start := make(chan struct{})
	for range n {
		done.Go(func() {
			<-start
			ok, err := fn()
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	close(start)
	done.Wait()
	return won.Load()
}

func TestPoolsCompareAndSet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		first, second := *p, *p
		first.Name, second.Name = "first", "second"
		update(t, db, func(tx *store.Tx) error {
			changed := first
			return tx.UpdatePool(&changed)
		})
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdatePool(&second) })
		if !errors.Is(err, fault.ConcurrentModification) {
			t.Errorf("an update of an old version: %v", err)
		}
		view(t, db, func(tx *store.Tx) error {
			got, err := tx.Pool(p.ID)
			if err == nil && got.Name != "first" {
				t.Errorf("the name of the pool is %s", got.Name)
			}
			return err
		})
		err = db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertPool(p) })
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("a second pool with the id: %v", err)
		}
	})
}

func TestDeletedPoolIsGoneAtOnceAndSweptLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		c := &userpool.Client{PoolID: p.ID, ID: "client"}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertClient(c), tx.InsertUser(p, user(p, "ann", nil)))
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		view(t, db, func(tx *store.Tx) error {
			if _, err := tx.Pool(p.ID); !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("pool: %v", err)
			}
			if _, err := tx.ClientByID(c.ID); !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("client: %v", err)
			}
			return nil
		})
		if n, err := db.Sweep(t.Context()); err != nil || n == 0 {
			t.Errorf("swept %d rows, %v", n, err)
		}
		if n, err := db.Sweep(t.Context()); err != nil || n != 0 {
			t.Errorf("swept %d rows again, %v", n, err)
		}
		// A new pool with the same id has no rows of the old one.
		pool(t, db, p.ID)
		view(t, db, func(tx *store.Tx) error {
			if _, err := tx.User(p, "ann"); !errors.Is(err, fault.UserNotFound) {
				t.Errorf("a user of the old pool: %v", err)
			}
			return nil
		})
	})
}

func TestClients(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		c := &userpool.Client{PoolID: p.ID, ID: "c1", Secrets: []userpool.ClientSecret{{ID: "c1--1", Value: "s3cret"}}}
		update(t, db, func(tx *store.Tx) error { return tx.InsertClient(c) })
		view(t, db, func(tx *store.Tx) error {
			got, err := tx.ClientByID("c1")
			if err == nil &&
				(len(got.Secrets) != 1 || got.Secrets[0].Value.Reveal() != "s3cret" || got.PoolID != p.ID) {
				t.Errorf("read %+v", got)
			}
			if _, err := tx.Client(other.ID, "c1"); !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("through another pool: %v", err)
			}
			return err
		})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertClient(&userpool.Client{PoolID: other.ID, ID: "c1"})
		})
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("the id again in another pool: %v", err)
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "c1") })
		view(t, db, func(tx *store.Tx) error {
			if _, err := tx.ClientByID("c1"); !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("deleted: %v", err)
			}
			return nil
		})
	})
}

// A node sees a configuration change of another node. Two handles on one store act
// as two nodes.
func TestOtherNodesFollowConfiguration(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			one, two := open(t, config), open(t, config)
			p := pool(t, one, "us-east-1_A")
			name := func() string {
				var got string
				view(t, two, func(tx *store.Tx) error {
					p, err := tx.Pool(p.ID)
					if err == nil {
						got = p.Name
					}
					return err
				})
				return got
			}
			if name() != "test" {
				t.Fatal("the second node does not see the pool")
			}
			update(t, one, func(tx *store.Tx) error {
				c := *p
				c.Name = "renamed"
				return tx.UpdatePool(&c)
			})
			deadline := time.Now().Add(time.Minute)
			for name() != "renamed" {
				if time.Now().After(deadline) {
					t.Fatal("the second node still has the old configuration")
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// An update that fails or panics does not affect the others of its group.
func TestFailingUpdateDoesNotAffectOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		boom := errors.New("boom")
		var counter atomic.Int64
		won := parallel(t, 60, func() (bool, error) {
			n := counter.Add(1)
			err := func() (err error) {
				defer func() {
					if r := recover(); r != nil {
						err = boom
					}
				}()
				return db.Update(context.Background(), func(tx *store.Tx) error {
					if err := tx.InsertUser(p, user(p, fmt.Sprintf("u%03d", n), nil)); err != nil {
						return err
					}
					switch n % 3 {
					case 1:
						return boom
					case 2:
						panic("boom")
					}
					return nil
				})
			}()
			if errors.Is(err, boom) {
				return false, nil
			}
			return err == nil, err
		})
		if won != 20 {
			t.Errorf("%d updates succeeded, want 20", won)
		}
		view(t, db, func(tx *store.Tx) error {
			users, _, err := tx.ListUsers(p, store.UserQuery{Limit: 60})
			n, countErr := tx.EstimatedUsers(p.ID)
			if len(users) != 20 || n != 20 {
				t.Errorf("%d users, counted %d; want 20", len(users), n)
			}
			return errors.Join(err, countErr)
		})
	})
}

func TestSingleUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		expires := storetest.Start.Add(time.Hour)
		update(t, db, func(tx *store.Tx) error {
			return tx.PutCode(&userpool.Code{
				PoolID: p.ID, Username: "ann", Purpose: userpool.ConfirmSignUp, MAC: []byte("mac"), Expires: expires,
			})
		})
		redeemed := parallel(t, 200, func() (ok bool, err error) {
			err = db.Update(context.Background(), func(tx *store.Tx) error {
				c, err := tx.RedeemCode(p.ID, "ann", userpool.ConfirmSignUp, []byte("mac"))
				ok = c != nil
				return err
			})
			return ok, err
		})
		spent := parallel(t, 200, func() (ok bool, err error) {
			err = db.Update(context.Background(), func(tx *store.Tx) error {
				ok, err = tx.Spend(p.ID, "session", []byte("handle"), expires)
				return err
			})
			return ok, err
		})
		if redeemed != 1 || spent != 1 {
			t.Errorf("a code was redeemed %d times, a handle spent %d times; want once", redeemed, spent)
		}
	})
}

func TestFailuresAreCountedExactly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		parallel(t, 40, func() (bool, error) {
			return true, db.Update(context.Background(), func(tx *store.Tx) error {
				_, err := tx.RecordFailure(p.ID, "ann")
				return err
			})
		})
		view(t, db, func(tx *store.Tx) error {
			l, err := tx.Lockout(p.ID, "ann")
			if l.Failures != 40 || !l.Locked(tx.Now) {
				t.Errorf("lockout %+v", l)
			}
			return err
		})
		allowed := parallel(t, 30, func() (bool, error) {
			err := db.Update(context.Background(), func(tx *store.Tx) error {
				return tx.CountAttempt(p.ID, "ann", userpool.AttemptChangePassword)
			})
			if errors.Is(err, fault.LimitExceeded) {
				return false, nil
			}
			return err == nil, err
		})
		if allowed != int64(userpool.AttemptChangePassword.Limit()) {
			t.Errorf("%d attempts allowed", allowed)
		}
	})
}

func TestAttemptWindowOpensAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		try := func() error {
			return db.Update(t.Context(),
				func(tx *store.Tx) error { return tx.CountAttempt("p", "ann", userpool.AttemptResendCode) })
		}
		for range userpool.AttemptResendCode.Limit() {
			if err := try(); err != nil {
				t.Fatal(err)
			}
		}
		if err := try(); !errors.Is(err, fault.LimitExceeded) {
			t.Errorf("over the limit: %v", err)
		}
		clk.Advance(time.Hour)
		if err := try(); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

func TestCodesExpireAndDoNotMix(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		code := userpool.Code{
			PoolID: "p", Username: "ann", Purpose: userpool.ConfirmSignUp, MAC: []byte("mac"),
			Expires: storetest.Start.Add(time.Minute),
		}
		update(t, db, func(tx *store.Tx) error { return tx.PutCode(&code) })
		redeem := func(purpose userpool.Purpose, name, mac string) bool {
			var c *userpool.Code
			update(t, db, func(tx *store.Tx) (err error) {
				c, err = tx.RedeemCode("p", name, purpose, []byte(mac))
				return err
			})
			return c != nil
		}
		if redeem(userpool.ResetPassword, "ann", "mac") || redeem(userpool.ConfirmSignUp, "bob", "mac") ||
			redeem(userpool.ConfirmSignUp, "ann", "other") {
			t.Error("redeemed by another purpose, user or code")
		}
		clk.Advance(time.Minute)
		if redeem(userpool.ConfirmSignUp, "ann", "mac") {
			t.Error("redeemed after its expiry")
		}
		clk.Advance(-time.Second)
		if !redeem(userpool.ConfirmSignUp, "ann", "mac") {
			t.Error("positive control: not redeemed")
		}
	})
}

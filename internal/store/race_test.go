package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// nodes runs a test with two nodes on one store, on every engine that two nodes
// can share.
func nodes(t *testing.T, test func(t *testing.T, nodes [2]*store.DB)) {
	for name, config := range storetest.Engines(t) {
		if name == "sqlite memory" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			config.Clock = clock.Frozen(storetest.Start)
			test(t, [2]*store.DB{open(t, config), open(t, config)})
		})
	}
}

// race runs fn in parallel for each number below n, alternating between the
// nodes, and returns the errors by number.
func race(nodes [2]*store.DB, n int, fn func(db *store.DB, number int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(nodes[i%2], i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// succeeded counts the nil errors. Any other error than refusal fails the test.
func succeeded(t *testing.T, errs []error, refusal error) (n int) {
	t.Helper()
	for i, err := range errs {
		switch {
		case err == nil:
			n++
		case refusal == nil || !errors.Is(err, refusal):
			t.Errorf("number %d: %v", i, err)
		}
	}
	return n
}

// calls is the number of parallel calls of most tests.
const calls = 8

func TestRacingFailuresAreAllCounted(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		errs := race(nodes, calls, func(db *store.DB, _ int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.RecordFailure(p.ID, "ann")
				return err
			})
		})
		succeeded(t, errs, nil)
		view(t, nodes[0], func(tx *store.Tx) error {
			lock, err := tx.Lockout(p.ID, "ann")
			if lock.Failures != calls {
				t.Errorf("%d of %d failures were counted", lock.Failures, calls)
			}
			return err
		})
	})
}

// An Update that reads the lock and then counts a failure is not interleaved with
// others.
func TestRacingAttemptsSeeTheLock(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		errs := race(nodes, 3*calls, func(db *store.DB, _ int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				lock, err := tx.Lockout(p.ID, "ann")
				if err != nil {
					return err
				}
				if lock.Locked(tx.Now) {
					return fault.PasswordAttemptsExceeded
				}
				_, err = tx.RecordFailure(p.ID, "ann")
				return err
			})
		})
		allowed := succeeded(t, errs, fault.PasswordAttemptsExceeded)
		view(t, nodes[0], func(tx *store.Tx) error {
			lock, err := tx.Lockout(p.ID, "ann")
			if lock.Failures != allowed || allowed >= 3*calls {
				t.Errorf("%d attempts were allowed, %d counted", allowed, lock.Failures)
			}
			return err
		})
	})
}

func TestRacingQuota(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		const quota = 3
		errs := race(nodes, calls, func(db *store.DB, i int) error {
			return db.Configure(t.Context(), p.ID, func(tx *store.Tx) error {
				n, err := tx.CountGroups(p.ID)
				if err == nil && n >= quota {
					return fault.AttemptLimit
				}
				if err != nil {
					return err
				}
				return tx.InsertGroup(&userpool.Group{PoolID: p.ID, Name: fmt.Sprint("group", i)})
			})
		})
		if n := succeeded(t, errs, fault.AttemptLimit); n != quota {
			t.Errorf("%d groups within a quota of %d", n, quota)
		}
	})
}

func TestRacingQuotaOfPools(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		const quota = 3
		errs := race(nodes, calls, func(db *store.DB, i int) error {
			p := &userpool.Pool{ID: fmt.Sprint("us-east-1_", i), Account: "111111111111", Region: "us-east-1"}
			return db.Update(t.Context(), func(tx *store.Tx) error {
				n, err := tx.CountPools(p.Account, p.Region)
				if err == nil && n >= quota {
					return fault.AttemptLimit
				}
				if err != nil {
					return err
				}
				return tx.InsertPool(p)
			})
		})
		if n := succeeded(t, errs, fault.AttemptLimit); n != quota {
			t.Errorf("%d pools within a quota of %d", n, quota)
		}
	})
}

// No change is lost when several nodes change one document.
func TestRacingChangesOfAGroup(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		zero := int32(0)
		update(t, nodes[0], func(tx *store.Tx) error {
			return tx.InsertGroup(&userpool.Group{
				PoolID: p.ID, Name: "g", GroupSettings: userpool.GroupSettings{Precedence: &zero},
			})
		})
		errs := race(nodes, calls, func(db *store.DB, _ int) error {
			return db.Configure(t.Context(), p.ID, func(tx *store.Tx) error {
				g, err := tx.Group(p.ID, "g")
				if err != nil {
					return err
				}
				next := *g.Precedence + 1
				g.Precedence = &next
				return tx.UpdateGroup(g)
			})
		})
		succeeded(t, errs, nil)
		view(t, nodes[0], func(tx *store.Tx) error {
			g, err := tx.Group(p.ID, "g")
			if err == nil && *g.Precedence != calls {
				t.Errorf("%d changes, want %d", *g.Precedence, calls)
			}
			return err
		})
	})
}

// Changes of one user are serialized: each sees the previous one.
func TestRacingChangesOfAUser(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		update(t, nodes[0],
			func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", map[string]string{"name": ""})) })
		errs := race(nodes, calls, func(db *store.DB, _ int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				found, err := tx.User(p, "ann")
				if err != nil {
					return err
				}
				u := found.Clone()
				u.Attributes["name"] += "x"
				return tx.UpdateUser(p, u)
			})
		})
		succeeded(t, errs, nil)
		view(t, nodes[0], func(tx *store.Tx) error {
			u, err := tx.User(p, "ann")
			if err == nil && len(u.Attributes["name"]) != calls {
				t.Errorf("name %q after %d changes", u.Attributes["name"], calls)
			}
			return err
		})
	})
}

// Rows that are written for a user during its deletion are deleted too.
func TestRacingDeletionOfAUser(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		for round := range 10 {
			name := fmt.Sprint("ann", round)
			update(t, nodes[0], func(tx *store.Tx) error { return tx.InsertUser(p, user(p, name, nil)) })
			errs := race(nodes, 4, func(db *store.DB, i int) error {
				return db.Update(t.Context(), func(tx *store.Tx) error {
					if i == 0 {
						return tx.DeleteUser(p, name)
					}
					u, err := tx.User(p, name)
					if err != nil {
						return err
					}
					credential := &userpool.Credential{Salt: []byte{1}, Verifier: []byte{2}}
					return tx.PutCredential(p.ID, u.Username, credential)
				})
			})
			succeeded(t, errs, fault.UserNotFound)
			view(t, nodes[0], func(tx *store.Tx) error {
				c, err := tx.Credential(p.ID, name)
				if c != nil {
					t.Errorf("the deleted user %s has a password", name)
				}
				return err
			})
		}
	})
}

func TestRacingDeletionOfAGroup(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		update(t, nodes[0], func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		insert := func(tx *store.Tx) error { return tx.InsertGroup(&userpool.Group{PoolID: p.ID, Name: "g"}) }
		for range 10 {
			update(t, nodes[0], insert)
			errs := race(nodes, 4, func(db *store.DB, i int) error {
				if i == 0 {
					return db.Configure(t.Context(), p.ID, func(tx *store.Tx) error {
						return tx.DeleteGroup(p.ID, "g")
					})
				}
				return db.Update(t.Context(), func(tx *store.Tx) error {
					if _, err := tx.Group(p.ID, "g"); err != nil {
						return err
					}
					return tx.AddToGroup(p.ID, "g", "ann")
				})
			})
			succeeded(t, errs, fault.ResourceNotFound)
			// A new group with the same name is empty.
			update(t, nodes[0], insert)
			view(t, nodes[0], func(tx *store.Tx) error {
				members, err := tx.UsersInGroup(p.ID, "g", "", 10)
				if len(members) != 0 {
					t.Error("the new group has a member of the deleted one")
				}
				return err
			})
			update(t, nodes[0], func(tx *store.Tx) error { return tx.DeleteGroup(p.ID, "g") })
		}
	})
}

// A name belongs to one user, as username or as preferred_username.
func TestRacingForAName(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		for round := range 10 {
			name := fmt.Sprint("name", round)
			errs := race(nodes, 4, func(db *store.DB, i int) error {
				u := user(p, name, nil)
				u.Sub = fmt.Sprint("sub", round, i)
				if i%2 == 1 {
					u = user(p, fmt.Sprint("other", round, i), map[string]string{"preferred_username": name})
				}
				return db.Update(t.Context(), func(tx *store.Tx) error {
					inserted := u.Clone()
					if _, err := tx.User(p, name); !errors.Is(err, fault.UserNotFound) {
						return errors.Join(err, fault.UserAlreadyExists)
					}
					err := tx.InsertUser(p, inserted)
					if errors.Is(err, fault.AliasExists) {
						return fault.UserAlreadyExists
					}
					return err
				})
			})
			if n := succeeded(t, errs, fault.UsernameExists); n != 1 {
				t.Errorf("%d users have the name %s", n, name)
			}
		}
	})
}

func TestRacingPasskeyQuota(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		update(t, nodes[0], func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		const quota = 3
		errs := race(nodes, calls, func(db *store.DB, i int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.UserBySub(p, "sub-ann"); err != nil {
					return err
				}
				have, err := tx.PasskeysOf(p.ID, "ann")
				if err == nil && len(have) >= quota {
					return fault.AttemptLimit
				}
				if err != nil {
					return err
				}
				return tx.InsertPasskey(passkeyOf(p, "ann", fmt.Sprint(i)))
			})
		})
		if n := succeeded(t, errs, fault.AttemptLimit); n != quota {
			t.Errorf("%d passkeys within a quota of %d", n, quota)
		}
	})
}

// Rows of an Update that began before the deletion of a pool are swept too.
func TestSweepRepeatsForADeletedPool(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		for _, step := range []struct {
			after time.Duration
			swept bool
		}{{0, true}, {30 * time.Second, true}, {time.Hour, true}, {time.Hour, false}} {
			clk.Advance(step.after)
			update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
			n, err := db.Sweep(t.Context())
			if err != nil || (n > 0) != step.swept {
				t.Errorf("after %v more, %d rows were swept, %v", step.after, n, err)
			}
		}
	})
}

// A client that is inserted during the deletion of its pool does not remain.
func TestRacingDeletionOfAPool(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		for round := range 10 {
			p := pool(t, nodes[0], fmt.Sprint("us-east-1_", round))
			client := fmt.Sprint("client", round)
			errs := race(nodes, 2, func(db *store.DB, i int) error {
				return db.Configure(t.Context(), p.ID, func(tx *store.Tx) error {
					if _, err := tx.Pool(p.ID); err != nil {
						return err
					}
					if i == 0 {
						return tx.DeletePool(p.ID)
					}
					return tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: client})
				})
			})
			succeeded(t, errs, fault.ResourceNotFound)
			other := pool(t, nodes[0], fmt.Sprint("us-east-1_Other", round))
			update(t, nodes[0],
				func(tx *store.Tx) error { return tx.InsertClient(&userpool.Client{PoolID: other.ID, ID: client}) })
		}
	})
}

// Parallel sign-ups and changes of different users do not conflict.
func TestWritersOfDifferentUsers(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		const writers, rounds = 32, 6
		before := nodes[0].Stats().Retries + nodes[1].Stats().Retries
		errs := race(nodes, writers, func(db *store.DB, i int) error {
			for n := range rounds {
				if err := signUpAndSignIn(t, db, p, fmt.Sprintf("user-%d-%d", i, n)); err != nil {
					return err
				}
			}
			return nil
		})
		succeeded(t, errs, nil)
		retries := nodes[0].Stats().Retries + nodes[1].Stats().Retries - before
		updates := nodes[0].Stats().Updates + nodes[1].Stats().Updates
		t.Logf("%d updates, %d retries", updates, retries)
		if retries*200 > updates {
			t.Errorf("%d of %d updates were retried", retries, updates)
		}
	})
}

// signUpAndSignIn signs a user up, confirms it, changes its address and signs in
// with a device, each in its own Update.
func signUpAndSignIn(t *testing.T, db *store.DB, p *userpool.Pool, name string) error {
	u := user(p, name, verified(name+"@example.com"))
	steps := []func(tx *store.Tx) error{
		func(tx *store.Tx) error {
			inserted := u.Clone()
			if err := tx.InsertUser(p, inserted); err != nil {
				return err
			}
			return tx.PutCredential(p.ID, name,
				&userpool.Credential{Salt: make([]byte, 16), Verifier: make([]byte, 384)})
		},
		func(tx *store.Tx) error {
			found, err := tx.User(p, name)
			if err != nil {
				return err
			}
			changed := found.Clone()
			changed.Status, changed.Attributes["email"] = userpool.Confirmed, "new-"+name+"@example.com"
			return tx.UpdateUser(p, changed)
		},
		func(tx *store.Tx) error {
			if _, err := tx.RecordFailure(p.ID, name); err != nil {
				return err
			}
			return tx.CountAttempt(p.ID, name, userpool.AttemptChangePassword)
		},
		func(tx *store.Tx) error {
			return tx.InsertDevice(&userpool.Device{
				Resource: userpool.Resource{PoolID: p.ID, ID: "device-" + name, Owner: name},
			})
		},
		func(tx *store.Tx) error {
			d, err := tx.Device(p.ID, name, "device-"+name)
			if err != nil {
				return err
			}
			if err := tx.UpdateDevice(d); err != nil {
				return err
			}
			return tx.ClearLockout(p.ID, name)
		},
	}
	for _, step := range steps {
		if err := db.Update(t.Context(), step); err != nil {
			return err
		}
	}
	return nil
}

// Of parallel rotations one retires the keys of a pool.
func TestRacingRotations(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		p := pool(t, nodes[0], "us-east-1_A")
		first := signingPair(p, "first", time.Time{})
		update(t, nodes[0], func(tx *store.Tx) error { return tx.InsertSigningKeys(first) })
		signs := storetest.Start.Add(time.Hour)
		errs := race(nodes, calls, func(db *store.DB, i int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				done, err := rotateKeys(tx, p, fmt.Sprint(i), signs, signs.Add(time.Hour))
				if err == nil && !done {
					err = fault.AttemptLimit
				}
				return err
			})
		})
		won := slices.Index(errs, nil)
		if n := succeeded(t, errs, fault.AttemptLimit); n != 1 {
			t.Fatalf("%d rotations retired the keys, want 1", n)
		}
		want := []string{"id-first", "access-first", fmt.Sprint("id-", won), fmt.Sprint("access-", won)}
		if got := signingKeyIDs(t, nodes[1], p); !slices.Equal(got, want) {
			t.Errorf("keys %v, want %v", got, want)
		}
	})
}

package signin_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// countingWorld returns a world and the counter of its statements.
func countingWorld(t *testing.T) (*world, *storetest.Breaker) {
	t.Helper()
	clk, b, c := clock.Frozen(storetest.Start), &storetest.Breaker{}, storetest.Config(t)
	c.Dir, c.Clock, c.Wrap = ":memory:", clk, b.Wrap
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return newWorld(t, db, clk), b
}

// work is what a step needs of the store.
type work struct{ statements, trips int64 }

func workOf(b *storetest.Breaker, step func()) work {
	n := b.Count(step)
	return work{n, b.Trips()}
}

// If the client hides users, every step takes as many statements and round trips
// for an unknown user as for a known user with a wrong proof. Unsealing a credential is part
// of reading it, see store.Tx.Credential.
func TestUnknownUsersTakeAsManyStatements(t *testing.T) {
	w, b := countingWorld(t)
	w.choose("pek", allowsCustom)
	w.customFunctions().define = func(rounds []trigger.ChallengeResult) string {
		if len(rounds) == 1 {
			return nextPassword
		}
		return failSignIn
	}
	w.passkey()
	unknown := w.decoyUser("PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN")
	for what, prepare := range w.firstSteps() {
		count := func(name string) (n work, err error) {
			w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, name) })
			step := prepare(name)
			n = workOf(b, func() { _, err = step() })
			return n, err
		}
		known, knownErr := count("ann")
		decoy, decoyErr := count(unknown)
		if known.statements == 0 || known != decoy {
			t.Errorf("%s: %+v for a known user, %+v for an unknown one", what, known, decoy)
		}
		if fmt.Sprint(knownErr) != fmt.Sprint(decoyErr) {
			t.Errorf("%s: %v for a known user, %v for an unknown one", what, knownErr, decoyErr)
		}
	}
}

// firstSteps returns steps of sign-ins. Each function prepares a step for a
// user and returns the call to measure.
func (w *world) firstSteps() map[string]func(name string) func() (signin.Outcome, error) {
	return map[string]func(name string) func() (signin.Outcome, error){
		"password": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.byPassword(name, "Wrong-Pa55") }
		},
		"USER_SRP_AUTH": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) {
				return w.start("USER_SRP_AUTH", map[string]string{"USERNAME": name, "SRP_A": "abc"})
			}
		},
		"CUSTOM_AUTH with SRP": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) {
				return w.start("CUSTOM_AUTH",
					map[string]string{"USERNAME": name, "SRP_A": "abc", "CHALLENGE_NAME": "SRP_A"})
			}
		},
		"USER_AUTH with SRP": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "PASSWORD_SRP", "SRP_A", "abc") }
		},
		"USER_AUTH with a password": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "PASSWORD", "PASSWORD", "Wrong-Pa55") }
		},
		"the list": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "") }
		},
		"a passkey": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "WEB_AUTHN") }
		},
		"a mailed code": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "EMAIL_OTP") }
		},
		"the list for a level": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) { return w.begin(name, "", "TARGET_ACR_VALUES", loa("3 2")) }
		},
		"a wrong code for a level": func(name string) func() (signin.Outcome, error) {
			out, err := w.begin(name, "EMAIL_OTP", "TARGET_ACR_VALUES", loa("2"))
			if err != nil {
				w.t.Fatal(err)
			}
			return func() (signin.Outcome, error) {
				return w.answer("EMAIL_OTP", out.Session, map[string]string{"USERNAME": name, "EMAIL_OTP_CODE": "x"})
			}
		},
		"the choice of a password for a level": func(name string) func() (signin.Outcome, error) {
			out, err := w.begin(name, "", "TARGET_ACR_VALUES", loa("1"))
			if err != nil {
				w.t.Fatal(err)
			}
			return func() (signin.Outcome, error) {
				return w.answer("SELECT_CHALLENGE", out.Session,
					map[string]string{"USERNAME": name, "ANSWER": "PASSWORD", "PASSWORD": "Wrong-Pa55"})
			}
		},
		"the choice of a password": func(name string) func() (signin.Outcome, error) {
			list := w.choiceList(name)
			return func() (signin.Outcome, error) {
				return w.answer("SELECT_CHALLENGE", list.Session,
					map[string]string{"USERNAME": name, "ANSWER": "PASSWORD", "PASSWORD": "Wrong-Pa55"})
			}
		},
		"PASSWORD_VERIFIER": func(name string) func() (signin.Outcome, error) {
			return w.wrongProof("USER_SRP_AUTH", name, name)
		},
		"PASSWORD_VERIFIER of CUSTOM_AUTH": func(name string) func() (signin.Outcome, error) {
			return w.wrongProof("CUSTOM_AUTH", name, name)
		},
		"DEVICE_SRP_AUTH without a session": func(name string) func() (signin.Outcome, error) {
			return func() (signin.Outcome, error) {
				return w.answer("DEVICE_SRP_AUTH", "",
					map[string]string{"USERNAME": name, "DEVICE_KEY": "us-east-1_x", "SRP_A": "abc"})
			}
		},
		"PASSWORD_VERIFIER for another name": func(name string) func() (signin.Outcome, error) {
			return w.wrongProof("USER_SRP_AUTH", name, "another-name")
		},
	}
}

// A pool without passkeys reads no passkeys, for known and unknown users.
func TestUnknownUsersGetDecoyChoicesByAsManyStatements(t *testing.T) {
	w, b := countingWorld(t)
	w.choose("pe", func(*userpool.Client) {})
	count := func(name string) work {
		return workOf(b, func() { w.choiceList(name) })
	}
	if known, unknown := count("ann"), count("nob"); known.statements == 0 || known != unknown {
		t.Errorf("%+v for a known user, %+v for an unknown one", known, unknown)
	}
}

// The work outside the store is measured in allocations, since time depends on
// the load of the machine. Reading the row and the credential of a known user
// allocates a little more.
func TestUnknownUsersTakeTheSameWork(t *testing.T) {
	db, clk := storetest.Open(t)
	w := newWorld(t, db, clk)
	w.choose("pek", func(c *userpool.Client) {})
	for what, step := range map[string]func(name string) error{
		"USER_SRP_AUTH": func(name string) error {
			_, err := w.start("USER_SRP_AUTH", map[string]string{"USERNAME": name, "SRP_A": "abc"})
			return err
		},
		"password": func(name string) error {
			_, err := w.byPassword(name, "Wrong-Pa55")
			return err
		},
	} {
		count := func(name string) float64 {
			return testing.AllocsPerRun(1, func() {
				if err := step(name); err != nil && !errors.Is(err, fault.IncorrectUsernameOrPassword) {
					t.Fatal(err)
				}
			})
		}
		// The least of several counts, since other goroutines allocate as well and the
		// race detector empties pools at random: more counts while they differ.
		// No name is locked out, which would take less work.
		known, unknown := math.Inf(1), math.Inf(1)
		differ := func() bool { return math.Abs(known-unknown) > 0.1*known }
		for i := 0; i < 10 || i < 100 && differ(); i++ {
			w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, "ann") })
			known, unknown = min(known, count("ann")), min(unknown, count(fmt.Sprint("nob", i)))
		}
		if differ() {
			t.Errorf("%s: %v allocations for a known user, %v for an unknown one", what, known, unknown)
		}
	}
}

// choiceList returns the SELECT_CHALLENGE of a user.
func (w *world) choiceList(name string) signin.Outcome {
	w.t.Helper()
	out, err := w.begin(name, "")
	if err != nil || out.Challenge != "SELECT_CHALLENGE" {
		w.t.Fatalf("%s: want SELECT_CHALLENGE, got %v, %v", name, out.Challenge, err)
	}
	return out
}

// wrongProof begins an SRP exchange and returns the answer with a wrong
// password and with named as USERNAME.
func (w *world) wrongProof(flow, name, named string) func() (signin.Outcome, error) {
	w.t.Helper()
	x, err := w.beginSRPOf(flow, name, "Wrong-Pa55")
	if err != nil {
		w.t.Fatal(err)
	}
	x.responses["USERNAME"] = named
	return func() (signin.Outcome, error) { return w.answer("PASSWORD_VERIFIER", x.session, x.responses) }
}

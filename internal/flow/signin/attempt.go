package signin

import (
	"context"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// attempt is one call on its way through the engine: beat one fills it, beat
// two judges, beat three (commit) writes what has come together.
type attempt struct {
	pool   *userpool.Pool
	client *userpool.Client
	typed  string // the name as sent
	shown  string // the name that a challenge gave it, a made-up one for an unknown user
	// user is nil for an unknown user whose absence the client hides.
	user *userpool.User
	cred *userpool.Credential
	at   time.Time
	// failures is how many wrong attempts the lock-out holds.
	failures     int
	flow         string // of the flows whose answers need to know it: CUSTOM_AUTH, USER_AUTH
	first        proof
	factorProved bool
	// named is the device as the client says, deviceKey the one that is the
	// user's.
	named     namedDevice
	deviceKey string
	device    device
	page      bool // a sign-in on a page of ours
	eventID   string
	// metadata is for the functions that run from here on.
	metadata map[string]string
	// source is the occasion of the tokens at the end; empty for a plain one.
	source trigger.Source
	// code and setup are what the next Session remembers, or this one did, of
	// a second factor.
	code   *record.SentCode
	setup  *record.FactorSetup
	custom custom // of CUSTOM_AUTH
	// question is the passkey that is asked for.
	question *record.PasskeyQuestion
	// opened is what the Session carried, also what only a newer version knows of
	// it: the next Session keeps that.
	opened []byte
	// counted: the lock-out has counted this call as a failure.
	counted bool
	writes  []func(*store.Tx) error
}

// subject is whom the lock-out counts: the user under its one name, whichever
// alias was typed; an unknown name counts by itself.
func (a *attempt) subject() string {
	if a.user != nil {
		return a.user.Username
	}
	return a.pool.Fold(a.typed)
}

// read is beat one: the user behind a typed name and its credential. An
// unknown user is an error, or, where the client hides users, a nil user.
func (e *Engine) read(ctx context.Context, p *userpool.Pool, c *userpool.Client, typed string) (*attempt, error) {
	a := &attempt{pool: p, client: c, typed: typed}
	err := e.Store.View(ctx, func(tx *store.Tx) (err error) {
		a.at = tx.Now
		a.user, err = tx.User(p, typed)
		if errors.Is(err, fault.UserNotFound) && c.HidesUsers() {
			_, err := tx.Credential(p.ID, a.subject()) // for the time that it takes
			return err
		}
		if err != nil {
			return err
		}
		a.cred, err = tx.Credential(p.ID, a.user.Username)
		return err
	})
	return a, err
}

// reread reads the user that a sign-in began with, and its credential. named is
// the USERNAME of the answer, which may be the name that was typed or any name
// of that user; refusal answers the name of somebody else. An unknown user stays
// one, whoever has signed up since, and takes as many reads.
func (a *attempt) reread(tx *store.Tx, unknown bool, named string, refusal *fault.Fault) error {
	u, err := tx.User(a.pool, a.shown)
	if unknown && errors.Is(err, fault.UserNotFound) {
		u, err = &userpool.User{Username: a.shown}, nil
	}
	if err != nil {
		return err
	}
	cred, err := tx.Credential(a.pool.ID, u.Username)
	if err != nil {
		return err
	}
	if named != a.typed && named != u.Username {
		other, err := tx.User(a.pool, named)
		if err != nil {
			return refusal.InPlaceOf(fault.UserNotFound, err)
		}
		if unknown || other.Username != u.Username {
			return refusal
		}
	}
	if !unknown {
		a.user, a.cred = u, cred
	}
	return nil
}

// begin is beat one of the flows that name a user: the user, who may come from
// the pool's UserMigration function where the flow sends the password, and the
// secret hash; then the pool's PreAuthentication function may refuse. A wrong
// SECRET_HASH is told before an unknown user.
func (e *Engine) begin(ctx context.Context, s *Start) (*attempt, error) {
	typed := s.Params[paramUsername]
	a, err := e.read(ctx, s.Pool, s.Client, typed)
	if err != nil && !errors.Is(err, fault.UserNotFound) {
		return nil, err
	}
	a.page = s.page
	a.hearOfDevice(s.Params, "")
	if err := a.checkSecretHash(s.Params); err != nil {
		return nil, err
	}
	if a.user == nil {
		if a, err = e.migrate(ctx, s, a, err); err != nil {
			return nil, err
		}
		a.page = s.page // a migrated user is read anew
		a.hearOfDevice(s.Params, "")
	}
	return a, e.preAuthentication(ctx, a, s.Metadata)
}

// checkSecretHash checks the hash of a request against the USERNAME of the same
// request, whatever other names the user has.
func (a *attempt) checkSecretHash(params map[string]string) error {
	if a.page {
		return nil
	}
	return account.VerifySecretHash(a.client, params[paramSecretHash], params[paramUsername])
}

// prove is the one place where a password is judged, by whatever proof. It
// owns the order lock-out, proof, disabled, reset required; wrong proofs are
// counted before they are answered. The proof runs even where its result does
// not matter, so that every answer takes the same work. An error of it says that
// nothing has been judged, and nothing is counted.
func (e *Engine) prove(ctx context.Context, a *attempt, proof func() (bool, error)) error {
	unlock, err := e.guard.lock(ctx, a.pool.ID, a.subject())
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := e.unlocked(ctx, a)
	if err != nil {
		return err
	}
	right, err := proof()
	if err != nil {
		return err
	}
	right = right && a.user != nil
	if a.user != nil && !a.user.Enabled {
		return fault.UserIsDisabled
	}
	if a.user != nil && a.user.Status == userpool.ResetRequired {
		return hide(a.client, fault.ResetRequired)
	}
	if !right {
		return e.recordFailure(ctx, a)
	}
	a.first = proofPassword
	a.failures = lock.Failures
	return nil
}

// unlocked returns the lock-out of the attempt's subject, or the refusal of
// whoever is locked out.
func (e *Engine) unlocked(ctx context.Context, a *attempt) (lock userpool.Lockout, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		lock, err = tx.Lockout(a.pool.ID, a.subject())
		return err
	})
	if err == nil && lock.Locked(a.at) {
		err = fault.PasswordAttemptsExceeded
	}
	return lock, err
}

// hide replaces what would tell that a user exists, where the client says so.
func hide(c *userpool.Client, f *fault.Fault) *fault.Fault {
	if c.HidesUsers() {
		return fault.IncorrectUsernameOrPassword.Because(f)
	}
	return f
}

// recordFailure counts a wrong proof and returns the answer to it.
func (e *Engine) recordFailure(ctx context.Context, a *attempt) error {
	err := e.Store.Update(ctx, func(tx *store.Tx) error {
		for _, write := range a.writes {
			if err := write(tx); err != nil {
				return err
			}
		}
		_, err := tx.RecordFailure(a.pool.ID, a.subject())
		return err
	})
	if err != nil {
		return err
	}
	a.counted = true
	return fault.IncorrectUsernameOrPassword
}

// spendOnce adds the use of a single-use thing to beat three; used is the
// answer to whoever comes second.
func (a *attempt) spendOnce(kind string, handle []byte, expires time.Time, used *fault.Fault) {
	a.writes = append(a.writes, func(tx *store.Tx) error {
		first, err := tx.Spend(a.pool.ID, kind, handle, expires)
		if err == nil && !first {
			return used
		}
		return err
	})
}

// commit is beat three. A sign-in that has nothing to write stays a read.
func (e *Engine) commit(ctx context.Context, a *attempt) error {
	if len(a.writes) == 0 {
		return nil
	}
	return e.Store.Update(ctx, func(tx *store.Tx) error {
		for _, write := range a.writes {
			if err := write(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

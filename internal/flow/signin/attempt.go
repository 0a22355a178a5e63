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

// attempt is the state of one call through the engine. The read beat fills it,
// the external work verifies what the client sent, and the write beat (commit)
// runs writes.
type attempt struct {
	pool   *userpool.Pool
	client *userpool.Client
	typed  string // the username as sent
	// srpName is the username that a challenge returned, see Engine.srpName.
	srpName string
	// user is nil for an unknown user whose absence the client hides.
	user *userpool.User
	cred *userpool.Credential
	// at is the time of the read beat.
	at time.Time
	// failures is the number of failures in the lock-out, which finish clears.
	failures int
	// flow is CUSTOM_AUTH, USER_AUTH or empty: only these change later steps.
	flow           string
	first          proof
	factorVerified bool
	assurance
	// named is the DEVICE_KEY that the client sent, deviceKey the key of a device
	// that was found for the user.
	named     namedDevice
	deviceKey string
	device    device
	page      bool // a sign-in on a page of this server, see StartPage
	// browser is the state of remembered devices on a page.
	browser pageDevices
	eventID string
	// metadata is the ClientMetadata for the functions that run from now on.
	metadata map[string]string
	// source is the trigger source of the token generation; empty is the default.
	source trigger.Source
	// code and setup are the state of a second factor, carried from Session to
	// Session.
	code   *record.SentCode
	setup  *record.FactorSetup
	custom custom // of CUSTOM_AUTH
	// passkey is the passkey request that the client has to answer.
	passkey *record.PasskeyChallenge
	// opened is the payload of the Session. The next Session keeps the members
	// that are unknown to this version.
	opened []byte
	// counted reports whether the lock-out has counted this call as a failure.
	counted bool
	// writes run in the write beat.
	writes []func(*store.Tx) error
}

// subject is the name under which the lock-out counts: the username of the
// user, whichever alias was sent, or the folded name of an unknown user.
func (a *attempt) subject() string {
	if a.user != nil {
		return a.user.Username
	}
	return a.pool.Fold(a.typed)
}

// read is the read beat: it reads the user with the typed name, and its
// credential. An unknown user is an error, or a nil user if the client hides
// users.
func (e *Engine) read(ctx context.Context, p *userpool.Pool, c *userpool.Client, typed string) (*attempt, error) {
	a := &attempt{pool: p, client: c, typed: typed}
	err := e.Store.View(ctx, func(tx *store.Tx) (err error) {
		a.at = tx.Now
		a.user, err = tx.User(p, typed)
		if errors.Is(err, fault.UserNotFound) && c.HidesUsers() {
			_, err := tx.Credential(p.ID, a.subject()) // takes as long as for a known user
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
// the USERNAME of the answer: the name that was typed or any name of that user.
// If it is the name of another user, reread returns refusal. A user that was
// unknown at the start stays unknown, even if that name has signed up since,
// and takes as many reads.
func (a *attempt) reread(tx *store.Tx, unknown bool, named string, refusal *fault.Fault) error {
	u, err := tx.User(a.pool, a.srpName)
	if unknown && errors.Is(err, fault.UserNotFound) {
		u, err = &userpool.User{Username: a.srpName}, nil
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
			return refusal.ReplacingKind(fault.UserNotFound, err)
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

// begin is the read beat of the flows that name a user. The user may come from
// the pool's UserMigration function if the flow sends the password. Then the
// PreAuthentication function runs, which may refuse. A wrong SECRET_HASH is
// reported before an unknown user.
func (e *Engine) begin(ctx context.Context, s *Start) (*attempt, error) {
	typed := s.Params[paramUsername]
	a, err := e.read(ctx, s.Pool, s.Client, typed)
	if err != nil && !errors.Is(err, fault.UserNotFound) {
		return nil, err
	}
	a.page, a.browser.held = s.page, s.Devices
	a.noteDeviceKey(s.Params, "")
	if err := a.checkSecretHash(s.Params); err != nil {
		return nil, err
	}
	if a.user == nil {
		if a, err = e.migrate(ctx, s, a, err); err != nil {
			return nil, err
		}
		a.page, a.browser.held = s.page, s.Devices // a is new after a migration
		a.noteDeviceKey(s.Params, "")
	}
	return a, e.preAuthentication(ctx, a, s.Metadata)
}

// checkSecretHash verifies SECRET_HASH against the USERNAME of the same
// request, whatever other names the user has.
func (a *attempt) checkSecretHash(params map[string]string) error {
	if a.page {
		return nil
	}
	return account.VerifySecretHash(a.client, params[paramSecretHash], params[paramUsername])
}

// requireProof is the only place where passwords, passkeys and devices are
// verified. The order is: lock-out, proof, disabled, reset required. A failure
// is counted before the call returns. The proof runs even if its result does
// not matter, so that every call takes the same work. If proof returns an
// error, nothing was verified and nothing is counted.
func (e *Engine) requireProof(ctx context.Context, a *attempt, proof func() (bool, error)) error {
	unlock, err := e.guard.lock(ctx, a.pool.ID, a.subject())
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := e.requireUnlocked(ctx, a)
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

// requireUnlocked returns the lock-out of the attempt's subject, and
// fault.PasswordAttemptsExceeded if the subject is locked.
func (e *Engine) requireUnlocked(ctx context.Context, a *attempt) (lock userpool.Lockout, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		lock, err = tx.Lockout(a.pool.ID, a.subject())
		return err
	})
	if err == nil && lock.Locked(a.at) {
		err = fault.PasswordAttemptsExceeded
	}
	return lock, err
}

// hide replaces a fault that would reveal that a user exists, if the client
// hides users.
func hide(c *userpool.Client, f *fault.Fault) *fault.Fault {
	if c.HidesUsers() {
		return fault.IncorrectUsernameOrPassword.WithCause(f)
	}
	return f
}

// recordFailure counts a failure and returns fault.IncorrectUsernameOrPassword,
// or the error of the store.
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

// spendOnce adds a write that consumes a single-use token. It returns used if
// the token was consumed before.
func (a *attempt) spendOnce(kind string, handle []byte, expires time.Time, used *fault.Fault) {
	a.writes = append(a.writes, func(tx *store.Tx) error {
		first, err := tx.Spend(a.pool.ID, kind, handle, expires)
		if err == nil && !first {
			return used
		}
		return err
	})
}

// commit is the write beat. Without writes there is no transaction.
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

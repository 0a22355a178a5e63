package account

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config configures a Flow.
type Config struct {
	Store   *store.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Log     *slog.Logger
	// FixedCode, in dev mode, replaces every delivered code.
	FixedCode string
	// CanDeliver returns an error if the server cannot send messages of a pool
	// by a medium. If nil, it can send by all.
	CanDeliver func(p *userpool.Pool, m userpool.Medium) error
	// RecoveryCodes lets users with a second factor create recovery codes, to
	// use when they have lost it.
	RecoveryCodes bool
	// Addresses are those of the server: confirmation links lead there, and the
	// domains of pools are relying parties. If nil, links have no host, and prefix
	// domains no host name.
	Addresses *address.Addresses
	// Triggers runs the Lambda triggers of pools. If nil, flows that would run
	// one return an error.
	Triggers *trigger.Runner
}

// Flow runs the account flows.
type Flow struct {
	Config
	codes         seal.Key
	decoySubjects seal.Key
	decoys        srp.Decoys
	masks         []byte
	// deviceGroups derives the device group keys of pools.
	deviceGroups seal.Key
}

// New returns a Flow.
func New(c Config) *Flow {
	if c.Addresses == nil {
		c.Addresses = &address.Addresses{}
	}
	root := c.Store.Root()
	return &Flow{
		Config:        c,
		codes:         root.Derive("code"),
		decoySubjects: root.Derive("decoy-subject"),
		decoys:        srp.NewDecoys(root.Derive("decoy").MAC("srp")),
		masks:         root.Derive("decoy").MAC("delivery"),

		deviceGroups: root.Derive("device-group"),
	}
}

// Request names the client and the user of an operation without an access
// token.
type Request struct {
	ClientID, SecretHash, Username string
	// Trusted is set for requests from this server's own pages, which send no
	// secret hash.
	Trusted bool
	// ClientMetadata is passed to the triggers of the pool.
	ClientMetadata map[string]string
}

func (r Request) verifySecretHash(c *userpool.Client) error {
	if r.Trusted {
		return nil
	}
	return VerifySecretHash(c, r.SecretHash, r.Username)
}

// resolved is the pool, client and user of a request.
type resolved struct {
	pool   *userpool.Pool
	client *userpool.Client
	typed  string
	// user is nil if no user has the name, or if the client must not learn that
	// one has.
	user *userpool.User
	// subject is the key of codes and counters: the username, or for a decoy a
	// keyed hash of the typed name.
	subject string
	// metadata is passed to the triggers of the pool.
	metadata map[string]string
}

// client reads the client of a request and its pool.
func (f *Flow) client(tx *store.Tx, r Request) (*userpool.Pool, *userpool.Client, error) {
	c, err := tx.ClientByID(r.ClientID)
	if err != nil {
		return nil, nil, err
	}
	p, err := tx.Pool(c.PoolID)
	return p, c, err
}

// resolve reads the client, pool and user of a request, and verifies the secret
// hash.
func (f *Flow) resolve(tx *store.Tx, r Request) (*resolved, error) {
	p, c, err := f.client(tx, r)
	if err != nil {
		return nil, err
	}
	if err := r.verifySecretHash(c); err != nil {
		return nil, err
	}
	m := &resolved{pool: p, client: c, typed: r.Username, metadata: r.ClientMetadata}
	m.user, err = tx.User(p, r.Username)
	switch {
	case errors.Is(err, fault.UserNotFound):
		m.user = nil
	case err != nil:
		return nil, err
	default:
		m.subject = m.user.Username
	}
	if m.user == nil {
		return m, f.hideUser(m, fault.UsernameClientIDNotFound)
	}
	return m, nil
}

// hideUser handles an error that would reveal something about the user. It
// returns the error, or, if the client hides users, replaces the user by a
// decoy and returns nil, so that the flow continues.
func (f *Flow) hideUser(m *resolved, refusal error) error {
	if fault.Of(refusal) == nil || !m.client.HidesUsers() {
		return refusal
	}
	m.user = nil
	m.subject = decoyPrefix + hex.EncodeToString(f.decoySubjects.MAC(m.pool.ID, m.pool.Fold(m.typed)))
	return nil
}

// decoyPrefix separates the subjects of decoys from usernames, which contain no
// space.
const decoyPrefix = "decoy "

// errStale is returned if the user changed between the read and the write of a
// flow.
var errStale = errors.New("the user changed between read and write")

const maxRuns = 4

// retryStale runs a flow up to maxRuns times, while it returns errStale.
func retryStale(flow func() error) error {
	for range maxRuns {
		if err := flow(); !errors.Is(err, errStale) {
			return err
		}
	}
	return fault.TooManyRequestsRate.WithCause(errStale)
}

// rereadUnchanged reads a user again in the write of a flow. It returns
// errStale if the user has changed since u was read.
func rereadUnchanged(tx *store.Tx, p *userpool.Pool, u *userpool.User) (*userpool.User, error) {
	now, err := tx.UserBySub(p, u.Sub)
	if err != nil {
		return nil, err
	}
	if now.Version != u.Version {
		return nil, errStale
	}
	return now, nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

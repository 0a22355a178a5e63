package account

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config is what a Flow is made of.
type Config struct {
	Store   *store.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Log     *slog.Logger
	// FixedCode, in dev mode, replaces every delivered code.
	FixedCode string
	// CanDeliver refuses messages of a pool by a medium that has no sender. Nil
	// refuses none.
	CanDeliver func(p *userpool.Pool, m userpool.Medium) error
	// RecoveryCodes: users with a second factor may get codes for when they
	// have lost it.
	RecoveryCodes bool
	// PublicURL is where clients reach the server: there confirmation links
	// lead, and the relying parties of prefix domains stand below its host.
	PublicURL string
	// Triggers runs the functions of pools; nil runs none, and flows of pools
	// that have one are refused.
	Triggers *trigger.Runner
}

// Flow runs the account flows.
type Flow struct {
	Config
	codes         seal.Key
	decoySubjects seal.Key
	decoys        srp.Decoys
	masks         []byte
	// deviceGroups makes the group keys of pools' devices.
	deviceGroups seal.Key
}

// New returns a Flow.
func New(c Config) *Flow {
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

// Request is what every unauthenticated operation names: a client and a user.
type Request struct {
	ClientID, SecretHash, Username string
	// Trusted requests come from this server's own pages, which need no
	// secret hash.
	Trusted bool
	// ClientMetadata is for the functions of the pool.
	ClientMetadata map[string]string
}

func (r Request) verifySecretHash(c *userpool.Client) error {
	if r.Trusted {
		return nil
	}
	return VerifySecretHash(c, r.SecretHash, r.Username)
}

// resolved is who a request is about.
type resolved struct {
	pool   *userpool.Pool
	client *userpool.Client
	typed  string
	// user is nil when nobody has the name, or when the client must not learn
	// that somebody has.
	user *userpool.User
	// subject is the key of codes and counters: the username, or for a decoy a
	// keyed hash of the typed name.
	subject string
	// metadata is for the functions of the pool.
	metadata map[string]string
}

// client is the start of every unauthenticated operation.
func (f *Flow) client(tx *store.Tx, r Request) (*userpool.Pool, *userpool.Client, error) {
	c, err := tx.ClientByID(r.ClientID)
	if err != nil {
		return nil, nil, err
	}
	p, err := tx.Pool(c.PoolID)
	return p, c, err
}

// resolve checks the client's secret hash and finds the client, pool and user
// of an unauthenticated operation.
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

// hideUser handles a refusal that would reveal something about the user. It
// returns the refusal, or, where the client hides users, replaces the user by a
// decoy and returns nil, so that the flow goes on.
func (f *Flow) hideUser(m *resolved, refusal error) error {
	if fault.Of(refusal) == nil || !m.client.HidesUsers() {
		return refusal
	}
	m.user = nil
	m.subject = decoyPrefix + hex.EncodeToString(f.decoySubjects.MAC(m.pool.ID, m.pool.Fold(m.typed)))
	return nil
}

// decoyPrefix keeps the subjects of decoys apart from usernames, which have no
// space.
const decoyPrefix = "decoy "

// errStale is returned where the user changed between a flow's first and last
// beat.
var errStale = errors.New("the user changed meanwhile")

const maxRuns = 4

// retryStale runs a flow again, up to maxRuns times in all, while it returns
// errStale.
func retryStale(flow func() error) error {
	for range maxRuns {
		if err := flow(); !errors.Is(err, errStale) {
			return err
		}
	}
	return fault.TooManyRequestsRate.Because(errStale)
}

// rereadUnchanged reads a user again in the last beat. It returns errStale if
// the user has changed since u was read.
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

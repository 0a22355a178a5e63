package signin

import (
	"context"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Proof is a completed sign-in on a page: the user, and when its state was
// read. Tokens are issued later, for an authorization code.
type Proof struct {
	User    *userpool.User
	At      time.Time
	EventID string
	// Credential is that of the user, nil for one without a password.
	Credential *userpool.Credential
	// Provider is the identity provider that authenticated the user. Empty means
	// the user pool itself (userpool.LocalProvider).
	Provider string
	// Methods are the authentication methods that the user has completed.
	Methods []userpool.Method
	// DeviceKey is the key of the browser, if it is a remembered device. Device is set
	// if it has become one by this sign-in.
	DeviceKey string
	Device    *PageDevice
}

// StartPage begins a sign-in on a page of this server: by choice if the client
// allows USER_AUTH, then with USERNAME and its other parameters, else with
// USERNAME and PASSWORD. Pages need no secret hash, because the form is the
// server's own. In an Outcome of the first factor Available has every choice. The
// last Outcome has Proof instead of Tokens. Source: guide page
// authentication-flows-selection-managedlogin.
func (e *Engine) StartPage(ctx context.Context, s Start) (Outcome, error) {
	s.page = true
	if PageByChoice(s.Client) {
		if err := need(s.Params, paramUsername); err != nil {
			return Outcome{}, err
		}
		return e.startUserAuth(ctx, &s)
	}
	if err := need(s.Params, paramUsername, paramPassword); err != nil {
		return Outcome{}, err
	}
	return e.startPassword(ctx, &s)
}

// PageByChoice reports whether a sign-in on a page begins with the name alone.
func PageByChoice(c *userpool.Client) bool { return c.Allows(flowUserAuth) }

// Migrates reports whether a sign-in with a password may migrate a user that the
// pool does not know.
func Migrates(p *userpool.Pool) bool {
	return trigger.Configured(p, trigger.UserMigrationAuthentication)
}

// AnswerPage is Answer for a sign-in on a page.
func (e *Engine) AnswerPage(ctx context.Context, a Answer) (Outcome, error) {
	a.page = true
	return e.Answer(ctx, a)
}

// PageStepUp is a sign-in on a page by the user of a session. The user has
// completed Methods, the password among them, and is to reach one of Targets.
type PageStepUp struct {
	Pool    *userpool.Pool
	Client  *userpool.Client
	User    *userpool.User
	Methods []userpool.Method
	Targets []userpool.Level
}

// StepUpPage asks for the second factor that leads to the target. It sends no
// code and runs no function, since a link on another site can open the page: the
// user selects a factor first, and BeginStepUp precedes the first response. It
// returns LevelNotReachable if the user has no such factor.
func (e *Engine) StepUpPage(ctx context.Context, s PageStepUp) (Outcome, error) {
	a := &attempt{
		pool: s.Pool, client: s.Client, typed: s.User.Username, user: s.User, page: true, first: proofPassword,
	}
	a.methods, a.factorVerified = s.Methods, len(s.Methods) > 1
	err := e.Store.View(ctx, func(tx *store.Tx) (err error) {
		a.at = tx.Now
		a.cred, err = tx.Credential(s.Pool.ID, s.User.Username)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	ways := userpool.WaysOf(nil, s.Pool.StepUpFactors(s.User))
	a.target = userpool.TargetOf(s.Targets, ways, a.methods)
	if a.target == 0 || next(a.situation()) != stepSecondFactor {
		return Outcome{}, LevelNotReachable
	}
	factors := a.secondFactor().Factors
	if slices.Equal(factors, []userpool.Factor{userpool.SoftwareTokenMFA}) {
		return e.promptOne(ctx, a, factors[0])
	}
	return e.promptList(ctx, a, challengeSelect, paramChoose, factors)
}

// BeginStepUp calls the PreAuthentication function for a step-up on a page.
func (e *Engine) BeginStepUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *userpool.User) error {
	return e.preAuthentication(ctx, &attempt{pool: p, client: c, typed: u.Username, user: u}, nil)
}

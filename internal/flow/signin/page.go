package signin

import (
	"context"
	"time"

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
}

// StartPage begins a sign-in with USERNAME and PASSWORD on a page of this
// server. Pages need neither an explicit auth flow nor a secret hash, because
// the form is the server's own. The last Outcome has Proof instead of Tokens.
func (e *Engine) StartPage(ctx context.Context, s Start) (Outcome, error) {
	if err := need(s.Params, paramUsername, paramPassword); err != nil {
		return Outcome{}, err
	}
	s.page = true
	return e.startPassword(ctx, &s)
}

// AnswerPage is Answer for a sign-in on a page.
func (e *Engine) AnswerPage(ctx context.Context, a Answer) (Outcome, error) {
	a.page = true
	return e.Answer(ctx, a)
}

package signin

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Proof is a finished sign-in on a page: who it was, and when the user's state
// was read. Tokens come later, by an authorization code.
type Proof struct {
	User    *userpool.User
	At      time.Time
	EventID string
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself (userpool.LocalProvider).
	Provider string
}

// StartPage begins a sign-in by USERNAME and PASSWORD on a page of ours. Pages
// need neither an explicit auth flow nor a secret hash of the client: the form
// is the server's own. Its last Outcome has Proved in place of Tokens.
func (e *Engine) StartPage(ctx context.Context, s Start) (Outcome, error) {
	if err := need(s.Params, paramUsername, paramPassword); err != nil {
		return Outcome{}, err
	}
	s.page = true
	return e.startPassword(ctx, &s)
}

// AnswerPage takes a sign-in on a page one challenge further.
func (e *Engine) AnswerPage(ctx context.Context, a Answer) (Outcome, error) {
	a.page = true
	return e.Answer(ctx, a)
}

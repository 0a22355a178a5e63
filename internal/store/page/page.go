package page

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// lifetime is how long a token is valid. Source: guide page
// how-to-manage-user-accounts.
const lifetime = time.Hour

// Sealer seals and opens pagination tokens.
type Sealer struct {
	Tokens  seal.Tokens
	Clock   clock.Clock
	Entropy entropy.Source
}

// Scope is the request that a token is valid for.
type Scope struct {
	// Operation, Pool and Caller (the account) are those of the request.
	Operation, Pool, Caller string
	// Query is everything else that the page depends on, such as the filter.
	Query string
}

func (s Scope) token() seal.Token {
	return seal.Token{Type: "page " + s.Operation, Pool: s.Pool, Client: s.Caller + "\x00" + s.Query}
}

// Seal returns a token for the page after cursor.
func (s Sealer) Seal(scope Scope, cursor string) (string, error) {
	t := scope.token()
	t.Expires, t.Payload = s.Clock.Now().Add(lifetime), []byte(cursor)
	return s.Tokens.SealToken(s.Entropy, t)
}

// Open returns the cursor of a token. A token that is invalid, expired or of
// another scope is fault.PaginationToken.
func (s Sealer) Open(ctx context.Context, scope Scope, token string) (string, error) {
	t, err := s.Tokens.OpenToken(ctx, token, scope.token(), s.Clock.Now())
	if seal.Refused(err) {
		return "", fault.PaginationToken.WithCause(err)
	}
	return string(t.Payload), err
}

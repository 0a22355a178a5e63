package token

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// Stock keeps RSA keys ready, since making one takes a tenth of a second and
// a pool's first sign-in should not wait for two.
type Stock struct {
	ready chan *jose.SigningKey
	rand  entropy.Source
}

// NewStock returns an empty stock that holds up to size keys once Run fills it.
func NewStock(rand entropy.Source, size int) *Stock {
	return &Stock{ready: make(chan *jose.SigningKey, size), rand: rand}
}

// Run keeps the stock full until ctx ends.
func (s *Stock) Run(ctx context.Context) error {
	for {
		key, err := jose.GenerateSigningKey(s.rand)
		if err != nil {
			return err
		}
		select {
		case s.ready <- key:
		case <-ctx.Done():
			return nil
		}
	}
}

// Ready is how many keys wait.
func (s *Stock) Ready() int { return len(s.ready) }

// Take returns a key that nobody else gets, making one when the stock is empty.
func (s *Stock) Take() (*jose.SigningKey, error) {
	select {
	case key := <-s.ready:
		return key, nil
	default:
		return jose.GenerateSigningKey(s.rand)
	}
}

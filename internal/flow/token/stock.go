package token

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Stock holds RSA keys made in advance. Making one takes a tenth of a second,
// and a pool's first sign-in needs two.
type Stock struct {
	ready chan *jose.SigningKey
	rand  entropy.Source
}

// NewStock returns an empty stock. Run fills it with up to size keys.
func NewStock(rand entropy.Source, size int) *Stock {
	return &Stock{ready: make(chan *jose.SigningKey, size), rand: rand}
}

// StockOf returns a stock of keys that exist. It makes new ones when it is empty.
func StockOf(rand entropy.Source, keys ...*jose.SigningKey) *Stock {
	s := NewStock(rand, len(keys))
	for _, key := range keys {
		s.ready <- key
	}
	return s
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

// Ready returns the number of keys in the stock.
func (s *Stock) Ready() int { return len(s.ready) }

// Take removes a key from the stock and returns it; if the stock is empty, it
// makes one.
func (s *Stock) Take() (*jose.SigningKey, error) {
	select {
	case key := <-s.ready:
		return key, nil
	default:
		return jose.GenerateSigningKey(s.rand)
	}
}

// pair takes one key for each use from the stock.
func (s *Stock) pair(poolID string) (pair []userpool.SigningKey, err error) {
	for _, use := range userpool.KeyUses {
		key, err := s.Take()
		if err != nil {
			return nil, err
		}
		pkcs8, err := key.PKCS8()
		if err != nil {
			return nil, err
		}
		pair = append(pair, userpool.SigningKey{PoolID: poolID, Use: use, KeyID: key.KeyID(), PKCS8: pkcs8})
	}
	return pair, nil
}

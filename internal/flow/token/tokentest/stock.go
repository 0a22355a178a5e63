// Package tokentest has signing keys for tests.
package tokentest

import (
	_ "embed"
	"encoding/pem"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
)

// keysPEM has RSA keys made by openssl genpkey. Their type is TESTING KEY, so that
// nobody takes them for secrets.
//
//go:embed testdata/keys.pem
var keysPEM []byte

var keys = sync.OnceValue(func() (all []*jose.SigningKey) {
	for block, rest := pem.Decode(keysPEM); block != nil; block, rest = pem.Decode(rest) {
		key, err := jose.ParseSigningKey(block.Bytes)
		if err != nil {
			panic(err)
		}
		all = append(all, key)
	}
	return all
})

// Stock returns a stock that begins with eight fixed keys: generating one takes
// more than a second with the race detector. Two stocks of one pool would give it
// the same keys.
func Stock() *token.Stock { return token.StockOf(entropy.System(), keys()...) }

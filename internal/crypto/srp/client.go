package srp

import (
	"io"
	"math/big"
)

// Client is the client's side of an exchange, for tests and load generators.
type Client struct{ secret, public *big.Int }

// NewClient returns a client with a random secret.
func NewClient(rand io.Reader) (*Client, error) {
	secret := make([]byte, exponentBytes)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return nil, err
	}
	a := new(big.Int).SetBytes(secret)
	return &Client{secret: a, public: new(big.Int).Exp(generator, a, prime)}, nil
}

// PublicHex returns SRP_A.
func (c *Client) PublicHex() string { return c.public.Text(16) }

// Sign returns PASSWORD_CLAIM_SIGNATURE for a claim and a password. saltHex
// and publicHex are SALT and SRP_B as the server sent them.
func (c *Client) Sign(claim Claim, password, saltHex, publicHex string) []byte {
	salt, _ := new(big.Int).SetString(saltHex, 16)
	b, _ := new(big.Int).SetString(publicHex, 16)
	if salt == nil || b == nil {
		return nil
	}
	u := scramble(c.public, b)
	x := privateKey(salt.Bytes(), claim.Pool, claim.User, password)
	base := new(big.Int).Mul(multiplier, new(big.Int).Exp(generator, x, prime))
	base.Sub(b, base).Mod(base, prime)
	exponent := new(big.Int).Mul(u, x)
	exponent.Add(exponent, c.secret)
	return signature(sessionKey(u, new(big.Int).Exp(base, exponent, prime)), claim)
}

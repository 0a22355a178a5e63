package srp

import "math/big"

// MultipleOfPrime is k·N in hexadecimal: the values of A that a server must
// refuse, for tests of those that use this package.
func MultipleOfPrime(k int) string {
	return new(big.Int).Mul(prime, big.NewInt(int64(k))).Text(16)
}

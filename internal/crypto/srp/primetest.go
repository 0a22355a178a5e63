package srp

import "math/big"

// MultipleOfPrime returns k·N in hexadecimal. A server must refuse such an A;
// the tests of packages that use this one send it.
func MultipleOfPrime(k int) string {
	return new(big.Int).Mul(prime, big.NewInt(int64(k))).Text(16)
}

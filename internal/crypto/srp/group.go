package srp

import (
	"math/big"
	"slices"
	"sync"
)

// primeHex is N of RFC 3526 group 15: 3072 bits.
const primeHex = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

const (
	primeBytes    = 384
	exponentBytes = 32 // 256 bits match the strength of the group
)

// The group and k = SHA256(PAD(N) ‖ 0x02), which RFC 5054 calls the multiplier.
var (
	prime, _      = new(big.Int).SetString(primeHex, 16)
	generator     = big.NewInt(2)
	multiplier, _ = new(big.Int).SetString("538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6", 16)
)

// powers is a fixed-base table: powers()[i][d] = g^(d·2^(8i)) mod N. With it
// g^x for a 256-bit x is 32 multiplications instead of 256 squarings. It takes
// 3 MiB and is computed at first use.
var powers = sync.OnceValue(func() *[exponentBytes][256]*big.Int {
	var table [exponentBytes][256]*big.Int
	base := new(big.Int).Set(generator)
	for i := range table {
		table[i][0] = big.NewInt(1)
		for d := 1; d < 256; d++ {
			table[i][d] = trim(mulMod(table[i][d-1], base))
		}
		base = mulMod(table[i][255], base)
	}
	return &table
})

// trim returns n without spare capacity. The remainder of a division keeps the
// capacity of the product, which is twice its length.
func trim(n *big.Int) *big.Int { return new(big.Int).SetBits(slices.Clone(n.Bits())) }

func mulMod(a, b *big.Int) *big.Int {
	p := new(big.Int).Mul(a, b)
	return p.Mod(p, prime)
}

// powG returns g^x mod N for x below 2^256.
func powG(x *big.Int) *big.Int {
	var digits [exponentBytes]byte
	x.FillBytes(digits[:])
	table := powers()
	acc := table[0][digits[exponentBytes-1]]
	for i := 1; i < exponentBytes; i++ {
		acc = mulMod(acc, table[i][digits[exponentBytes-1-i]])
	}
	return acc
}

// pad returns the big-endian form that the clients hash: the bytes of a signed
// number, with a leading zero byte if the top bit is set. It is not padded to
// the length of N.
func pad(n *big.Int) []byte { return padBytes(n.Bytes()) }

func padBytes(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return []byte{0}
	}
	if b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

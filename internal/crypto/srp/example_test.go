package srp_test

import (
	"crypto/rand"
	"fmt"
	"log"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
)

// A sign-in: the client sends A and a name, the server returns the salt, B and
// a secret block, and the client proves the password with a signature.
func Example() {
	const pool, user, password = "Example", "ann", "Correct-Passw0rd"   // of pool us-east-1_Example
	verifier, err := srp.NewVerifier(rand.Reader, pool, user, password) // at sign-up
	if err != nil {
		log.Fatal(err)
	}

	client, err := srp.NewClient(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	a, err := srp.ParsePublic(client.PublicHex()) // SRP_A
	if err != nil {
		log.Fatal(err)
	}
	server, err := srp.NewEphemeral(rand.Reader, verifier)
	if err != nil {
		log.Fatal(err)
	}

	claim := srp.Claim{Pool: pool, User: user, SecretBlock: []byte("block"), Timestamp: "Fri May 1 12:00:00 UTC 2026"}
	for _, typed := range []string{"Wrong-Passw0rd", password} {
		claim.Signature = client.Sign(claim, typed, verifier.SaltHex(), server.PublicHex())
		fmt.Println(server.Verify(verifier, a, claim))
	}
	// Output:
	// false
	// true
}

// A plain password is checked without an exchange.
func ExampleVerifier_CheckPassword() {
	v, err := srp.NewVerifier(rand.Reader, "Example", "ann", "Correct-Passw0rd")
	if err != nil {
		log.Fatal(err)
	}
	right := v.CheckPassword("Example", "ann", "Correct-Passw0rd")
	wrong := v.CheckPassword("Example", "ann", "Wrong-Passw0rd")
	fmt.Println(right, wrong)
	// Output: true false
}

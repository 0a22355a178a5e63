package jose_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

func Example() {
	key, err := jose.GenerateSigningKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	token, err := key.Sign([]byte(`{"iss":"https://id.example.com/us-east-1_Example","sub":"ann"}`))
	if err != nil {
		log.Fatal(err)
	}

	issuer, keyID, err := jose.Peek(token) // to choose the keys; nothing is verified
	fmt.Println(issuer, keyID == key.KeyID(), err)

	claims, err := jose.Verify(token, func(id string) *rsa.PublicKey {
		if id == key.KeyID() {
			return key.Public()
		}
		return nil
	})
	fmt.Println(string(claims), err)
	// Output:
	// https://id.example.com/us-east-1_Example true <nil>
	// {"iss":"https://id.example.com/us-east-1_Example","sub":"ann"} <nil>
}

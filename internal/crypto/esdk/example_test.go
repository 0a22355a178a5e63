package esdk_test

import (
	"crypto/rand"
	"fmt"
	"log"
	"maps"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
)

// The data key is wrapped for the context of the message, which is then sealed
// with it.
func Example() {
	m, err := esdk.New(rand.Reader, map[string]string{"userpool-id": "us-east-1_Example"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(m.Context())))

	// The key and its wrapped form are the response of GenerateDataKey of AWS KMS.
	key := esdk.DataKey{
		KeyARN:    "arn:aws:kms:us-east-1:111122223333:key/a6c4f8e2-0c45-47db-925f-87854bc9e357",
		Plaintext: make([]byte, 32),
		Wrapped:   []byte("the wrapped key"),
	}
	message, err := m.Seal(rand.Reader, key, []byte("483920"))
	if err != nil {
		log.Fatal(err)
	}
	// Version 1, customer authenticated encrypted data, suite 0378.
	fmt.Printf("% x\n", message[:4])
	// Output:
	// [aws-crypto-public-key userpool-id]
	// 01 80 03 78
}

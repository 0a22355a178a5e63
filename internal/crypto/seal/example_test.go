package seal_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
)

// A column value opens only in the row that it was sealed for.
func Example() {
	root, _, err := seal.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	key := root.Derive("columns")
	sealed, err := key.Seal(rand.Reader, seal.Bind("us-east-1_Example", "client", "row 1", "secret"), []byte("hunter2"))
	if err != nil {
		log.Fatal(err)
	}

	plaintext, err := key.Open(seal.Bind("us-east-1_Example", "client", "row 1", "secret"), sealed)
	fmt.Println(string(plaintext), err)
	_, err = key.Open(seal.Bind("us-east-1_Example", "client", "row 2", "secret"), sealed)
	fmt.Println(err)
	fmt.Println(key)
	// Output:
	// hunter2 <nil>
	// seal: cannot be opened
	// [redacted]
}

// A token is valid for one type, pool and client, until it expires.
func ExampleTokens() {
	key, err := seal.NewKey(make([]byte, seal.KeySize)) // use random bytes
	if err != nil {
		log.Fatal(err)
	}
	tokens := seal.NewTokens(seal.Roots{{Key: key}}, "sessions")
	ctx, noon := context.Background(), time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	text, err := tokens.SealToken(rand.Reader, seal.Token{
		Type: "session", Pool: "us-east-1_Example", Client: "web", User: "ann",
		Expires: noon.Add(3 * time.Minute), Payload: []byte("state"),
	})
	if err != nil {
		log.Fatal(err)
	}

	want := seal.Token{Type: "session", Pool: "us-east-1_Example", Client: "web"}
	token, err := tokens.OpenToken(ctx, text, want, noon)
	fmt.Println(token.User, string(token.Payload), err)
	_, err = tokens.OpenToken(ctx, text, want, noon.Add(time.Hour))
	fmt.Println(err)
	// Output:
	// ann state <nil>
	// seal: the token has expired
}

package lifeguard_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/lifeguard-auth/lifeguard"
)

// A program starts a server, requests the key set of the demonstration pool,
// and stops.
func Example() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, address := context.Background(), listener.Addr().String()
	srv, err := lifeguard.Open(ctx, lifeguard.Config{
		Mode: lifeguard.Dev, Data: ":memory:", Listen: address, PublicURL: "http://" + address, Seed: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	web := &http.Server{Handler: srv.Handler()}
	go web.Serve(listener)

	answer, err := http.Get("http://" + address + "/us-east-1_Lifeguard/.well-known/jwks.json")
	if err != nil {
		log.Fatal(err)
	}
	answer.Body.Close()
	fmt.Println(answer.Status)

	// First the requests end, then the store is closed.
	fmt.Println(web.Shutdown(ctx), srv.Close())
	// Output:
	// 200 OK
	// <nil> <nil>
}

// The error names the setting and what to do.
func ExampleFieldError() {
	_, err := lifeguard.Open(context.Background(), lifeguard.Config{Mode: lifeguard.Serve, Listen: ":8080"})
	var refused *lifeguard.FieldError
	if errors.As(err, &refused) {
		fmt.Println(refused.Field)
		fmt.Println(refused.Problem)
	}
	// Output:
	// data
	// missing: there is no place to store users
}

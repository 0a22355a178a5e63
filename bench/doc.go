// Command bench loads a server over HTTP with requests shaped like an SDK's,
// SRP included, and prints operations a second, the server's CPU time for
// each, and the latencies.
//
//	go run ./bench                       every operation for three seconds each
//	go run ./bench -ops srp,refresh -c 32 -d 10s
//
// It also compares the response times for users and for unknown names, with a
// client that hides users: Welch's t of pairs of responses on one connection, in
// random order. The exit status is 1 if the times of an operation differ, and 2
// if the controls failed.
//
//	go run ./bench -timing -pairs 5000
//
// With -writers it measures concurrent writers that each have their own users:
// sign-ups alone, lives of users with their devices, and administrators of a pool
// each. It prints the rate of each call, refusals, and how many Updates of the
// store ran again. -against measures another binary in turns, a round each, on
// its own store.
//
//	go run ./bench -writers 32 -database "$LIFEGUARD_TEST_POSTGRES" -against ./older -rounds 9 -d 2s
//
// The Go benchmarks beside it measure the same operations in-process and
// report their ratio to the primitives that they require, measured in the same
// run: go test -run '^$' -bench . ./bench
package main

// Command bench loads a server over HTTP with requests shaped like an SDK's,
// SRP included, and prints operations a second, the server's CPU time for
// each, and the latencies.
//
//	go run ./bench                       every operation for three seconds each
//	go run ./bench -ops srp,refresh -c 32 -d 10s
//
// It also compares how long answers about users and about unknown names take,
// where the client hides users: Welch's t of pairs of answers on one connection,
// in random order. It ends with status 1 if an operation's times differ, and with
// 2 if its controls show that the run means nothing.
//
//	go run ./bench -timing -pairs 5000
//
// With -writers it measures writers that each have users of their own: sign-ups
// alone, lives of users with their devices, and administrators of a pool each. It
// prints how often each call was made a second, what was refused, and how many
// Updates of the store ran again. -against measures another binary in turns, a
// round each, on a store of its own.
//
//	go run ./bench -writers 32 -database "$LIFEGUARD_TEST_POSTGRES" -against ./older -rounds 9 -d 2s
//
// The Go benchmarks beside it measure the same operations in-process and
// report their ratio to the primitives they cannot do without, measured in the
// same run: go test -run '^$' -bench . ./bench
package main

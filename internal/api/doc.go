// Package api owns the words of the cognito-idp API: the types of its 140
// operations, their decoding, validation and encoding, the Service that
// implements them, and the names of its errors. Everything in zz_generated_*.go
// comes from model/ through gen/; go generate reproduces it.
//
// A caller looks an operation up, decodes, validates, calls and appends:
//
//	op, ok := api.Lookup(name)
//	in, err := op.Decode(body)
//	violations := op.Validate(in)
//	out, err := op.Call(ctx, service, in)
//	buf = op.AppendOutput(buf, out)
//
// Absent, null and empty: a nil member is absent, null is read as absent (also
// inside lists and maps, where the element is left out), and an empty list or
// map that is there stays there in both directions. Of members or keys that
// stand twice the last counts. Lengths count UTF-16 code units, patterns have
// Java's meaning and cover the whole value. All violations are told at once,
// members in the order of their names.
//
// Structures that can hold a secret print as [redacted] through fmt, slog and
// encoding/json; only AppendOutput writes them out. The protection ends where
// a struct is kept by value in an unexported field of another one, which fmt
// prints without asking: keep a pointer there.
//
// The package refuses behaviour: it neither answers an operation nor knows
// HTTP. Only face/awsapi, its gate and server import it.
package api

//go:generate go run ./gen

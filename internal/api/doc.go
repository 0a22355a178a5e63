// Package api owns the wire format of the cognito-idp API: the types of its 140
// operations, their decoding, validation and encoding, the Service interface, and
// the names of its errors. go generate makes zz_generated_*.go from model/ with
// gen/.
//
// A caller looks an operation up, decodes, validates, calls and appends:
//
//	op, ok := api.Lookup(name)
//	in, err := op.Decode(body)
//	violations := op.Validate(in)
//	out, err := op.Call(ctx, service, in)
//	buf = op.AppendOutput(buf, out)
//
// Absent, null and empty: a nil member is absent, null is decoded as absent (also
// inside lists and maps, where the element is omitted), and an empty list or map
// is present, in both directions. If a member or key occurs twice, the last one
// applies. Lengths are in UTF-16 code units. Patterns have Java's syntax and must
// match the whole value. All violations are reported together, members in the
// order of their names.
//
// Structures that can contain a secret print as [redacted] with fmt, slog and
// encoding/json; only AppendOutput writes their members. This does not work for a
// struct by value in an unexported field of another one, since fmt does not call
// its methods: use a pointer there.
//
// The package implements no operation and does not use HTTP, except for status
// codes. Only face/awsapi, its gate and server import it.
package api

//go:generate go run ./gen

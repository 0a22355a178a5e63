package api

import (
	"context"
	"net/http"
	"slices"
)

// Auth is how an operation is authorized.
type Auth int

// AuthIAM operations have an AWS signature; AuthNone operations have a client id,
// a session or an access token instead.
const (
	AuthIAM Auth = iota
	AuthNone
)

// Operation is one entry of the table of operations.
type Operation struct {
	Name string
	Auth Auth
	// Errors are the exceptions that the model lists.
	Errors    []string
	HasOutput bool
	// Decode decodes a body. The error is a *SerializationError, or a fault about
	// text that is not allowed. With a fault, in is complete, so that violations of
	// the model's constraints can be reported first.
	Decode func(body []byte) (in any, err error)
	// Validate returns the violated constraints, with AWS's texts.
	Validate func(in any) []Violation
	Call     func(ctx context.Context, s Service, in any) (out any, err error)
	// AppendOutput appends the JSON of an output; nothing if the operation has none.
	AppendOutput func(dst []byte, out any) []byte
	// PoolID, ClientID and AccessToken return the member of that name; nil if the
	// input type has none.
	PoolID, ClientID, AccessToken func(in any) *string
}

// Models reports whether the model lists the exception for the operation.
func (o *Operation) Models(exception string) bool { return slices.Contains(o.Errors, exception) }

// Lookup returns the operation with exactly this name.
func Lookup(name string) (*Operation, bool) {
	i, ok := slices.BinarySearchFunc(Operations, name, func(o Operation, name string) int {
		if o.Name < name {
			return -1
		}
		if o.Name > name {
			return 1
		}
		return 0
	})
	if !ok {
		return nil, false
	}
	return &Operations[i], true
}

// NotBuiltError is the error of an operation that this version does not have.
type NotBuiltError struct{ Operation string }

func (e *NotBuiltError) Error() string {
	return e.Operation + " is not built in this version of Lifeguard."
}

// StatusOf returns the HTTP status of an exception: 500 for server errors, else
// 400.
func StatusOf(exception string) int {
	if slices.Contains(faults, exception) {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// operationOf adds the typed functions of an operation to o.
func operationOf[I, O any](o Operation, decode func(*I, *decoder) error, check func(*I, *checker),
	call func(Service, context.Context, *I) (*O, error), encode func(*O, *encoder),
) Operation {
	o.Decode = func(body []byte) (any, error) {
		in := new(I)
		err := decodeBody(body, func(d *decoder) error { return decode(in, d) })
		return in, err
	}
	o.Validate = func(in any) []Violation {
		var c checker
		check(in.(*I), &c)
		return c.clauses
	}
	o.Call = func(ctx context.Context, s Service, in any) (any, error) { return call(s, ctx, in.(*I)) }
	o.HasOutput = encode != nil
	o.AppendOutput = func(dst []byte, out any) []byte {
		if encode == nil {
			return dst
		}
		e := encoder{b: dst}
		v, _ := out.(*O)
		if v == nil {
			v = new(O)
		}
		encode(v, &e)
		return e.b
	}
	return o
}

// nothing is the output type of operations without output.
type nothing struct{}

func withoutOutput[I any](
	call func(Service, context.Context, *I) error,
) func(Service, context.Context, *I) (*nothing, error) {
	return func(s Service, ctx context.Context, in *I) (*nothing, error) { return nil, call(s, ctx, in) }
}

// Text returns the text of a member, or "" if it is absent.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

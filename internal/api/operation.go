package api

import (
	"context"
	"net/http"
	"slices"
)

// Auth says how an operation is authorized.
type Auth int

// AuthIAM operations carry an AWS signature; AuthNone operations carry a
// client id, a session or an access token instead.
const (
	AuthIAM Auth = iota
	AuthNone
)

// Operation is one entry of the table: all that the gate needs to know.
type Operation struct {
	Name string
	Auth Auth
	// Errors are the exceptions that the model lists.
	Errors    []string
	HasOutput bool
	// Decode reads a body; the error is a *SerializationError, or a fault about
	// text that is not allowed. With the latter in is whole: the violations of
	// the model's constraints come before it.
	Decode func(body []byte) (in any, err error)
	// Validate lists the violated constraints, in AWS's words.
	Validate func(in any) []Violation
	Call     func(ctx context.Context, s Service, in any) (out any, err error)
	// AppendOutput appends the JSON of an answer; nothing where there is none.
	AppendOutput func(dst []byte, out any) []byte
	// PoolID, ClientID and AccessToken read the member of that name; nil
	// where the input has none.
	PoolID, ClientID, AccessToken func(in any) *string
}

// Models reports whether the model lists the exception for the operation.
func (o *Operation) Models(exception string) bool { return slices.Contains(o.Errors, exception) }

// Lookup finds an operation by its exact name.
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

// NotBuiltError answers an operation that this version does not have.
type NotBuiltError struct{ Operation string }

func (e *NotBuiltError) Error() string {
	return e.Operation + " is not built in this version of Lifeguard."
}

// StatusOf is the HTTP status of an exception: 500 for the service's own
// faults, 400 for everything else.
func StatusOf(exception string) int {
	if slices.Contains(faults, exception) {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// operationOf ties the typed parts of an operation together.
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

// nothing is the output of operations that have none.
type nothing struct{}

func withoutOutput[I any](
	call func(Service, context.Context, *I) error,
) func(Service, context.Context, *I) (*nothing, error) {
	return func(s Service, ctx context.Context, in *I) (*nothing, error) { return nil, call(s, ctx, in) }
}

// Text is the text of a member, empty if it is absent.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

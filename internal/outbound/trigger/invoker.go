package trigger

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// MaxResponse is how many bytes a function may answer, as at Lambda: 6 MB.
const MaxResponse = 6_291_556

// Invoker asks a function: event in, event out. It is called concurrently and
// must return soon after ctx ends. A function that failed is a *FunctionError,
// one that could not be asked an *InvokeError; time-outs are ctx's error.
type Invoker interface {
	Invoke(ctx context.Context, arn string, event []byte) ([]byte, error)
}

// InvokerFunc is a function of this program that serves as a trigger.
type InvokerFunc func(ctx context.Context, arn string, event []byte) ([]byte, error)

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, arn string, event []byte) ([]byte, error) {
	return f(ctx, arn, event)
}

// FunctionError is what a function says that throws. The user gets to see the
// message: it is how triggers refuse.
type FunctionError struct{ Type, Message string }

func (e *FunctionError) Error() string { return "the function failed: " + e.Type + ": " + e.Message }

// TooLarge is the failure of a function whose answer exceeds MaxResponse.
func TooLarge() *FunctionError {
	return &FunctionError{"Function.ResponseSizeTooLarge",
		fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes)", MaxResponse)}
}

// InvokeError means that the function was not asked, or that nobody can tell
// what it said. Code is an error name of the Invoke API, which the user gets
// to see; Cause is for the log.
type InvokeError struct {
	Code  string
	Cause error
}

// The codes of the Invoke API that this package gives meaning to.
const (
	CodeTooManyRequests = "TooManyRequestsException"
	CodeNotFound        = "ResourceNotFoundException"
	CodeAccessDenied    = "AccessDeniedException"
	CodeTooLarge        = "RequestTooLargeException"
	CodeService         = "ServiceException"
)

func (e *InvokeError) Error() string {
	if e.Cause == nil {
		return "invoke: " + e.Code
	}
	return "invoke: " + e.Code + ": " + e.Cause.Error()
}

func (e *InvokeError) Unwrap() error { return e.Cause }

// CodeOf is the code that a status of HTTP stands for.
func CodeOf(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return CodeTooManyRequests
	case http.StatusNotFound:
		return CodeNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return CodeAccessDenied
	case http.StatusRequestEntityTooLarge:
		return CodeTooLarge
	}
	return CodeService
}

// errTimeout is an attempt that took too long.
var errTimeout = errors.New("the time limit was reached")

// timedOut reports whether an invoker's error is a time-out of its own.
func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}

type callIDKey struct{}

// CallID identifies a call of Run, through all its attempts, so that whoever is
// asked twice can tell. Empty outside of one.
func CallID(ctx context.Context) string {
	id, _ := ctx.Value(callIDKey{}).(string)
	return id
}

// WithCallID returns a context of the call.
func WithCallID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callIDKey{}, id)
}

package trigger

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// MaxResponse is the maximum size of a function's result in bytes, as in
// Lambda: 6 MB.
const MaxResponse = 6_291_556

// Invoker calls a function: event in, event out. It is called concurrently and
// must return soon after ctx ends. The error is a *FunctionError if the
// function failed, an *InvokeError if it could not be called, and ctx's error
// on a time-out.
type Invoker interface {
	Invoke(ctx context.Context, arn string, event []byte) ([]byte, error)
}

// InvokerFunc is an Invoker that is a Go function.
type InvokerFunc func(ctx context.Context, arn string, event []byte) ([]byte, error)

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, arn string, event []byte) ([]byte, error) {
	return f(ctx, arn, event)
}

// FunctionError is an error that a function returned. Its message is returned
// to the user, so that triggers can refuse a request.
type FunctionError struct{ Type, Message string }

func (e *FunctionError) Error() string { return "the function failed: " + e.Type + ": " + e.Message }

// TooLarge is the error of a function whose result exceeds MaxResponse.
func TooLarge() *FunctionError {
	return &FunctionError{"Function.ResponseSizeTooLarge",
		fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes)", MaxResponse)}
}

// InvokeError means that the function was not called, or that its result is
// unknown. Code is an error name of the Invoke API, which is returned to the
// user; Cause is for the log.
type InvokeError struct {
	Code  string
	Cause error
}

// The codes of the Invoke API that this package handles.
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

// CodeOf returns the code for an HTTP status.
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

// errTimeout is the error of an attempt that exceeded the limit.
var errTimeout = errors.New("time limit exceeded")

// timedOut reports whether an invoker's error is a time-out of its own.
func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}

type callIDKey struct{}

// CallID returns the identifier of a call of Run. It is the same for all
// attempts, so that a function can detect a repeated one. It is empty outside
// of a call.
func CallID(ctx context.Context) string {
	id, _ := ctx.Value(callIDKey{}).(string)
	return id
}

// WithCallID returns a context with the identifier of a call.
func WithCallID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callIDKey{}, id)
}

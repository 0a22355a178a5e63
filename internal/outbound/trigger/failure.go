package trigger

import (
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Error texts that clients match on. Source: captured errors.
var (
	timeout = fault.New(fault.UnexpectedLambda, "Socket timeout while invoking Lambda function")
	// No source documents the kind of this one.
	invalidJSON = fault.New(fault.InvalidLambdaResponse, "Invalid lambda function output : Invalid JSON")
)

// Unrecognizable is the error for a result that is not the event with a
// response, or whose response cannot be applied.
var Unrecognizable = fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")

// refusal returns the error for the caller. Cognito appends a full stop to a
// function's message even if it ends with one.
func refusal(t userpool.Trigger, err error) error {
	var thrown *FunctionError
	var refused *InvokeError
	switch {
	case errors.As(err, &thrown):
		return fault.Newf(fault.UserLambdaValidation, "%s failed with error %s.", t, thrown.Message).WithCause(err)
	case errors.Is(err, errNotJSON):
		return invalidJSON.WithCause(err)
	case errors.Is(err, errUnrecognized):
		return Unrecognizable.WithCause(err)
	case timedOut(err):
		return timeout.WithCause(err)
	case errors.As(err, &refused):
		return notInvoked(t, refused.Code, err)
	}
	return notInvoked(t, CodeService, err)
}

func notInvoked(t userpool.Trigger, code string, err error) error {
	return fault.Newf(fault.UnexpectedLambda, "%s invocation failed due to error %s.", t, code).WithCause(err)
}

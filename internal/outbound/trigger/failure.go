package trigger

import (
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Sentences that clients match on. Source: captured errors.
var (
	timeout = fault.New(fault.UnexpectedLambda, "Socket timeout while invoking Lambda function")
	// No source tells the kind of this one.
	invalidJSON = fault.New(fault.InvalidLambdaResponse, "Invalid lambda function output : Invalid JSON")
)

// Unrecognizable refuses an answer that is not the event with a response in it,
// or whose response leads nowhere.
var Unrecognizable = fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")

// refusal is what a caller is told about a failure. Cognito ends a function's
// message with a full stop whether or not it has one.
func refusal(t userpool.Trigger, err error) error {
	var thrown *FunctionError
	var refused *InvokeError
	switch {
	case errors.As(err, &thrown):
		return fault.Newf(fault.UserLambdaValidation, "%s failed with error %s.", t, thrown.Message).Because(err)
	case errors.Is(err, errNotJSON):
		return invalidJSON.Because(err)
	case errors.Is(err, errUnrecognized):
		return Unrecognizable.Because(err)
	case timedOut(err):
		return timeout.Because(err)
	case errors.As(err, &refused):
		return notInvoked(t, refused.Code, err)
	}
	return notInvoked(t, CodeService, err)
}

func notInvoked(t userpool.Trigger, code string, err error) error {
	return fault.Newf(fault.UnexpectedLambda, "%s invocation failed due to error %s.", t, code).Because(err)
}

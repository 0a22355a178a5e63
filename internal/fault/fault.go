package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind classifies a refusal. Kind plus "Exception" is the name of the error
// in the cognito-idp API; the API model is the source of the list in kinds.go.
// A Kind is itself an error so that errors.Is(err, fault.UserNotFound) works.
type Kind string

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Fault is a refusal with a sentence that the caller may see. Its cause, if
// any, is for the log only and never leaves the process.
type Fault struct {
	Kind    Kind
	Message string
	// Reason is InvalidParameterException's reasonCode; empty elsewhere.
	Reason string
	cause  error
}

// New returns a fault of the kind with the message.
func New(k Kind, message string) *Fault { return &Fault{Kind: k, Message: message} }

// Newf is New with a format. Arguments must be fit for the caller's eyes.
func Newf(k Kind, format string, args ...any) *Fault {
	return &Fault{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Because returns a copy of f that carries cause for the log.
func (f *Fault) Because(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// Error is the text for the log; faces use Kind and Message. A message that the
// cause has as well stands there once.
func (f *Fault) Error() string {
	if f.cause == nil {
		return string(f.Kind) + ": " + f.Message
	}
	cause := f.cause.Error()
	if strings.HasSuffix(cause, f.Message) {
		return string(f.Kind) + " (" + cause + ")"
	}
	return string(f.Kind) + ": " + f.Message + " (" + cause + ")"
}

// Is reports whether target is this fault's kind or, when it is no kind, in
// the cause's chain. A kind in the cause does not count: it is not what the
// caller is told.
func (f *Fault) Is(target error) bool {
	if k, ok := target.(Kind); ok {
		return k == f.Kind
	}
	return errors.Is(f.cause, target)
}

// As finds target in the cause's chain. There is no Unwrap, so that the kinds
// of causes stay out of reach of errors.Is.
func (f *Fault) As(target any) bool { return errors.As(f.cause, target) }

// Of returns the fault in err's chain, or nil when err is none: an internal
// error whose text must not be shown.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

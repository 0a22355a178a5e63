package fault

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Kind classifies a refusal. Kind plus "Exception" is the name of the error
// in the cognito-idp API; the API model is the source of the list in kinds.go.
// A Kind is itself an error so that errors.Is(err, fault.UserNotFound) works.
type Kind string

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Fault is a refusal with a message for the caller. Its cause, if any, is for
// the log only and is never sent to the caller.
type Fault struct {
	Kind    Kind
	Message string
	// Reason is InvalidParameterException's reasonCode; empty elsewhere.
	Reason string
	cause  error
	// logged replaces Message in the log; if empty, Message is logged.
	logged string
}

// New returns a fault of the kind with the message. The message is also logged,
// so it must not contain what a caller sent; use Newf or Logged for that.
func New(k Kind, message string) *Fault { return &Fault{Kind: k, Message: message} }

// verb matches a verb of a format.
var verb = regexp.MustCompile(`%[.0-9]*[a-z]`)

// Newf is New with a format. The caller gets the arguments; strings are cut to
// MaxEcho characters. The log gets the format without the arguments.
func Newf(k Kind, format string, args ...any) *Fault {
	short := make([]any, len(args))
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			arg = Clip(s, MaxEcho)
		}
		short[i] = arg
	}
	return New(k, fmt.Sprintf(format, short...)).Logged(verb.ReplaceAllString(format, "..."))
}

// Invalid is Newf of InvalidParameter.
func Invalid(format string, args ...any) *Fault { return Newf(InvalidParameter, format, args...) }

// Logged returns a copy of f with another message for the log.
func (f *Fault) Logged(message string) *Fault {
	c := *f
	c.logged = message
	return &c
}

// WithKind returns a copy of f with another kind.
func (f *Fault) WithKind(k Kind) *Fault {
	c := *f
	c.Kind = k
	return &c
}

// WithCause returns a copy of f with a cause for the log.
func (f *Fault) WithCause(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// ReplacingKind returns f with cause err if err is a fault of the kind, else err: an
// internal error must not become a refusal.
func (f *Fault) ReplacingKind(k Kind, err error) error {
	if errors.Is(err, k) {
		return f.WithCause(err)
	}
	return err
}

// Error returns kind, message and cause. A message that the cause ends with is
// not repeated. Faces use Kind and Message instead, and logs use Reason.
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

// Reason returns the text of an error for the log. The text of a fault does not
// contain what the caller sent, and has at most MaxReason characters.
func Reason(err error) string {
	f := Of(err)
	if f == nil {
		return err.Error()
	}
	text := string(f.Kind) + ": " + cmp.Or(f.logged, f.Message)
	if f.cause != nil {
		text += " (" + Reason(f.cause) + ")"
	}
	return Clip(text, MaxReason)
}

// Is reports whether target is this fault's kind or, if target is not a Kind,
// whether it is in the cause's chain. Kinds in the cause do not match: the caller
// gets only the outer one.
func (f *Fault) Is(target error) bool {
	if k, ok := target.(Kind); ok {
		return k == f.Kind
	}
	return errors.Is(f.cause, target)
}

// As finds target in the cause's chain. There is no Unwrap, so that errors.Is does
// not match the kinds of causes.
func (f *Fault) As(target any) bool { return errors.As(f.cause, target) }

// Of returns the fault in err's chain, or nil. Without a fault err is an internal
// error, whose text must not be sent to the caller.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

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

// Fault is a refusal with a sentence that the caller may see. Its cause, if
// any, is for the log only and never leaves the process.
type Fault struct {
	Kind    Kind
	Message string
	// Reason is InvalidParameterException's reasonCode; empty elsewhere.
	Reason string
	cause  error
	// logged stands for Message in the log; empty means Message itself.
	logged string
}

// New returns a fault of the kind with the message, which also goes to the log:
// what a caller sent must not be in it. Use Newf or Logged for that.
func New(k Kind, message string) *Fault { return &Fault{Kind: k, Message: message} }

// verb is a directive of a format.
var verb = regexp.MustCompile(`%[.0-9]*[a-z]`)

// Newf is New with a format. Arguments must be fit for the caller's eyes. Text
// arguments are cut to MaxEcho characters; the log gets the format without them.
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

// Logged returns a copy of f that has another message in the log.
func (f *Fault) Logged(message string) *Fault {
	c := *f
	c.logged = message
	return &c
}

// WithKind returns a copy of f of another kind.
func (f *Fault) WithKind(k Kind) *Fault {
	c := *f
	c.Kind = k
	return &c
}

// Because returns a copy of f that carries cause for the log.
func (f *Fault) Because(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// InPlaceOf returns f, because of err, where err is a fault of the kind, and
// err itself otherwise: what fails for the server's own reasons is never the
// caller's fault.
func (f *Fault) InPlaceOf(k Kind, err error) error {
	if errors.Is(err, k) {
		return f.Because(err)
	}
	return err
}

// Error is the whole text; faces use Kind and Message, logs Reason. A message
// that the cause has as well stands there once.
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

// Reason is the text of an error for the log: that of a fault is without what
// the caller sent, and at most MaxReason characters.
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

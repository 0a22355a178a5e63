package gate

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

var (
	errUnknownPath = errors.New("no such path")
	errWrongMethod = errors.New("no such method")
)

// substitutes maps a kind that an operation's model lacks to the kind that is
// returned instead. The text does not change.
var substitutes = map[fault.Kind]fault.Kind{
	fault.LimitExceeded:         fault.InvalidParameter,
	fault.UserNotConfirmed:      fault.NotAuthorized,
	fault.PasswordResetRequired: fault.NotAuthorized,
}

// modelled replaces a kind that the operation's model does not list. If an
// operation with an access token does not model UserNotFoundException, a token
// of a deleted user is an invalid token.
func modelled(op *api.Operation, err error) error {
	f := fault.Of(err)
	if f == nil || op.Models(string(f.Kind)+"Exception") {
		return err
	}
	if f.Kind == fault.UserNotFound && op.Auth == api.AuthNone {
		return fault.InvalidAccessToken.WithCause(err)
	}
	if kind, ok := substitutes[f.Kind]; ok {
		return f.WithKind(kind)
	}
	return err
}

// internalError is the name of every error that is not a fault.Fault.
const internalError = "InternalErrorException"

// internalText is the message of every internal error. The details are in the
// log, under the request id.
const internalText = "An internal error occurred. The server's log explains it under this request id."

// describe returns an error as the native API reports it: its name, the message
// for the caller, and the HTTP status.
func describe(err error) (name, message string, status int) {
	var unbuilt *api.NotBuiltError
	switch {
	case err == errUnknownPath:
		return "UnknownOperationException", "The native API is served at POST /.", http.StatusNotFound
	case err == errWrongMethod:
		return "UnknownOperationException", "The native API takes POST only.", http.StatusMethodNotAllowed
	case errors.As(err, &unbuilt):
		return "UnsupportedOperationException", unbuilt.Error(), http.StatusNotImplemented
	}
	f := fault.Of(err)
	if f == nil {
		return internalError, internalText, http.StatusInternalServerError
	}
	name, message = string(f.Kind)+"Exception", fault.Clip(f.Message, fault.MaxMessage)
	if f.Kind == fault.RequestEntityTooLarge {
		return name, message, http.StatusRequestEntityTooLarge
	}
	return name, message, api.StatusOf(name)
}

// refuse writes an error response.
func (c *call) refuse(w http.ResponseWriter, err error) {
	name, message, status := describe(err)
	if name == internalError && c.op != nil && !c.op.Models(name) && c.op.Models("InternalServerException") {
		name = "InternalServerException"
	}
	body := struct {
		Type    string `json:"__type"`
		Message string `json:"message,omitempty"`
		Reason  string `json:"reasonCode,omitempty"`
	}{Type: name, Message: message}
	if f := fault.Of(err); f != nil {
		body.Reason = f.Reason
	}
	h := w.Header()
	h.Set("X-Amzn-Errortype", name+":")
	if message != "" {
		h.Set("X-Amzn-Errormessage", headerText(fault.Clip(message, fault.MaxReason)))
	}
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", "POST, OPTIONS")
	}
	text, err := json.Marshal(body)
	if err != nil {
		text = []byte("{}")
	}
	c.answer(w, status, text)
}

// headerText replaces everything but printable ASCII by spaces, for a header.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

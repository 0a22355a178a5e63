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

// substitutes say which kind stands in where an operation's model lacks one;
// the text stays.
var substitutes = map[fault.Kind]fault.Kind{
	fault.LimitExceeded:         fault.InvalidParameter,
	fault.UserNotConfirmed:      fault.NotAuthorized,
	fault.PasswordResetRequired: fault.NotAuthorized,
}

// modelled words a refusal by the operation's model. To an operation that an
// access token authorises and that does not know users who are gone, the token
// is no longer one.
func modelled(op *api.Operation, err error) error {
	f := fault.Of(err)
	if f == nil || op.Models(string(f.Kind)+"Exception") {
		return err
	}
	if f.Kind == fault.UserNotFound && op.Auth == api.AuthNone {
		return fault.InvalidAccessToken.Because(err)
	}
	if kind, ok := substitutes[f.Kind]; ok {
		return f.WithKind(kind)
	}
	return err
}

// internalError is the name of what is no fault of the caller's.
const internalError = "InternalErrorException"

// internalText is all that a caller learns of an internal error; the request
// id leads to the rest in the log.
const internalText = "An internal error occurred. The server's log explains it under this request id."

// describe is the table that turns an error into the native API's words: the
// error's name, what the caller may read, and the HTTP status.
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

// refuse writes an error answer.
func (g *Gate) refuse(w http.ResponseWriter, c *call, err error) {
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
	answer(w, status, text)
}

// headerText makes a message fit for a header: visible ASCII on one line.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

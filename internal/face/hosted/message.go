package hosted

import (
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
)

// The texts of the pages themselves. Source of the first two: the pages of the
// service, and tests of its users, which look for them.
const (
	pageError    = "An error was encountered with the requested page."
	somethingBad = "Something went wrong"
	sessionOver  = "Your session has expired. Please sign in again."
	tooBusy      = "The server is busy. Please go back and try again in a moment."
	formTooLarge = "The form is larger than 64 KB."
	stepUpReason = "The application asks for a second factor. "
	formUnread   = "The form did not arrive completely. Please go back and try again."
)

// messages maps faults to what a page shows: the message of the fault, or
// another text if that is meant for an administrator. A fault that is not in
// the table is sent to the client as an error.
var messages = map[fault.Kind]string{
	fault.NotAuthorized:                  own,
	fault.UserNotFound:                   own,
	fault.UserNotConfirmed:               own,
	fault.PasswordResetRequired:          own,
	fault.InvalidPassword:                own,
	fault.PasswordHistoryPolicyViolation: own,
	fault.InvalidParameter:               own,
	fault.AliasExists:                    own,
	fault.CodeMismatch:                   own,
	fault.ExpiredCode:                    own,
	fault.LimitExceeded:                  own,
	fault.TooManyFailedAttempts:          own,
	fault.TooManyRequests:                own,
	fault.MFAMethodNotFound:              own,
	fault.EnableSoftwareTokenMFA:         own,
	fault.SoftwareTokenMFANotFound:       own,
	fault.CodeDeliveryFailure:            own,
	// The message of a function of the pool is meant for the user.
	fault.UserLambdaValidation:         own,
	fault.InvalidUserPoolConfiguration: somethingBad,
	fault.UnexpectedLambda:             somethingBad,
	fault.InvalidLambdaResponse:        somethingBad,
	fault.ConcurrentModification:       somethingBad,
}

// own means the message of the fault.
const own = ""

// message returns the text that a page shows for an error; ok is false if the
// error is not shown to the user. That the user cannot reach the level that the
// client requests is an error for the client.
func message(err error) (text string, ok bool) {
	f := fault.Of(err)
	if f == nil || errors.Is(err, signin.LevelNotReachable) {
		return "", false
	}
	text, ok = messages[f.Kind]
	if ok && text == own {
		text = f.Message
	}
	return text, ok
}

// ended are the errors after which the user must sign in again.
var ended = []*fault.Fault{fault.SessionExpired, fault.SessionUsed, fault.SessionInvalid, fault.SessionMalformed}

func sessionEnded(err error) bool {
	f := fault.Of(err)
	return f != nil &&
		slices.ContainsFunc(ended, func(e *fault.Fault) bool { return e.Kind == f.Kind && e.Message == f.Message })
}

// explanations are what the codes on the error page mean for the user.
var explanations = map[string]string{
	"redirect_mismatch": "The application wants you back at an address that is not registered for it. " +
		"Your account is fine.",
	"unauthorized_client": "The application is not allowed to sign anyone in on this page. Your account is fine.",
	"invalid_client":      "This server does not know the application that sent you here.",
	"invalid_request":     "The application that sent you here has made a wrong request.",
	"invalid_request_uri": "The request of the application has expired or was used. Go back to the application and " +
		"start again.",
	"expired_token": "Start again on your device to get a new code.",
	"access_denied": "Your account cannot be used here.",
	"server_error":  "This server could not answer. Try again in a moment.",
}

// problemText is the text of a refusal on the error page.
func problemText(r *oauth.Refusal) string {
	if r.Description != "" {
		return r.Description
	}
	return r.Code
}

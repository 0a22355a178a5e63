package hosted

import (
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

// messages maps faults to what a page shows: the message of the fault, or the text
// with a key if that message is meant for an administrator. A fault that is not in
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
	fault.InvalidUserPoolConfiguration: "error.title",
	fault.UnexpectedLambda:             "error.title",
	fault.InvalidLambdaResponse:        "error.title",
	fault.ConcurrentModification:       "error.title",

	fault.WebAuthnNotEnabled:             "passkey.unavailable",
	fault.WebAuthnConfigurationMissing:   "passkey.unavailable",
	fault.WebAuthnChallengeNotFound:      "passkey.addRefused",
	fault.WebAuthnClientMismatch:         "passkey.addRefused",
	fault.WebAuthnOriginNotAllowed:       "passkey.addRefused",
	fault.WebAuthnRelyingPartyMismatch:   "passkey.addRefused",
	fault.WebAuthnCredentialNotSupported: "passkey.addRefused",
}

// own means the message of the fault.
const own = ""

// problem returns what a page shows for an error; ok is false if the error is not
// shown to the user. That the user cannot reach the level that the client requests
// is an error for the client.
func problem(l *locale.Language, err error) (shown view.Problem, ok bool) {
	f := fault.Of(err)
	if f == nil || errors.Is(err, signin.LevelNotReachable) {
		return view.Problem{}, false
	}
	key, ok := messages[f.Kind]
	shown = view.Problem{Text: l.Text(key), Fields: fieldsOf[f.Kind]}
	if ok && key == own {
		shown.Text = message(l, f)
	}
	return shown, ok
}

// fieldsOf are the fields that a fault is about.
var fieldsOf = map[fault.Kind][]string{
	fault.NotAuthorized:                  {"password"},
	fault.CodeMismatch:                   {mfaCodeName, codeName},
	fault.ExpiredCode:                    {mfaCodeName, codeName},
	fault.EnableSoftwareTokenMFA:         {codeName},
	fault.InvalidParameter:               {phoneName, "email"},
	fault.AliasExists:                    {phoneName, "email"},
	fault.InvalidPassword:                {newPasswordName, "password"},
	fault.PasswordHistoryPolicyViolation: {newPasswordName, "password"},
}

// ended are the errors after which the user must sign in again.
var ended = []*fault.Fault{fault.SessionExpired, fault.SessionUsed, fault.SessionInvalid, fault.SessionMalformed}

func sessionEnded(err error) bool {
	f := fault.Of(err)
	return f != nil &&
		slices.ContainsFunc(ended, func(e *fault.Fault) bool { return e.Kind == f.Kind && e.Message == f.Message })
}

package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
)

// The error codes. Sources: RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect
// Core section 3.1.2.6, RFC 6750 section 3.1, RFC 7009 section 2.2.1, RFC 7591
// section 3.2.2, RFC 8628 section 3.5, RFC 8707 section 2, RFC 9101 section 7,
// OpenID Connect Core Error Code unmet_authentication_requirements, and the
// guide's pages authorization-endpoint, token-endpoint and revocation-endpoint.
const (
	errInvalidRequest       = "invalid_request"
	errInvalidRequestURI    = "invalid_request_uri"
	errInvalidClient        = "invalid_client"
	errInvalidGrant         = "invalid_grant"
	errInvalidScope         = "invalid_scope"
	errInvalidTarget        = "invalid_target"
	errInvalidToken         = "invalid_token"
	errUnauthorizedClient   = "unauthorized_client"
	errUnsupportedGrantType = "unsupported_grant_type"
	errUnsupportedTokenType = "unsupported_token_type"
	// errUnsupportedResponseType is that of strict pools.
	errUnsupportedResponseType = "unsupported_response_type"
	errInsufficientScope       = "insufficient_scope"
	errAccessDenied            = "access_denied"
	errAuthorizationPending    = "authorization_pending"
	errSlowDown                = "slow_down"
	errExpiredToken            = "expired_token"
	errLoginRequired           = "login_required"
	errUnmetRequirements       = "unmet_authentication_requirements"
	errInvalidRedirectURI      = "invalid_redirect_uri"
	errInvalidMetadata         = "invalid_client_metadata"
	errServerError             = "server_error"
	errTooManyRequests         = "Too many requests"
	// errRedirectMismatch is shown on a page only.
	errRedirectMismatch = "redirect_mismatch"
)

// Refusal is the error of a refused request.
type Refusal struct {
	Code, Description string
	// ClientID is the client that the request named.
	ClientID string
	// Detail is the reason for the developer, shown in dev mode.
	Detail string
	cause  error
	// strict is whether the pool follows OpenID Connect strictly.
	strict bool
}

func refusal(code, description string) *Refusal {
	return &Refusal{Code: code, Description: description}
}

// Error returns the text for the log. For a fault it has the reason, which
// leaves out what the caller sent.
func (r *Refusal) Error() string {
	if f := fault.Of(r.cause); f != nil {
		return r.Code + " (" + fault.Reason(r.cause) + ")"
	}
	text := strings.TrimSpace(r.Code + " " + r.Description)
	if r.cause != nil {
		text += " (" + r.cause.Error() + ")"
	}
	return fault.Clip(text, fault.MaxReason)
}

// missing is the message for a missing parameter, on a page. Source: captured
// from the logout endpoint of the service.
func missing(parameter string) string {
	return "Required String parameter '" + parameter + "' is not present"
}

// codes maps faults to OAuth errors. A fault that is not in it is an internal
// error.
var codes = map[fault.Kind]string{
	fault.NotAuthorized:         errInvalidGrant,
	fault.UserNotFound:          errInvalidGrant,
	fault.UserNotConfirmed:      errInvalidGrant,
	fault.PasswordResetRequired: errInvalidGrant,
	fault.RefreshTokenReuse:     errInvalidGrant,
	fault.ResourceNotFound:      errInvalidClient,
	fault.Unauthorized:          errUnauthorizedClient,
	fault.UnsupportedTokenType:  errUnsupportedTokenType,
	fault.UnsupportedOperation:  errInvalidRequest,
	fault.InvalidParameter:      errInvalidRequest,
	fault.UserLambdaValidation:  errInvalidRequest,
	fault.UnexpectedLambda:      errInvalidRequest,
	fault.InvalidLambdaResponse: errInvalidRequest,
	fault.InvalidTarget:         errInvalidTarget,
	fault.InvalidScope:          errInvalidScope,
	fault.InvalidRedirectURI:    errInvalidRedirectURI,
	fault.InvalidClientMetadata: errInvalidMetadata,
	fault.TooManyRequests:       errTooManyRequests,
}

// describe returns the refusal for an error, and the status of its JSON
// response.
func describe(err error) (*Refusal, int) {
	if r := (*Refusal)(nil); errors.As(err, &r) {
		return r, r.Status()
	}
	if errors.Is(err, signin.LevelNotReachable) {
		r := &Refusal{Code: errUnmetRequirements, cause: err}
		return r, r.Status()
	}
	f := fault.Of(err)
	if f == nil || codes[f.Kind] == "" {
		r := &Refusal{Code: errServerError, cause: err}
		return r, r.Status()
	}
	r := &Refusal{Code: codes[f.Kind], cause: err}
	switch r.Code {
	case errInvalidRequest, errInvalidRedirectURI, errInvalidMetadata:
		r.Description = fault.Clip(f.Message, fault.MaxReason)
	}
	return r, r.Status()
}

// report is describe. It logs the error, and tells clients that sent too many
// requests when to try again.
func (f *Face) report(w http.ResponseWriter, r *http.Request, err error) (*Refusal, int) {
	refused, status := describe(err)
	if status == http.StatusInternalServerError {
		f.Log.Error("oauth", "path", r.URL.Path, "error", err)
	} else {
		f.Log.Info("oauth refused", "path", r.URL.Path, "reason", refused.Error())
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	return refused, status
}

// answerError logs an error and writes the JSON response of the back channel.
func (f *Face) answerError(w http.ResponseWriter, r *http.Request, err error) {
	refused, status := f.report(w, r, err)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="client"`)
	}
	f.answerRefusal(w, status, refused)
}

func (f *Face) answerRefusal(w http.ResponseWriter, status int, refused *Refusal) {
	f.answer(w, status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{refused.Code, refused.Description})
}

const jsonType = "application/json;charset=UTF-8"

func (f *Face) answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		f.Log.Error("oauth answer", "error", err)
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// Status returns the HTTP status of a response or page with the refusal.
func (r *Refusal) Status() int {
	switch r.Code {
	case errServerError:
		return http.StatusInternalServerError
	case errTooManyRequests:
		return http.StatusTooManyRequests
	case errInvalidClient:
		if r.strict { // RFC 6749 section 5.2
			return http.StatusUnauthorized
		}
	}
	return http.StatusBadRequest
}

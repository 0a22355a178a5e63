// Package answer owns the JSON answers that several faces give. It refuses to
// decide what is answered: faces hand it statuses and errors.
package answer

import (
	"encoding/json"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// JSON writes v.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Refusal writes a refusal in the words of the native API.
func Refusal(w http.ResponseWriter, status int, kind, message string) {
	JSON(w, status, map[string]string{"__type": kind + "Exception", "message": message})
}

// Internal writes an internal error, whose text is not told.
func Internal(w http.ResponseWriter) {
	Refusal(w, http.StatusInternalServerError, "InternalError", "An internal error occurred.")
}

// Error writes a fault with the status, and reports whether the error was none
// and so internal: the caller logs it.
func Error(w http.ResponseWriter, status int, err error) (internal bool) {
	f := fault.Of(err)
	if f == nil {
		Internal(w)
		return true
	}
	Refusal(w, status, string(f.Kind), f.Message)
	return false
}

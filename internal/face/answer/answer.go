// Package answer writes the JSON responses that several faces have. Faces
// decide on statuses and errors.
package answer

import (
	"encoding/json"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// JSON writes v with a status.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Refusal writes an error in the form of the native API.
func Refusal(w http.ResponseWriter, status int, kind, message string) {
	JSON(w, status, map[string]string{"__type": kind + "Exception", "message": message})
}

// Internal writes an internal error, without its text.
func Internal(w http.ResponseWriter) {
	Refusal(w, http.StatusInternalServerError, "InternalError", "An internal error occurred.")
}

// Error writes a fault with the status. It reports whether err is not a fault
// and was written as an internal error, which the caller logs.
func Error(w http.ResponseWriter, status int, err error) (internal bool) {
	f := fault.Of(err)
	if f == nil {
		Internal(w)
		return true
	}
	Refusal(w, status, string(f.Kind), f.Message)
	return false
}

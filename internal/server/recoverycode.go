package server

import (
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
)

// recoveryCodes gives the bearer of an access token with the scope
// aws.cognito.signin.user.admin a new set of recovery codes, as
// {"recoveryCodes":[…]}. The native API has no operation for it.
func (s *Server) recoveryCodes(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		bearer = ""
	}
	b, err := s.ops.Tokens.Authorize(r.Context(), bearer)
	if err != nil {
		s.refuseRecovery(w, http.StatusUnauthorized, err)
		return
	}
	codes, err := s.ops.Account.NewRecoveryCodes(r.Context(), b.Pool, account.Self(b.User))
	if err != nil {
		s.refuseRecovery(w, http.StatusBadRequest, err)
		return
	}
	s.log.Info("recovery codes made", "pool", b.Pool.ID, "sub", b.User.Sub)
	writeJSON(w, http.StatusOK, map[string][]string{"recoveryCodes": codes})
}

func (s *Server) refuseRecovery(w http.ResponseWriter, status int, err error) {
	f := fault.Of(err)
	if f == nil {
		s.log.Error("recovery codes", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"__type": "InternalErrorException", "message": "An internal error occurred."})
		return
	}
	writeJSON(w, status, map[string]string{"__type": string(f.Kind) + "Exception", "message": f.Message})
}

// askRecovery lets any web origin call, as the native API does.
func askRecovery(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", "Authorization")
}

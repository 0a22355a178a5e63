package beyond

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
)

// RecoveryCodes lets users with a second factor create recovery codes, to use
// when they have lost it.
type RecoveryCodes struct {
	Tokens  *token.Issuer
	Account *account.Flow
	Log     *slog.Logger
}

// Mount adds the endpoint to a mux.
func (c RecoveryCodes) Mount(mux *http.ServeMux) {
	mux.HandleFunc("POST /recovery-codes", c.create)
	mux.HandleFunc("OPTIONS /recovery-codes", preflight)
}

// create returns new recovery codes for the bearer of an access token with the
// scope aws.cognito.signin.user.admin, as {"recoveryCodes":[…]}. The native API
// has no operation for it.
func (c RecoveryCodes) create(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		bearer = ""
	}
	b, err := c.Tokens.Authorize(r.Context(), bearer)
	if err != nil {
		c.refuse(w, http.StatusUnauthorized, err)
		return
	}
	codes, err := c.Account.NewRecoveryCodes(r.Context(), b.Pool, account.Self(b.User))
	if err != nil {
		c.refuse(w, http.StatusBadRequest, err)
		return
	}
	c.Log.Info("recovery codes created", "pool", b.Pool.ID, "sub", b.User.Sub)
	answer.JSON(w, http.StatusOK, map[string][]string{"recoveryCodes": codes})
}

func (c RecoveryCodes) refuse(w http.ResponseWriter, status int, err error) {
	if answer.Error(w, status, err) {
		c.Log.Error("recovery codes", "error", err)
	}
}

// preflight allows any origin, as the native API does.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", "Authorization")
}

package oauth

import (
	"errors"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// revoke revokes the family of a refresh token. The response is 200 without a
// body, also for text that is no token (RFC 7009 section 2.2). Source: guide
// page revocation-endpoint.
func (f *Face) revoke(w http.ResponseWriter, r *http.Request) {
	if err := f.revokeToken(w, r); err != nil {
		f.answerClient(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// answerClient is answerError with status 401, and no description, for a client
// that is not authenticated.
func (f *Face) answerClient(w http.ResponseWriter, r *http.Request, err error) {
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Code != errInvalidClient {
		f.answerError(w, r, err)
		return
	}
	f.Log.Info("oauth refused", "path", r.URL.Path, "reason", refused.Error())
	f.answer(w, http.StatusUnauthorized, map[string]string{"error": errInvalidClient})
}

func (f *Face) revokeToken(w http.ResponseWriter, r *http.Request) error {
	form, err := backForm(w, r)
	if err != nil {
		return err
	}
	p, c, err := f.authenticate(r, form)
	if err != nil {
		return err
	}
	if form.Get("token") == "" || !c.EnableTokenRevocation {
		return refusal(errInvalidRequest, "")
	}
	err = f.Tokens.Revoke(r.Context(), p, c, form.Get("token"), false)
	if errors.Is(err, fault.InvalidParameter) {
		return nil
	}
	return err
}

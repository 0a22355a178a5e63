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
	err := f.revokeToken(w, r)
	var refused *Refusal
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.As(err, &refused) && refused.Code == errInvalidClient:
		f.Log.Info("oauth refused", "path", r.URL.Path, "reason", refused.Error())
		f.answer(w, http.StatusUnauthorized, map[string]string{"error": errInvalidClient})
	default:
		f.answerError(w, r, err)
	}
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

package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// The two errors of userInfo, and that of strict pools for a token without the
// scope openid. Sources: guide page userinfo-endpoint; RFC 6750 section 3.1.
var (
	badUserInfo  = refusal(errInvalidRequest, "Bad OAuth2 request at UserInfo Endpoint")
	invalidToken = refusal(errInvalidToken,
		"Access token is expired, disabled, or deleted, or the user has globally signed out.")
	insufficientScope = refusal(errInsufficientScope, "The access token lacks the scope openid.")
)

// userInfo writes the claims of the bearer of an access token.
func (f *Face) userInfo(w http.ResponseWriter, r *http.Request) {
	bearer, ok := bearerOf(w, r)
	if !ok {
		f.refuseUserInfo(w, http.StatusBadRequest, badUserInfo, "")
		return
	}
	claims, p, err := f.Tokens.UserInfo(r.Context(), bearer)
	if err == nil {
		err = f.ofHost(r.Context(), r.Host, p.ID)
	}
	if err == nil {
		_, _ = w.Write(claims)
		return
	}
	if fault.Of(err) == nil {
		f.answerError(w, r, err)
		return
	}
	f.Log.Info("oauth refused", "path", r.URL.Path, "reason", fault.Reason(err))
	strict := false
	if p != nil {
		var failed error
		if strict, failed = f.strictOIDC(r.Context(), p.ID); failed != nil {
			f.answerError(w, r, failed)
			return
		}
	}
	switch {
	case !strict:
		f.refuseUserInfo(w, http.StatusUnauthorized, invalidToken, "")
	case errors.Is(err, fault.AccessTokenLacksScopes):
		f.refuseUserInfo(w, http.StatusForbidden, insufficientScope, "Bearer ")
	default:
		f.refuseUserInfo(w, http.StatusUnauthorized, invalidToken, "Bearer ")
	}
}

// bearerOf returns the token in the header or, by RFC 6750 section 2.2, in a
// form.
func bearerOf(w http.ResponseWriter, r *http.Request) (string, bool) {
	form, err := url.Values(nil), error(nil)
	if r.Method == http.MethodPost && r.Header.Get("Authorization") == "" {
		form, err = backForm(w, r)
	}
	token := bearer(r, form)
	return token, err == nil && token != ""
}

func bearer(r *http.Request, form url.Values) string {
	header := r.Header.Get("Authorization")
	if header == "" {
		return form.Get("access_token")
	}
	if scheme, token, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
		return token
	}
	return ""
}

// ofHost returns an error if the host name is a domain of another pool.
func (f *Face) ofHost(ctx context.Context, host, poolID string) error {
	return f.Store.View(ctx, func(tx *store.Tx) error {
		domain, err := f.domain(tx, host)
		if err == nil && domain != nil && domain.PoolID != poolID {
			return fault.InvalidAccessToken
		}
		return err
	})
}

// refuseUserInfo writes an error. Amazon Cognito's header has no scheme.
func (f *Face) refuseUserInfo(w http.ResponseWriter, status int, r *Refusal, scheme string) {
	w.Header().Set("WWW-Authenticate", scheme+`error="`+r.Code+`", error_description="`+r.Description+`"`)
	f.answer(w, status, map[string]string{"error": r.Code, "error_description": r.Description})
}

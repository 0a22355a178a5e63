package oauth

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	sessionType = "browser-session"
	// maxSession is the longest validity that a client can have.
	maxSession = 129600 * time.Minute
)

// sessionLifetime is for how long a client takes a session, counted from the
// sign-in; use does not prolong it. Source: guide page
// cognito-user-pools-managed-login and API reference
// SetUserPoolClientSessionConfiguration.
func sessionLifetime(c *userpool.Client) time.Duration {
	return time.Duration(c.SSOSessionValidity()) * time.Minute
}

// cookieName keeps pools that share a host name apart.
// See docs/divergences OA-9.
func cookieName(p *userpool.Pool) string { return "cognito-" + p.ID }

// SignIn starts the browser's session, always a new one, and grants the
// request.
func (f *Face) SignIn(w http.ResponseWriter, r *http.Request, q *Request, proof *signin.Proof) {
	// Other clients may take the session for longer.
	lifetime := max(sessionLifetime(q.Client), time.Hour)
	payload, err := record.SealedBrowserSession.Encode(record.BrowserSession{
		Sub: proof.User.Sub, AuthTime: proof.At.UnixMilli(), Provider: proof.Provider,
	}, nil)
	if err == nil {
		t := seal.Token{
			Type: sessionType, Pool: q.Pool.ID, User: proof.User.Username, Expires: proof.At.Add(lifetime), Payload: payload,
		}
		copy(t.Handle[:], f.Entropy.Bytes(len(t.Handle)))
		var value string
		if value, err = f.sessions.SealToken(f.Entropy, t); err == nil {
			http.SetCookie(w, f.cookie(cookieName(q.Pool), value, lifetime))
		}
	}
	if err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	f.Grant(w, r, q,
		&SignedIn{User: proof.User, AuthTime: proof.At, At: proof.At, EventID: proof.EventID, Provider: proof.Provider})
}

// cookie is removed by a negative lifetime.
func (f *Face) cookie(name, value string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HttpOnly: true, Secure: f.secure(), SameSite: http.SameSiteLaxMode,
	}
}

// session returns whom the browser's session is of, or nil: there is none, it
// is of another pool, it has run out or been ended, or its user may not be used
// now.
func (f *Face) session(r *http.Request, p *userpool.Pool) (*SignedIn, error) {
	sealed, what, err := f.openSession(r, p)
	if err != nil || what == nil {
		return nil, err
	}
	who := &SignedIn{AuthTime: time.UnixMilli(what.AuthTime).UTC(), EventID: f.Entropy.UUID(), Provider: what.Provider}
	err = f.Store.View(r.Context(), func(tx *store.Tx) error {
		who.At, who.User = tx.Now, nil
		ended, err := tx.Spent(p.ID, sessionType, sealed.Handle[:])
		if err != nil || ended {
			return err
		}
		u, err := tx.UserBySub(p, what.Sub)
		if errors.Is(err, fault.UserNotFound) {
			return nil
		}
		if err == nil && u.Username == sealed.User && who.AuthTime.After(u.SignedOut) {
			who.User = u
		}
		return err
	})
	if err != nil || who.User == nil {
		return nil, err
	}
	return who, nil
}

// openSession opens the browser's session; what is nil where it has none, or none
// that can be opened.
func (f *Face) openSession(
	r *http.Request, p *userpool.Pool,
) (sealed seal.Token, what *record.BrowserSession, err error) {
	c, missing := r.Cookie(cookieName(p))
	if missing != nil {
		return sealed, nil, nil
	}
	sealed, err = f.sessions.OpenToken(r.Context(), c.Value, seal.Token{Type: sessionType, Pool: p.ID}, f.Clock.Now())
	if seal.Refused(err) {
		return sealed, nil, nil
	}
	if err != nil {
		return sealed, nil, err
	}
	what = &record.BrowserSession{}
	return sealed, what, record.SealedBrowserSession.Decode(sealed.Payload, what)
}

// usable reports whether a session is enough for a request. A nil session is
// not, nor one of another identity provider than the request names. Source:
// aws-amplify/amplify-js, signInWithRedirect.ts.
func (who *SignedIn) usable(q *Request, now time.Time) bool {
	if who == nil || q.prompt("login") || userpool.Usable(q.Client, who.User) != nil {
		return false
	}
	// Who must change the password does so on the page, but for users who have
	// not used one.
	if who.User.Status == userpool.ForceChangePassword && who.Provider == "" {
		return false
	}
	if q.provider != "" && q.provider != cmp.Or(who.Provider, userpool.LocalProvider) {
		return false
	}
	age := now.Sub(who.AuthTime)
	return age < sessionLifetime(q.Client) && (q.maxAge < 0 || age <= q.maxAge)
}

// endSession ends the browser's session, for copies of the cookie, too. A
// browser keeps the cookie of a session that could not be ended.
func (f *Face) endSession(w http.ResponseWriter, r *http.Request, p *userpool.Pool) error {
	sealed, what, err := f.openSession(r, p)
	if err != nil {
		return err
	}
	if what != nil {
		err := f.Store.Update(r.Context(), func(tx *store.Tx) error {
			_, err := tx.Spend(p.ID, sessionType, sealed.Handle[:], sealed.Expires)
			return err
		})
		if err != nil {
			return err
		}
	}
	http.SetCookie(w, f.cookie(cookieName(p), "", -time.Second))
	return nil
}

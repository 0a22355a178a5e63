package oauth

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	sessionType = "browser-session"
	// maxSession is the longest validity that a client can have.
	maxSession = 129600 * time.Minute
)

// sessionLifetime is how long a session is valid for a client, from the
// sign-in; use does not extend it. Source: guide page
// cognito-user-pools-managed-login and API reference
// SetUserPoolClientSessionConfiguration.
func sessionLifetime(c *userpool.Client) time.Duration {
	return time.Duration(c.SSOSessionValidity()) * time.Minute
}

// cookieName returns the name of the session cookie. At a domain of the pool it is
// the name of Amazon Cognito. Other addresses serve several pools, whose names
// differ. See docs/divergences OA-9.
func (f *Face) cookieName(r *http.Request, p *userpool.Pool) (name string, err error) {
	err = f.Store.View(r.Context(), func(tx *store.Tx) error {
		domain, err := f.domain(tx, r.Host)
		if name = "cognito-" + p.ID; domain != nil && domain.PoolID == p.ID {
			name = "cognito"
		}
		return err
	})
	return name, err
}

// SignIn starts a new session of the browser and grants the request.
func (f *Face) SignIn(w http.ResponseWriter, r *http.Request, q *Request, proof *signin.Proof) {
	s := &SignIn{
		User: proof.User, AuthTime: proof.At, At: proof.At, EventID: proof.EventID, Provider: proof.Provider,
		Methods: proof.Methods,
	}
	if err := f.startSession(w, r, q, s, proof.Credential); err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	f.Grant(w, r, q, s)
}

// startSession sets the cookie of a new session, and s.SSOSession.
func (f *Face) startSession(
	w http.ResponseWriter, r *http.Request, q *Request, s *SignIn, read *userpool.Credential,
) error {
	name, err := f.cookieName(r, q.Pool)
	if err != nil {
		return err
	}
	// Other clients may accept the session for longer.
	lifetime := max(sessionLifetime(q.Client), time.Hour)
	start := token.SSOStart{Credential: read, Expires: s.AuthTime.Add(lifetime)}
	sealed, stored, err := f.openSession(r, q.Pool)
	if err != nil {
		return err
	}
	if stored != nil {
		start.Previous = ssoSession(sealed, stored)
	}
	if s.SSOSession, err = f.Tokens.StartSSO(r.Context(), s.grant(q), start); err != nil {
		return err
	}
	payload, err := record.SealedBrowserSession.Encode(record.BrowserSession{
		Sub: s.User.Sub, AuthTime: s.AuthTime.UnixMilli(), Provider: s.Provider, Session: s.SSOSession,
		Methods: userpool.AMR(s.Methods),
	}, nil)
	if err != nil {
		return err
	}
	t := seal.Token{
		Type: sessionType, Pool: q.Pool.ID, User: s.User.Username, Expires: start.Expires, Payload: payload,
	}
	copy(t.Handle[:], f.Entropy.Bytes(len(t.Handle)))
	value, err := f.sessions.SealToken(f.Entropy, t)
	if err == nil {
		http.SetCookie(w, f.cookie(name, value, lifetime))
	}
	return err
}

// ssoSession returns the key of the SSO session that a cookie names. Its ID is
// empty if there is none.
func ssoSession(sealed seal.Token, stored *record.BrowserSession) userpool.Session {
	return userpool.Session{
		PoolID: sealed.Pool, Username: sealed.User, ID: stored.Session, Kind: userpool.SSOSession,
	}
}

// cookie returns a session cookie. A negative lifetime removes it.
func (f *Face) cookie(name, value string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HttpOnly: true, Secure: f.secure(), SameSite: http.SameSiteLaxMode,
	}
}

// session returns the user of the browser's session, or nil: if there is none,
// if it is of another pool, has expired or been ended, or if the user has been
// deleted or has signed out.
func (f *Face) session(r *http.Request, p *userpool.Pool) (*SignIn, error) {
	sealed, stored, err := f.openSession(r, p)
	if err != nil || stored == nil {
		return nil, err
	}
	s := &SignIn{
		AuthTime: time.UnixMilli(stored.AuthTime).UTC(), EventID: f.Entropy.UUID(), Provider: stored.Provider,
		Methods: userpool.MethodsOf(stored.Methods),
	}
	err = f.Store.View(r.Context(), func(tx *store.Tx) error {
		s.At, s.User = tx.Now, nil
		ended, err := tx.Spent(p.ID, sessionType, sealed.Handle[:])
		if err != nil || ended {
			return err
		}
		// A session in the store ends with its row, on every node at once.
		if s.SSOSession = stored.Session; s.SSOSession != "" {
			live, err := tx.HasSession(p.ID, sealed.User, s.SSOSession, tx.Now)
			if err != nil || !live {
				return err
			}
		}
		u, err := tx.UserBySub(p, stored.Sub)
		if errors.Is(err, fault.UserNotFound) {
			return nil
		}
		if err == nil && u.Username == sealed.User && s.AuthTime.After(u.SignedOut) {
			s.User = u
		}
		return err
	})
	if err != nil || s.User == nil {
		return nil, err
	}
	return s, nil
}

// openSession opens the browser's session. stored is nil if there is none that
// can be opened.
func (f *Face) openSession(
	r *http.Request, p *userpool.Pool,
) (sealed seal.Token, stored *record.BrowserSession, err error) {
	name, err := f.cookieName(r, p)
	if err != nil {
		return sealed, nil, err
	}
	c, missing := r.Cookie(name)
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
	stored = &record.BrowserSession{}
	return sealed, stored, record.SealedBrowserSession.Decode(sealed.Payload, stored)
}

// usable reports whether a session satisfies a request. A nil session does not,
// nor does one of another identity provider than the request names. Source:
// aws-amplify/amplify-js, signInWithRedirect.ts.
func (s *SignIn) usable(q *Request, now time.Time) bool {
	if s == nil || q.prompt("login") || userpool.Usable(q.Client, s.User) != nil {
		return false
	}
	// A user who must change the password does so on the page, unless an
	// identity provider authenticated the user.
	if s.User.Status == userpool.ForceChangePassword && s.Provider == "" {
		return false
	}
	if q.provider != "" && q.provider != cmp.Or(s.Provider, userpool.LocalProvider) {
		return false
	}
	age := now.Sub(s.AuthTime)
	// A max_age of 0 requires a new sign-in (OpenID Connect Core section 3.1.2.1).
	return age < sessionLifetime(q.Client) && (q.maxAge < 0 || q.maxAge > 0 && age <= q.maxAge)
}

// satisfies reports whether the sign-in of a session has the assurance level
// that the request asks for: the first of the list that the user can reach.
func (s *SignIn) satisfies(q *Request) bool {
	if len(q.Targets) == 0 {
		return true
	}
	ways := userpool.WaysOf([]userpool.Choice{userpool.ChoosePassword}, q.Pool.StepUpFactors(s.User))
	target := userpool.TargetOf(q.Targets, ways, s.Methods)
	return target > 0 && userpool.LevelOf(s.Methods) >= target
}

// StepUp returns the session that a request can use except for its assurance
// level, if a second factor is all that may be missing; otherwise nil.
func (f *Face) StepUp(r *http.Request, q *Request) (*SignIn, error) {
	if len(q.Targets) == 0 {
		return nil, nil
	}
	s, err := f.session(r, q.Pool)
	if err != nil || !s.usable(q, f.Clock.Now()) || s.satisfies(q) ||
		!slices.Contains(s.Methods, userpool.MethodPassword) {
		return nil, err
	}
	return s, nil
}

// endSession ends the browser's session, also for copies of the cookie. On an
// error the browser keeps the cookie.
func (f *Face) endSession(w http.ResponseWriter, r *http.Request, p *userpool.Pool) error {
	name, err := f.cookieName(r, p)
	if err != nil {
		return err
	}
	sealed, stored, err := f.openSession(r, p)
	if err != nil {
		return err
	}
	if stored != nil {
		err := f.Store.Update(r.Context(), func(tx *store.Tx) error {
			if _, err := tx.Spend(p.ID, sessionType, sealed.Handle[:], sealed.Expires); err != nil {
				return err
			}
			s := ssoSession(sealed, stored)
			if s.ID == "" {
				return nil
			}
			return tx.EndSession(&s)
		})
		if err != nil {
			return err
		}
	}
	http.SetCookie(w, f.cookie(name, "", -time.Second))
	return nil
}

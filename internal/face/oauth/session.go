package oauth

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
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

// cookiePrefix precedes a pool's ID in the name of its session cookie.
const cookiePrefix = "cognito-"

// cookieName returns the name of a pool's session cookie. At a domain of the pool
// it is the name of Amazon Cognito. Other addresses serve several pools, whose
// names differ. See docs/divergences OA-9.
func cookieName(domainPool, poolID string) string {
	if poolID == domainPool {
		return "cognito"
	}
	return cookiePrefix + poolID
}

// domainPool returns the ID of the pool at whose domain a request arrives, or ""
// at an address that serves several pools.
func (f *Face) domainPool(r *http.Request) (id string, err error) {
	err = f.Store.View(r.Context(), func(tx *store.Tx) error {
		domain, err := f.domain(tx, r.Host)
		if id = ""; domain != nil {
			id = domain.PoolID
		}
		return err
	})
	return id, err
}

// SignIn starts a new session of the browser, which replaces the previous one, and
// grants the request. continues identifies the session that a step-up is credited
// with; nil for a sign-in. If that session has ended, the request starts again.
func (f *Face) SignIn(w http.ResponseWriter, r *http.Request, q *Request, proof *signin.Proof, continues []byte) {
	if s := f.StartSession(w, r, q, proof, continues); s != nil {
		f.Grant(w, r, q, s)
	}
}

// StartSession is SignIn without the grant. It returns nil if it has responded.
func (f *Face) StartSession(
	w http.ResponseWriter, r *http.Request, q *Request, proof *signin.Proof, continues []byte,
) *SignIn {
	if !q.names(proof.User) {
		f.Refuse(w, r, q, refusal(errLoginRequired, "the user is not the one that the request names"))
		return nil
	}
	s := &SignIn{
		User: proof.User, AuthTime: proof.At, At: proof.At, EventID: proof.EventID, Provider: proof.Provider,
		Methods: proof.Methods, Cookie: continues, DeviceKey: proof.DeviceKey,
	}
	err := f.startSession(w, r, q, s, proof.Credential)
	switch {
	case errors.Is(err, token.ErrSSOEnded):
		f.Restart(w, q)
	case err != nil:
		f.Refuse(w, r, q, err)
	default:
		return s
	}
	return nil
}

// Restart redirects the browser to the beginning of a request.
func (f *Face) Restart(w http.ResponseWriter, q *Request) { redirect(w, q.Address(authorizePath)) }

// startSession sets the cookie of a new session, s.Cookie and s.SSOSession. The
// previous cookie ends, with every copy of it.
func (f *Face) startSession(
	w http.ResponseWriter, r *http.Request, q *Request, s *SignIn, read *userpool.Credential,
) error {
	domainPool, err := f.domainPool(r)
	if err != nil {
		return err
	}
	name := cookieName(domainPool, q.Pool.ID)
	// Other clients may accept the session for longer.
	lifetime := max(sessionLifetime(q.Client), time.Hour)
	start := token.SSOStart{Credential: read, Expires: s.AuthTime.Add(lifetime)}
	previous, err := f.openSession(r, name, q.Pool.ID)
	if err != nil {
		return err
	}
	start.Continues = s.Cookie != nil
	if start.Continues && (previous == nil || !bytes.Equal(previous.token.Handle[:], s.Cookie)) {
		return token.ErrSSOEnded
	}
	if start.Continues {
		s.DeviceKey = cmp.Or(s.DeviceKey, previous.Device)
	}
	if previous != nil {
		start.Previous = previous.ssoSession()
		start.Replace = func(tx *store.Tx) error {
			live, err := tx.Spend(q.Pool.ID, sessionType, previous.token.Handle[:], previous.token.Expires)
			if err == nil && !live && start.Continues {
				err = token.ErrSSOEnded
			}
			return err
		}
	}
	if s.SSOSession, err = f.Tokens.StartSSO(r.Context(), s.grant(q), start); err != nil {
		return err
	}
	content := record.BrowserSession{
		Sub: s.User.Sub, AuthTime: s.AuthTime.UnixMilli(), Provider: s.Provider, Session: s.SSOSession,
		Methods: userpool.AMR(s.Methods), Device: s.DeviceKey,
	}
	if content.Session == "" && read != nil {
		content.Salt = read.Salt
	}
	payload, err := record.SealedBrowserSession.Encode(content, nil)
	if err != nil {
		return err
	}
	t := seal.Token{
		Type: sessionType, Pool: q.Pool.ID, User: s.User.Username, Expires: start.Expires, Payload: payload,
	}
	copy(t.Handle[:], f.Entropy.Bytes(len(t.Handle)))
	value, err := f.sessions.SealToken(f.Entropy, t)
	if err == nil {
		s.Cookie = t.Handle[:]
		http.SetCookie(w, f.cookie(r, name, value, lifetime))
	}
	return err
}

// cookie returns a session cookie. A negative lifetime removes it.
func (f *Face) cookie(r *http.Request, name, value string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HttpOnly: true, Secure: f.Addresses.Secure(r), SameSite: http.SameSiteLaxMode,
	}
}

// session returns the user of the browser's session, or nil: if there is none,
// if it is of another pool, has expired or been ended, if the user has been deleted
// or has signed out, or if the browser was a device that has been forgotten.
func (f *Face) session(r *http.Request, p *userpool.Pool) (*SignIn, error) {
	domainPool, err := f.domainPool(r)
	if err != nil {
		return nil, err
	}
	opened, err := f.openSession(r, cookieName(domainPool, p.ID), p.ID)
	if err != nil || opened == nil {
		return nil, err
	}
	s := &SignIn{
		AuthTime: time.UnixMilli(opened.AuthTime).UTC(), EventID: f.Entropy.UUID(), Provider: opened.Provider,
		Methods: userpool.MethodsOf(opened.Methods), Cookie: opened.token.Handle[:], DeviceKey: opened.Device,
	}
	err = f.Store.View(r.Context(), func(tx *store.Tx) error {
		s.At, s.User = tx.Now, nil
		ended, err := tx.Spent(p.ID, sessionType, opened.token.Handle[:])
		if err != nil || ended {
			return err
		}
		if opened.Device != "" {
			forgotten, err := tx.DeviceForgotten(p.ID, opened.Device)
			if err != nil || forgotten {
				return err
			}
		}
		// A session in the store ends with its row, on every node at once.
		if s.SSOSession = opened.Session; s.SSOSession != "" {
			live, err := tx.HasSession(p.ID, opened.token.User, s.SSOSession, tx.Now)
			if err != nil || !live {
				return err
			}
		} else if same, err := opened.samePassword(tx); err != nil || !same {
			return err
		}
		u, err := tx.UserBySub(p, opened.Sub)
		if errors.Is(err, fault.UserNotFound) {
			return nil
		}
		if err == nil && u.Username == opened.token.User && s.AuthTime.After(u.SignedOut) {
			s.User = u
		}
		return err
	})
	if err != nil || s.User == nil {
		return nil, err
	}
	return s, nil
}

// openSession is a session that was opened from its cookie. It may have been
// ended since.
type openSession struct {
	record.BrowserSession
	cookie string
	token  seal.Token
}

// samePassword reports whether the user still has the password that the session
// has begun with. See docs/divergences TS-26.
func (s *openSession) samePassword(tx *store.Tx) (bool, error) {
	if len(s.Salt) == 0 {
		return true, nil
	}
	c, err := tx.Credential(s.token.Pool, s.token.User)
	return c != nil && bytes.Equal(c.Salt, s.Salt), err
}

// ssoSession returns the key of the SSO session that the cookie names. Its ID is
// empty if there is none.
func (s *openSession) ssoSession() userpool.Session {
	return userpool.Session{
		PoolID: s.token.Pool, Username: s.token.User, ID: s.Session, Kind: userpool.SSOSession,
	}
}

// openSession opens the browser's session of a pool; nil if there is none that
// can be opened.
func (f *Face) openSession(r *http.Request, cookie, poolID string) (*openSession, error) {
	c, missing := r.Cookie(cookie)
	if missing != nil {
		return nil, nil
	}
	want := seal.Token{Type: sessionType, Pool: poolID}
	sealed, err := f.sessions.OpenToken(r.Context(), c.Value, want, f.Clock.Now())
	if seal.Refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &openSession{cookie: cookie, token: sealed}
	return s, record.SealedBrowserSession.Decode(sealed.Payload, &s.BrowserSession)
}

// maxSessions is the limit of sessions that one request opens.
const maxSessions = 64

// openSessions opens the browser's session of a pool. If poolID is empty, it
// opens that of the domain's pool, or those of every pool where there is none.
func (f *Face) openSessions(r *http.Request, domainPool, poolID string) (opened []*openSession, err error) {
	pools := []string{cmp.Or(poolID, domainPool)}
	if pools[0] == "" {
		pools = poolsOfCookies(r)
	}
	for _, id := range pools {
		s, err := f.openSession(r, cookieName(domainPool, id), id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			opened = append(opened, s)
		}
	}
	return opened, nil
}

// poolsOfCookies returns the pools that the names of cookies name, at most
// maxSessions.
func poolsOfCookies(r *http.Request) (pools []string) {
	for _, c := range r.Cookies() {
		id, ok := strings.CutPrefix(c.Name, cookiePrefix)
		if ok && id != "" && len(pools) < maxSessions && !slices.Contains(pools, id) {
			pools = append(pools, id)
		}
	}
	return pools
}

// usable reports whether a session satisfies a request. A nil session does not,
// nor does one of another identity provider than the request names. Source:
// aws-amplify/amplify-js, signInWithRedirect.ts. For a client that has registered
// itself none does: the user must see who asks. See docs/divergences OA-138.
func (s *SignIn) usable(q *Request, now time.Time) bool {
	if s == nil || q.Client.Registered || q.prompt("login") || !q.names(s.User) ||
		userpool.Usable(q.Client, s.User) != nil {
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

// Continue returns the browser's session if it is the one that a step-up has begun
// with, otherwise nil.
func (f *Face) Continue(r *http.Request, q *Request, cookie []byte) (*SignIn, error) {
	s, err := f.session(r, q.Pool)
	if err != nil || s == nil || !bytes.Equal(s.Cookie, cookie) {
		return nil, err
	}
	return s, nil
}

// EndSession ends the browser's session, also for copies of the cookie. On an
// error the browser keeps the cookie.
func (f *Face) EndSession(w http.ResponseWriter, r *http.Request, l *Logout) error {
	domainPool, err := f.domainPool(r)
	if err != nil {
		return err
	}
	sessions, err := f.openSessions(r, domainPool, l.Pool)
	if err != nil {
		return err
	}
	if len(sessions) > 0 {
		err = f.Store.Update(r.Context(), func(tx *store.Tx) error { return end(tx, sessions) })
		if err != nil {
			return err
		}
	}
	if l.Pool != "" {
		f.removeCookie(w, r, cookieName(domainPool, l.Pool))
		return nil
	}
	for _, s := range sessions {
		f.removeCookie(w, r, s.cookie)
	}
	return nil
}

// end ends sessions for every copy of their cookies.
func end(tx *store.Tx, sessions []*openSession) error {
	for _, s := range sessions {
		if _, err := tx.Spend(s.token.Pool, sessionType, s.token.Handle[:], s.token.Expires); err != nil {
			return err
		}
		sso := s.ssoSession()
		if sso.ID == "" {
			continue
		}
		if err := tx.EndSession(&sso); err != nil {
			return err
		}
	}
	return nil
}

func (f *Face) removeCookie(w http.ResponseWriter, r *http.Request, name string) {
	http.SetCookie(w, f.cookie(r, name, "", -time.Second))
}

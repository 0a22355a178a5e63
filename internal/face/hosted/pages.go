package hosted

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/look"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

// Config configures Pages.
type Config struct {
	OAuth   *oauth.Face
	Signin  *signin.Engine
	Account *account.Flow
	Clock   clock.Clock
	Entropy entropy.Source
	// Steps seals the progress of sign-ins, and what remembered browsers hold.
	Steps seal.Tokens
	// Addresses are those of the server, for browsers.
	Addresses *address.Addresses
	// Helpers are the links of the page at the root in dev mode.
	Helpers []view.Link
}

// Pages serves the pages.
type Pages struct {
	Config
	csrf  *http.CrossOriginProtection
	looks *look.Looks
}

// New returns Pages, which also show the errors of the OAuth face that are not
// sent to a client, and post its responses.
func New(c Config) (*Pages, error) {
	p := &Pages{
		Config: c, csrf: http.NewCrossOriginProtection(), looks: look.NewLooks(c.OAuth.Store, c.OAuth.Log),
	}
	// Behind a proxy the Host of requests may differ from the one that browsers
	// sent.
	if err := p.csrf.AddTrustedOrigin(c.Addresses.Public().String()); err != nil {
		return nil, err
	}
	c.OAuth.Show(p.refusal, p.post, p.translate)
	return p, nil
}

// maxForm is the limit of a posted form.
const maxForm = 64 << 10

// Mount adds the pages to a mux.
func (p *Pages) Mount(mux *http.ServeMux) {
	paths := map[string]http.HandlerFunc{
		"/login": p.login, "/oauth2/login": p.login, "/error": p.failed,
		"/confirmUser": p.confirmUser, "/confirmUser/{$}": p.confirmUser, "/confirmuser": p.confirmUser,
		oauth.LogoutPath: p.logout, "/oauth2/logout": p.logout,
		oauth.DevicePath:      p.device,
		oauth.DeviceConnected: p.deviceDone("device.done", "check", "good"),
		oauth.DeviceRefused:   p.deviceDone("device.refused", "out", ""),
	}
	mux.HandleFunc("GET /favicon.ico", noIcon)
	mux.HandleFunc("GET "+view.Prefix+"{file}", view.ServeFile)
	mux.HandleFunc("GET "+look.Prefix+"{client}/{file}", p.brandingFile)
	for _, s := range steps {
		paths[s.path] = p.answer
	}
	paths[addPasskeyPath], paths[sessionPath] = p.addPasskey, p.useSession
	for path, page := range paths {
		page = p.OAuth.Admitted(page)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			p.OAuth.SetSecurityHeaders(w, r)
			if !isGet(r) && r.Method != http.MethodPost {
				w.Header().Set("Allow", "GET, HEAD, POST")
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			page(w, p.translate(w, oauth.WithPeer(r), oauth.Query(r)))
		})
	}
}

func isGet(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// failed serves /error.
func (p *Pages) failed(w http.ResponseWriter, r *http.Request) {
	p.refusal(w, r, p.OAuth.ErrorOf(r.Context(), oauth.Query(r)))
}

// login shows and accepts the form of the first page.
func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	q, ok := p.request(w, r)
	if !ok {
		return
	}
	if isGet(r) {
		p.showFirst(w, r, q)
		return
	}
	if r.PostForm.Get("username") == "" {
		p.showLogin(w, r, q, view.Problem{Text: p.language(r).Text("error.empty"), Fields: []string{"username"}})
		return
	}
	name, password := r.PostForm.Get("username"), r.PostForm.Get("password")
	at := &progress{PageStep: record.PageStep{Typed: name}}
	var err error
	if at.devices, err = p.devices(r, q); err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	start := p.startPage
	if signin.PageByChoice(q.Client) {
		start = p.startByName
	}
	out, err := start(r.Context(), q, at, r.PostForm.Get(wayName), password)
	if err != nil {
		p.refuseLogin(w, r, q, err)
		return
	}
	p.proceed(w, r, q, at, out)
}

// refuseLogin shows an error on the first page, or sends it to the client.
func (p *Pages) refuseLogin(w http.ResponseWriter, r *http.Request, q *oauth.Request, err error) {
	shown, ok := problem(p.language(r), err)
	if !ok {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	p.showLogin(w, r, q, shown)
}

// showFirst shows the first page: that of a session which suffices, the second
// factor that the assurance level of the request requires of the session's user,
// or the sign-in form.
func (p *Pages) showFirst(w http.ResponseWriter, r *http.Request, q *oauth.Request) {
	if oauth.Query(r).Has(anotherField) {
		p.showLogin(w, r, q)
		return
	}
	live, err := p.OAuth.Session(r, q)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	if live != nil {
		p.showSession(w, r, q, live)
		return
	}
	s, err := p.OAuth.StepUp(r, q)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	if s == nil {
		p.showLogin(w, r, q)
		return
	}
	out, err := p.Signin.StepUpPage(r.Context(), signin.PageStepUp{
		Pool: q.Pool, Client: q.Client, User: s.User, Methods: s.Methods, Targets: q.Targets,
	})
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	p.proceed(w, r, q, &progress{PageStep: record.PageStep{Typed: s.User.Username, Continues: s.Cookie}}, out)
}

// continueStepUp runs before a response of a step-up. It requires that the browser
// still has the session that the step-up is credited with, and calls
// PreAuthentication before the first response. It returns false if it has
// responded.
func (p *Pages) continueStepUp(w http.ResponseWriter, r *http.Request, q *oauth.Request, at *progress) bool {
	s, err := p.OAuth.Continue(r, q, at.Continues)
	if err == nil && s == nil {
		p.OAuth.Restart(w, q)
		return false
	}
	if err == nil && !at.Begun {
		err = p.Signin.BeginStepUp(r.Context(), q.Pool, q.Client, s.User)
	}
	if err == nil {
		at.Begun = true
		return true
	}
	if shown, ok := problem(p.language(r), err); ok {
		p.showStep(w, r, q, at, shown)
	} else {
		p.OAuth.Refuse(w, r, q, err)
	}
	return false
}

// step reads the request and the step in the form of a later page. Without a valid
// step it redirects to the first page. ok is false if it has responded.
func (p *Pages) step(w http.ResponseWriter, r *http.Request) (q *oauth.Request, at *progress, ok bool) {
	if q, ok = p.request(w, r); !ok {
		return nil, nil, false
	}
	at, err := p.openStep(r, q)
	switch {
	case errors.Is(err, errNoStep):
		http.Redirect(w, r, q.Address("/login"), http.StatusSeeOther)
		return nil, nil, false
	case err != nil:
		p.OAuth.Refuse(w, r, q, err)
		return nil, nil, false
	}
	return q, at, true
}

// answer accepts the form of a later page of a sign-in.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) {
	q, at, ok := p.step(w, r)
	if !ok {
		return
	}
	if r.PostForm.Has(langName) {
		p.showStep(w, p.translate(w, r, r.PostForm), q, at)
		return
	}
	var err error
	if at.devices, err = p.devices(r, q); err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return
	}
	at.remember = r.PostForm.Has(rememberName)
	l, s := p.language(r), stepOf(at.Challenge)
	if s.first && r.PostForm.Has(anotherName) {
		p.showChoice(w, r, q, at)
		return
	}
	do, responses, wrong := s.act(p.scene(l, q, at), r.PostForm)
	if wrong != nil {
		p.showStep(w, r, q, at, *wrong)
		return
	}
	if at.Continues != nil && !p.continueStepUp(w, r, q, at) {
		return
	}
	out, err := retryConflicts(func() (signin.Outcome, error) { return do(p, r.Context(), q, at, responses) })
	switch shown, ok := problem(l, err); {
	case err == nil:
		p.proceed(w, r, q, at, out)
	case sessionEnded(err) && s.first:
		p.showChoice(w, r, q, at, view.Problem{Text: l.Text("error.over")})
	case ok && s.challenge == passkeyStep: // the response has consumed the engine's session
		p.showChoice(w, r, q, at, ofPasskey(l, err, shown))
	case sessionEnded(err):
		p.showLogin(w, r, q, view.Problem{Text: l.Text("error.over")})
	case ok:
		p.showStep(w, r, q, at, shown)
	default:
		p.OAuth.Refuse(w, r, q, err)
	}
}

// answerEngine responds to the current challenge of a sign-in.
func (p *Pages) answerEngine(
	ctx context.Context, q *oauth.Request, at *progress, responses map[string]string,
) (signin.Outcome, error) {
	responses["USERNAME"] = at.Typed
	challenge, _, _ := strings.Cut(at.Challenge, "/")
	return p.Signin.AnswerPage(ctx, signin.Answer{
		Pool: q.Pool, Client: q.Client, Challenge: challenge, Session: at.Session, Responses: responses,
		Devices: at.devices, Remember: at.remember,
	})
}

// proceed shows the next step of the engine, or completes the sign-in.
func (p *Pages) proceed(w http.ResponseWriter, r *http.Request, q *oauth.Request, after *progress, out signin.Outcome) {
	if out.Proof != nil {
		if err := p.rememberBrowser(w, r, q, out.Proof.Device); err != nil {
			p.OAuth.Refuse(w, r, q, err)
			return
		}
		p.complete(w, r, q, out.Proof, after.Continues)
		return
	}
	available := out.Available
	if available == nil {
		available = after.Available
	}
	if list := ways(available); out.Challenge == choiceStep && len(list) == 1 {
		var err error
		if out, err = p.chooseOnly(r.Context(), q, after, out.Session, list[0]); err != nil {
			p.refuseLogin(w, r, q, err)
			return
		}
	}
	if factors := listed(out.Parameters["MFAS_CAN_SETUP"]); out.Challenge == setupChallenge && len(factors) == 1 {
		var err error
		if out, err = p.setUp(r.Context(), out.Session, factors[0]); err != nil {
			p.OAuth.Refuse(w, r, q, err)
			return
		}
	}
	s := stepOf(stepAfter(out))
	if s == nil {
		p.OAuth.Refuse(w, r, q, fault.Invalid("The pages cannot ask for %s.", out.Challenge))
		return
	}
	at := after.next(out)
	if at.Challenge = s.challenge; s.first {
		at.Available = available
	}
	p.showStep(w, r, q, at)
}

// maxRuns is how often a flow that conflicts with a concurrent write is run, as
// by the gate of the native API.
const maxRuns = 5

func retryConflicts[T any](run func() (T, error)) (out T, err error) {
	for range maxRuns {
		if out, err = run(); !errors.Is(err, fault.ConcurrentModification) {
			break
		}
	}
	return out, err
}

// request reads the authorization request of a page, and refuses forms that
// another site has posted.
func (p *Pages) request(w http.ResponseWriter, r *http.Request) (*oauth.Request, bool) {
	q, err := p.OAuth.Parse(r)
	if err != nil {
		p.OAuth.Refuse(w, r, q, err)
		return nil, false
	}
	// The language is not part of the request: it can change in the middle of a sign-in.
	q.Query.Del(langName)
	q.Query.Del(localesName)
	if !p.available(w, r, q) {
		return nil, false
	}
	if isGet(r) {
		return q, true
	}
	first := q.Address("/login")
	if !p.readForm(w, r, first) {
		return nil, false
	}
	if !p.ownForm(r) {
		l := p.language(r)
		p.show(w, r, q, http.StatusForbidden, view.Page{
			Title: l.Text("error.overTitle"), Icon: "clock", Lead: plain(l.Text("error.over")), Parts: again(l, first),
		})
		return nil, false
	}
	return q, true
}

// readForm reads a posted form. It returns false if it has refused the form.
// first is the address to start again from, or "".
func (p *Pages) readForm(w http.ResponseWriter, r *http.Request, first string) bool {
	l := p.language(r)
	err := oauth.ReadForm(w, r, maxForm)
	var large *http.MaxBytesError
	var refused *oauth.Refusal
	switch {
	case err == nil:
		return true
	case errors.As(err, &large):
		p.show(w, r, nil, http.StatusRequestEntityTooLarge, view.Page{
			Title: l.Text("error.largeTitle"), Lead: plain(l.Text("error.large")), Parts: again(l, first),
		})
	case errors.As(err, &refused):
		p.OAuth.Refuse(w, r, nil, err)
	default:
		p.show(w, r, nil, http.StatusBadRequest, view.Page{
			Title: l.Text("error.title"), Lead: plain(l.Text("error.unread")), Parts: again(l, first),
		})
	}
	return false
}

// csrfCookie and csrfField have the same random value; only a page of this
// server can set both. The names are Amazon Cognito's.
const (
	csrfCookie = oauth.BrowserCookie
	csrfField  = "_csrf"
)

func (p *Pages) ownForm(r *http.Request) bool {
	if p.csrf.Check(r) != nil {
		return false
	}
	c, err := r.Cookie(csrfCookie)
	return err == nil && len(c.Value) >= 16 &&
		subtle.ConstantTimeCompare([]byte(c.Value), []byte(r.PostForm.Get(csrfField))) == 1
}

// browser returns the random value of this browser, and sets it at the first
// page.
func (p *Pages) browser(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(csrfCookie); err == nil && len(c.Value) >= 16 && len(c.Value) <= 64 {
		return c.Value
	}
	value := p.Entropy.UUID()
	http.SetCookie(w, &http.Cookie{
		Name: csrfCookie, Value: value, Path: "/", HttpOnly: true, Secure: p.Addresses.Secure(r),
		SameSite: http.SameSiteLaxMode,
	})
	r.AddCookie(&http.Cookie{Name: csrfCookie, Value: value})
	return value
}

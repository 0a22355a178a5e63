package oauth

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config configures a Face.
type Config struct {
	Store   *store.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Signin  *signin.Engine
	Tokens  *token.Issuer
	Log     *slog.Logger
	// Addresses are those of the server, for browsers and clients.
	Addresses *address.Addresses
	// Documents reads client id metadata documents.
	Documents *appclient.Documents
	// Registrar registers clients dynamically.
	Registrar appclient.Registrar
	// Tiers ignores acr_values in pools whose tier lacks step-up authentication.
	Tiers userpool.TierGating
	// Rates limits the requests of pools and accounts; nil for no limit.
	Rates *ratelimit.Limiter
	// Enter waits for a slot of the admission limit; nil for no limit.
	Enter func(context.Context) (in context.Context, leave func(), err error)
	// Dev shows on error pages why a client was refused.
	Dev bool
}

// Face serves the endpoints.
type Face struct {
	Config
	sessions seal.Tokens
	// problem shows an error page, post the page of a FormPost; see Show.
	problem func(http.ResponseWriter, *http.Request, *Refusal)
	post    func(http.ResponseWriter, *http.Request, FormPost)
	// translate keeps the language that parameters name, and returns the request in it.
	translate func(http.ResponseWriter, *http.Request, url.Values) *http.Request
	// published are the documents that were served last, by path.
	published      sync.Map
	publishedCount atomic.Int64
}

// New returns a Face. Until Show is called, its error pages are plain text, and
// it cannot respond by form_post.
func New(c Config) *Face {
	return &Face{
		Config: c, sessions: c.Store.Tokens("browser-session"), problem: plain, post: noPost, translate: noLanguage,
	}
}

func plain(w http.ResponseWriter, _ *http.Request, r *Refusal) {
	http.Error(w, r.Error(), r.Status())
}

func noPost(w http.ResponseWriter, r *http.Request, _ FormPost) {
	plain(w, r, refusal(errServerError, "This server has no pages."))
}

func noLanguage(_ http.ResponseWriter, r *http.Request, _ url.Values) *http.Request { return r }

// Show sets the functions that show error pages and the pages that post a response
// to the client, and the one that keeps the language that a request names.
func (f *Face) Show(
	problem func(http.ResponseWriter, *http.Request, *Refusal),
	post func(http.ResponseWriter, *http.Request, FormPost),
	translate func(http.ResponseWriter, *http.Request, url.Values) *http.Request,
) {
	f.problem, f.post, f.translate = problem, post, translate
}

// The paths that the discovery document names.
const (
	authorizePath  = "/oauth2/authorize"
	tokenPath      = "/oauth2/token"
	userInfoPath   = "/oauth2/userInfo"
	revokePath     = "/oauth2/revoke"
	introspectPath = "/oauth2/introspect"
	pushPath       = "/oauth2/par"
	devicePath     = "/oauth2/device_authorization"
	registerPath   = "/oauth2/register"
	// LogoutPath is served by package hosted.
	LogoutPath = "/logout"
)

// Mount adds the endpoints to a mux. The guide spells userInfo in two ways.
func (f *Face) Mount(mux *http.ServeMux) {
	for path, endpoint := range map[string]http.HandlerFunc{
		authorizePath:      f.Admitted(f.authorize),
		"/authorize":       f.Admitted(f.authorize),
		tokenPath:          crossOrigin(f.backChannel(f.token), http.MethodPost),
		userInfoPath:       crossOrigin(f.backChannel(f.userInfo), http.MethodGet, http.MethodPost),
		"/oauth2/userinfo": crossOrigin(f.backChannel(f.userInfo), http.MethodGet, http.MethodPost),
		revokePath:         crossOrigin(f.backChannel(f.revoke), http.MethodPost),
		introspectPath:     f.backChannel(f.introspect),
		pushPath:           crossOrigin(f.backChannel(f.push), http.MethodPost),
		devicePath:         crossOrigin(f.backChannel(f.deviceAuthorization), http.MethodPost),
		registerPath:       crossOrigin(f.backChannel(f.register), http.MethodPost),
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			f.SetSecurityHeaders(w, r)
			endpoint(w, WithPeer(r))
		})
	}
	f.mountDocuments(mux)
}

// WithPeer returns a request whose context carries its sender, from which tracked
// sessions describe the device, and the pool that its address names.
func WithPeer(r *http.Request) *http.Request {
	peer := userpool.Peer{Address: r.RemoteAddr, Agent: r.UserAgent()}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		peer.Address = host
	}
	ctx := context.WithValue(token.WithPeer(r.Context(), peer), poolKey{}, Query(r).Get(poolParam))
	return r.WithContext(ctx)
}

type poolKey struct{}

// namedBy returns the id of the pool that the address of the request names, or "".
func namedBy(ctx context.Context) string {
	id, _ := ctx.Value(poolKey{}).(string)
	return id
}

// SetSecurityHeaders sets the headers that every response to browsers has; none
// may be cached, since it may be for a signed-in user. Source: guide page
// userinfo-endpoint.
func (f *Face) SetSecurityHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Amz-Cognito-Request-Id", f.Entropy.UUID())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "0")
	if f.Addresses.HSTS(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000 ; includeSubDomains")
	}
}

// crossOrigin lets scripts of any origin call the endpoint, which uses no
// cookies. Every response is JSON, also one without a body: some clients fail if
// there is no Content-Type.
func crossOrigin(endpoint http.HandlerFunc, methods ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", jsonType)
		h.Set("Access-Control-Allow-Origin", "*")
		switch {
		case r.Method == http.MethodOptions:
			h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
			if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
				h.Set("Access-Control-Allow-Headers", wanted)
			}
			h.Set("Access-Control-Max-Age", "172800")
			w.WriteHeader(http.StatusOK)
		case slices.Contains(methods, r.Method):
			endpoint(w, r)
		default:
			h.Set("Allow", strings.Join(methods, ", ")+", OPTIONS")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}
}

// Lookup returns a client and its pool. At a host name that is a domain of a
// pool, the clients of other pools do not exist. If the client's id is the URL of a
// metadata document, the domain or the address names the pool, and the client has
// no redirect URIs; see readDocument.
func (f *Face) Lookup(ctx context.Context, host, clientID string) (p *userpool.Pool, c *userpool.Client, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		domain, err := f.domain(tx, host)
		if err != nil {
			return err
		}
		switch poolID := namedBy(ctx); {
		case !userpool.MetadataURL(clientID):
			c, err = tx.ClientByID(clientID)
		case domain != nil:
			c, err = tx.Client(domain.PoolID, clientID)
		default:
			c, err = tx.Client(poolID, clientID)
		}
		if err != nil {
			return err
		}
		if domain != nil && domain.PoolID != c.PoolID {
			return fault.ClientDoesNotExist(clientID)
		}
		p, err = tx.Pool(c.PoolID)
		return err
	})
	return p, c, err
}

// domain returns the domain of a pool for a host name; nil for any other name,
// which serves every pool.
func (f *Face) domain(tx *store.Tx, host string) (*userpool.Domain, error) {
	name, ok := f.Addresses.Domain(host)
	if !ok {
		return nil, nil
	}
	d, p, err := tx.Domain(name.Domain)
	if err != nil || d == nil || !name.Is(d, p) {
		return nil, err
	}
	return d, nil
}

// LoginVersion returns the version of the pages of a request: that of the domain at
// which it arrives, elsewhere that of the pool's custom domain or else of its prefix.
// It is 0 for a pool without a domain, which has no pages at Amazon Cognito. See
// docs/divergences OA-180.
func (f *Face) LoginVersion(ctx context.Context, host, poolID string) (version int32, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		domain, err := f.domain(tx, host)
		if err == nil && domain == nil {
			var all []*userpool.Domain
			// The custom domain is the first.
			if all, err = tx.Domains(poolID); len(all) > 0 {
				domain = all[0]
			}
		}
		if version = 0; domain != nil {
			version = domain.ManagedLoginVersion
		}
		return err
	})
	return version, err
}

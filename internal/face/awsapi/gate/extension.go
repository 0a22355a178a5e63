package gate

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// extensionPrefix, before the name of an Extension, makes its action in policies.
const extensionPrefix = "lifeguard:"

// extensionBodyLimit is the largest body of an Extension, in bytes.
const extensionBodyLimit = 16 << 10

// Extension is an operation on a pool that Amazon Cognito does not have. It is
// called with JSON at an address of its own, by the same access keys as the
// native API.
type Extension struct {
	// Name is the name of the operation in policies, after "lifeguard:", in the log
	// and in metrics.
	Name string
	// CountsAs is the native operation whose request rates apply.
	CountsAs string
	// Call gets the id of the pool in the address, and the body. Its result is
	// encoded in JSON.
	Call func(ctx context.Context, poolID string, body []byte) (any, error)
}

// Extend mounts the extensions of one address, by method. The path contains
// {pool}.
func (g *Gate) Extend(mux *http.ServeMux, path string, extensions map[string]Extension) {
	for method, e := range extensions {
		mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
			c := g.begin(w, r, "application/json")
			w.Header().Set("Cache-Control", "no-store")
			body, err := g.extension(r, c, e)
			g.finish(w, c, body, err)
		})
	}
	methods := strings.Join(slices.Sorted(maps.Keys(extensions)), ", ")
	mux.HandleFunc("OPTIONS "+path, func(w http.ResponseWriter, r *http.Request) {
		g.begin(w, r, "")
		preflight(w, r, methods)
	})
}

// extension handles one request for an extension and returns the body of its
// response.
func (g *Gate) extension(r *http.Request, c *call, e Extension) (body []byte, err error) {
	defer recovered(&err)
	c.operation = e.Name
	payload, err := readBody(r, extensionBodyLimit)
	if err != nil {
		return nil, err
	}
	if c.caller, err = g.authenticate(r, payload, c, true); err != nil {
		return nil, err
	}
	pool := userpool.Pool{ID: r.PathValue("pool"), Account: c.caller.Account, Region: c.caller.Region}
	if err := c.caller.require(extensionPrefix+e.Name, pool.ARN()); err != nil {
		return nil, err
	}
	if g.Rates != nil && !g.Rates.Take(ratelimit.Request{
		Owner:     ratelimit.Owner{Account: c.caller.Account, Region: c.caller.Region},
		Operation: e.CountsAs, PoolID: pool.ID,
	}) {
		return nil, fault.RateExceeded
	}
	out, err := e.Call(WithCaller(r.Context(), c.caller), pool.ID, payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

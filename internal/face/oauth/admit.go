package oauth

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Admitted wraps a page in the rates of its pool and the admission limit. A
// refused request is answered by the error page.
func (f *Face) Admitted(page http.HandlerFunc) http.HandlerFunc {
	return f.admitted(page, frontClient, func(w http.ResponseWriter, r *http.Request, err error) {
		f.Refuse(w, r, nil, err)
	})
}

// backChannel is Admitted for an endpoint that responds in JSON.
func (f *Face) backChannel(endpoint http.HandlerFunc) http.HandlerFunc {
	return f.admitted(endpoint, backClient, f.answerError)
}

// identify returns the client or the pool that a request names; nothing is
// verified.
type identify func(r *http.Request, form url.Values) (clientID, poolID string)

// admitted counts a request, and makes those that sign or hash wait for a slot
// of the admission limit: POST requests, the implicit flow, and requests that may
// be either. It reads the body before, so that a client that sends it slowly
// holds no slot.
func (f *Face) admitted(
	endpoint http.HandlerFunc, who identify, refuse func(http.ResponseWriter, *http.Request, error),
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f.ration(r, who, peekForm(w, r)); err != nil {
			refuse(w, r, err)
			return
		}
		query := Query(r)
		costly := r.Method == http.MethodPost || responseTypes[query.Get("response_type")].implicit || carries(query)
		if f.Enter != nil && costly {
			ctx, leave, err := f.Enter(r.Context())
			if err != nil {
				refuse(w, r, &Refusal{Code: errTooManyRequests, cause: err})
				return
			}
			defer leave()
			r = r.WithContext(ctx)
		}
		endpoint(w, r)
	}
}

// peekForm reads the body of a POST, and returns the form in it. The endpoint
// reads the same body again, with the error if there was one.
func peekForm(w http.ResponseWriter, r *http.Request) url.Values {
	if r.Method != http.MethodPost {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), ending{cmp.Or(err, io.EOF)}))
	if !isForm(r) && r.Header.Get("Content-Type") != "" {
		return nil
	}
	return parseQuery(string(body))
}

// ending is the end of a body that has been read.
type ending struct{ err error }

func (e ending) Read([]byte) (int, error) { return 0, e.err }

// ration counts a request against the rates of its pool and account. One that names
// neither, as with the user code of a device, counts for the pool of the domain, and
// elsewhere for no pool: such requests have rates together. One for an unknown client
// or pool is not counted: the endpoint refuses it. See docs/divergences QR-16.
func (f *Face) ration(r *http.Request, who identify, form url.Values) error {
	if f.Rates == nil {
		return nil
	}
	v := ratelimit.Visit{Address: token.PeerOf(r.Context()).Address, Endpoint: r.Method + " " + r.URL.Path}
	if r.URL.Path == tokenPath {
		v.Endpoint += " " + form.Get("grant_type")
	}
	clientID, poolID := who(r, form)
	if userpool.MetadataURL(clientID) {
		clientID, poolID = "", namedBy(r.Context())
	}
	err := f.Store.View(r.Context(), func(tx *store.Tx) error {
		p, err := f.visited(tx, r.Host, clientID, poolID)
		if err == nil && p != nil {
			v.PoolID, v.Owner = p.ID, ratelimit.Owner{Account: p.Account, Region: p.Region}
		}
		return err
	})
	if errors.Is(err, fault.ResourceNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if v.ClientID = clientID; !f.Rates.TakeVisit(v) {
		return fault.RateExceeded
	}
	return nil
}

// visited returns the pool of a client, else that of the domain, else the named one;
// nil if there is none.
func (f *Face) visited(tx *store.Tx, host, clientID, poolID string) (*userpool.Pool, error) {
	if clientID != "" {
		c, err := tx.ClientByID(clientID)
		if err != nil {
			return nil, err
		}
		return tx.Pool(c.PoolID)
	}
	domain, err := f.domain(tx, host)
	switch {
	case err != nil:
		return nil, err
	case domain != nil:
		return tx.Pool(domain.PoolID)
	case poolID == "":
		return nil, nil
	}
	return tx.Pool(poolID)
}

// frontClient identifies the client of a page as Parse does, and at logout by
// the hint.
func frontClient(r *http.Request, form url.Values) (clientID, poolID string) {
	query := Query(r)
	if form != nil && !query.Has("client_id") {
		query = form
	}
	return query.Get("client_id"), token.ClaimedPool(query.Get("id_token_hint"))
}

// backClient identifies the client as authenticate does, and the pool of the
// bearer of an access token, or that in the address.
func backClient(r *http.Request, form url.Values) (clientID, poolID string) {
	name, _, basic := r.BasicAuth()
	if basic {
		return decoded(name), ""
	}
	return form.Get("client_id"), cmp.Or(token.ClaimedPool(bearer(r, form)), Query(r).Get(poolParam))
}

package oauth

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Pushed authorization requests (RFC 9126), for pools that have them on. The
// request is sealed into its request_uri, and nothing is stored until it is
// answered: anyone can push requests of a public client. See docs/divergences
// OA-91.
const (
	pushedType       = "pushed-request"
	requestURIParam  = "request_uri"
	requestURIPrefix = "urn:ietf:params:oauth:request_uri:"
	// pushedStart is how long a page can be opened with a request, pushedPages is
	// how long the pages then accept it.
	pushedStart = time.Minute
	pushedPages = time.Hour
	// maxPushed is the limit of the parameters in bytes. Addresses contain the
	// request, and proxies limit those to 8 KB.
	maxPushed = 4 << 10
)

// errNoPushedRequest is the error for a request_uri that cannot be used.
var errNoPushedRequest = refusal(errInvalidRequestURI, "")

// pushedRequest is a request that was pushed.
type pushedRequest struct {
	handle [16]byte
	record.PushedRequest
}

// push verifies an authorization request as authorize does, and responds with the
// request_uri that stands for it.
func (f *Face) push(w http.ResponseWriter, r *http.Request) {
	q, err := f.pushed(w, r)
	if err == nil && size(q.Query) > maxPushed {
		f.answer(w, http.StatusRequestEntityTooLarge, map[string]string{
			"error": errInvalidRequest, "error_description": "the request is larger than 4 KB",
		})
		return
	}
	var uri string
	if err == nil {
		p := pushedRequest{PushedRequest: record.PushedRequest{Parameters: map[string]string{}}}
		for name := range q.Query {
			p.Parameters[name] = q.Query.Get(name)
		}
		copy(p.handle[:], f.Entropy.Bytes(len(p.handle)))
		uri, err = f.sealPushed(q, p, pushedStart)
	}
	if err != nil {
		f.answerClient(w, r, pushedError(err))
		return
	}
	f.answer(w, http.StatusCreated, struct {
		URI       string `json:"request_uri"`
		ExpiresIn int    `json:"expires_in"`
	}{uri, int(pushedStart.Seconds())})
}

// pushed reads and verifies the request. A client authenticates as at the token
// endpoint; its secret is not part of the request.
func (f *Face) pushed(w http.ResponseWriter, r *http.Request) (*Request, error) {
	form, err := backForm(w, r)
	if err != nil {
		return nil, err
	}
	p, c, err := f.authenticate(r, form)
	if err != nil {
		return nil, err
	}
	on, err := f.extensions(r.Context(), p.ID)
	switch {
	case err != nil:
		return nil, err
	case !on.PushedRequests:
		return nil, refusal(errInvalidRequest, "the user pool does not accept pushed authorization requests")
	case form.Has(requestURIParam):
		return nil, refusal(errInvalidRequest, "request_uri cannot be pushed")
	}
	q := &Request{Query: maps.Clone(form), maxAge: -1}
	q.Query.Del("client_secret")
	q.Query.Set("client_id", c.ID)
	return q, f.parse(r.Context(), r.Host, q)
}

// pushedError returns the error for the client's developer: redirect_mismatch is a
// code of the error page (RFC 9126 section 2.3).
func pushedError(err error) error {
	var refused *Refusal
	if errors.As(err, &refused) && refused.Code == errRedirectMismatch {
		return &Refusal{Code: errInvalidRequest, Description: "redirect_uri is not registered", cause: err}
	}
	return err
}

func size(parameters url.Values) (n int) {
	for name := range parameters {
		n += len(name) + len(parameters.Get(name))
	}
	return n
}

// urlAlphabet makes base64 safe for clients that do not escape the value.
var (
	urlAlphabet = strings.NewReplacer("+", "-", "/", "_")
	stdAlphabet = strings.NewReplacer("-", "+", "_", "/")
)

func (f *Face) sealPushed(q *Request, p pushedRequest, lifetime time.Duration) (string, error) {
	payload, err := record.SealedPushedRequest.Encode(p.PushedRequest, nil)
	if err != nil {
		return "", err
	}
	sealed, err := f.sessions.SealToken(f.Entropy, seal.Token{
		Type: pushedType, Pool: q.Pool.ID, Client: q.Client.ID, Expires: f.Clock.Now().Add(lifetime),
		Handle: p.handle, Payload: payload,
	})
	return requestURIPrefix + urlAlphabet.Replace(sealed), err
}

// openPushed replaces the parameters of a request that names a pushed one; other
// requests it leaves unchanged. Of the request itself only client_id counts (RFC
// 9101 section 6.3). The addresses of pages name the pushed request for as long as
// pages may take.
func (f *Face) openPushed(r *http.Request, q *Request) error {
	uri, pushed := strings.CutPrefix(q.Query.Get(requestURIParam), requestURIPrefix)
	if !pushed {
		return nil
	}
	p, err := f.findPushed(r, q, uri)
	if err != nil {
		return err
	}
	uri = requestURIPrefix + uri
	if !p.Begun {
		p.Begun = true
		if uri, err = f.sealPushed(q, *p, pushedPages); err != nil {
			return err
		}
	}
	q.pushed = p
	q.carried = url.Values{"client_id": {q.Client.ID}, requestURIParam: {uri}}
	if userpool.MetadataURL(q.Client.ID) {
		q.carried.Set(poolParam, q.Pool.ID)
	}
	q.Query = url.Values{}
	for name, value := range p.Parameters {
		q.Query.Set(name, value)
	}
	return nil
}

// findPushed opens a pushed request of the client that a request names, and
// requires that it was not answered.
func (f *Face) findPushed(r *http.Request, q *Request, sealed string) (p *pushedRequest, err error) {
	q.Pool, q.Client, err = f.Lookup(r.Context(), r.Host, q.Query.Get("client_id"))
	if errors.Is(err, fault.ResourceNotFound) {
		return nil, errNoPushedRequest
	}
	if err != nil {
		return nil, err
	}
	t, err := f.sessions.OpenToken(r.Context(), stdAlphabet.Replace(sealed),
		seal.Token{Type: pushedType, Pool: q.Pool.ID, Client: q.Client.ID}, f.Clock.Now())
	if seal.Refused(err) {
		return nil, errNoPushedRequest
	}
	if err != nil {
		return nil, err
	}
	p = &pushedRequest{handle: t.Handle}
	if err := record.SealedPushedRequest.Decode(t.Payload, &p.PushedRequest); err != nil {
		return nil, err
	}
	return p, f.Store.View(r.Context(), func(tx *store.Tx) error {
		on, err := tx.PoolExtensions(q.Pool.ID)
		if err != nil {
			return err
		}
		answered, err := tx.Spent(q.Pool.ID, pushedType, p.handle[:])
		if err == nil && (answered || !on.PushedRequests) {
			err = errNoPushedRequest
		}
		return err
	})
}

// redeemPushed consumes the pushed request that a response answers. Of any number
// of parallel responses one is sent.
func (f *Face) redeemPushed(ctx context.Context, q *Request) error {
	if q.pushed == nil {
		return nil
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		first, err := tx.Spend(q.Pool.ID, pushedType, q.pushed.handle[:], tx.Now.Add(pushedStart+pushedPages))
		if err == nil && !first {
			err = errNoPushedRequest
		}
		return err
	})
}

// carries reports whether the address of a request may stand for a request whose
// parameters it does not show.
func carries(query url.Values) bool {
	return slices.ContainsFunc([]string{requestURIParam, deviceParam}, query.Has)
}

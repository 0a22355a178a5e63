package appclient

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Bounds of client id metadata documents.
const (
	maxDocumentURL = 1024
	maxDocument    = 64 << 10
	maxDocuments   = 1000 // in the cache
	maxFetches     = 16   // at once
	// documentLifetime is how long a document is cached, failureLifetime that it could
	// not be read.
	documentLifetime = 15 * time.Minute
	failureLifetime  = 30 * time.Second
)

// Documents reads and caches client id metadata documents. Source:
// draft-ietf-oauth-client-id-metadata-document.
type Documents struct {
	fetch       *fetch.Client
	clock       clock.Clock
	slots       chan struct{}
	releaseSlot func(context.Context) (back func())

	mu     sync.Mutex
	cached map[string]cachedDocument
}

type cachedDocument struct {
	metadata Metadata
	err      error
	expires  time.Time
}

// NewDocuments returns Documents with an empty cache. releaseSlot, unless nil, is
// called when a request begins to wait for a document, and back before it goes on.
func NewDocuments(c *fetch.Client, clk clock.Clock, releaseSlot func(context.Context) (back func())) *Documents {
	return &Documents{
		fetch: c, clock: clk, slots: make(chan struct{}, maxFetches), releaseSlot: releaseSlot,
		cached: map[string]cachedDocument{},
	}
}

// Get returns the metadata of a client whose id is a URL. Errors are of the kind
// fault.InvalidClientMetadata or fault.TooManyRequests. It must not be called in a
// transaction.
func (d *Documents) Get(ctx context.Context, id string) (Metadata, error) {
	if err := requireDocumentURL(id); err != nil {
		return Metadata{}, err
	}
	if c, ok := d.known(id); ok {
		return c.metadata, c.err
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	default:
		return Metadata{}, fault.New(fault.TooManyRequests, "Too many client metadata documents are being read.")
	}
	if d.releaseSlot != nil {
		defer d.releaseSlot(ctx)()
	}
	m, err := d.read(ctx, id)
	if ctx.Err() == nil {
		d.keep(id, m, err)
	}
	return m, err
}

func (d *Documents) known(id string) (cachedDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.cached[id]
	return c, ok && d.clock.Now().Before(c.expires)
}

func (d *Documents) keep(id string, m Metadata, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.cached) >= maxDocuments {
		clear(d.cached)
	}
	lifetime := documentLifetime
	if err != nil {
		lifetime = failureLifetime
	}
	d.cached[id] = cachedDocument{m, err, d.clock.Now().Add(lifetime)}
}

func (d *Documents) read(ctx context.Context, id string) (Metadata, error) {
	body, err := d.fetch.Get(ctx, id)
	var reason *fetch.Error
	if errors.As(err, &reason) {
		// The reason would tell strangers about the server's network.
		return Metadata{}, invalid("The client metadata document cannot be read.").WithCause(err)
	}
	if err != nil {
		return Metadata{}, err
	}
	if len(body) > maxDocument {
		return Metadata{}, invalid("The client metadata document is larger than %d bytes.", maxDocument)
	}
	m, err := ParseMetadata(body)
	if err != nil {
		return Metadata{}, err
	}
	if m.ClientID != id {
		return Metadata{}, invalid("client_id in the client metadata document is not its URL.")
	}
	if m.Secret != nil || m.AuthMethod != authNone {
		return Metadata{}, invalid("A client with a metadata document must have token_endpoint_auth_method none.")
	}
	if m.RedirectURIs, err = m.callbacks(false); err != nil {
		return Metadata{}, fault.Of(err).WithKind(fault.InvalidClientMetadata)
	}
	return m, nil
}

// requireDocumentURL refuses URLs that cannot be client ids: they must be https,
// with a path, and without user information, fragment or dot segments.
func requireDocumentURL(id string) error {
	u, err := url.Parse(id)
	if err != nil || !userpool.MetadataURL(id) || len(id) > maxDocumentURL || u.Host == "" || u.User != nil ||
		u.Path == "" || u.Path == "/" || strings.Contains(id, "#") {
		return invalid("The client id is not the URL of a client metadata document.")
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return invalid("The client id is not the URL of a client metadata document.")
		}
	}
	return nil
}

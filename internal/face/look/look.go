package look

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// Looks keeps the looks of clients. A look is made when it is first used after a change
// of the style.
type Looks struct {
	store *store.DB
	log   *slog.Logger
	mu    sync.RWMutex
	kept  map[key]*entry
	bytes int
	// loads bounds the styles that are read at once: each may have megabytes.
	loads chan struct{}
}

type key struct{ poolID, clientID string }

// entry is what is kept of a client. style is nil if the client has none.
type entry struct {
	generation uint64
	stamp      string
	style      *Style
	bytes      int
}

// maxBytes bounds the memory of the kept looks; entryBytes is that of a small one.
const (
	maxBytes   = 64 << 20
	entryBytes = 4 << 10
	maxLoads   = 2
)

// NewLooks returns an empty Looks.
func NewLooks(db *store.DB, log *slog.Logger) *Looks {
	return &Looks{store: db, log: log, kept: map[key]*entry{}, loads: make(chan struct{}, maxLoads)}
}

// Of returns the look of a client, or nil if the client has no style.
func (l *Looks) Of(ctx context.Context, poolID, clientID string) (*Style, error) {
	return l.of(ctx, key{poolID, clientID}, false)
}

// of returns the look of a client. If read is set, the store is asked for its version
// even if no change is known.
func (l *Looks) of(ctx context.Context, k key, read bool) (*Style, error) {
	generation := l.store.Generation(k.poolID)
	l.mu.RLock()
	known := l.kept[k]
	l.mu.RUnlock()
	if known != nil && known.generation == generation && !read {
		return known.style, nil
	}
	var stamp string
	err := l.store.View(ctx, func(tx *store.Tx) (err error) {
		stamp, err = tx.BrandingStamp(k.poolID, k.clientID)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := &entry{generation: generation, stamp: stamp, bytes: entryBytes}
	switch {
	case known != nil && known.stamp == stamp:
		next.style, next.bytes = known.style, known.bytes
	case stamp != "":
		if next, err = l.load(ctx, k, generation); err != nil {
			return nil, err
		}
	}
	l.keep(k, next)
	return next.style, nil
}

// load reads the style of a client and makes its look.
func (l *Looks) load(ctx context.Context, k key, generation uint64) (*entry, error) {
	select {
	case l.loads <- struct{}{}:
		defer func() { <-l.loads }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	next := &entry{generation: generation, bytes: entryBytes}
	var b *brand.ManagedLogin
	err := l.store.View(ctx, func(tx *store.Tx) (err error) {
		b = nil
		if next.stamp, err = tx.BrandingStamp(k.poolID, k.clientID); err == nil && next.stamp != "" {
			b, err = tx.BrandingOfClient(k.poolID, k.clientID)
		}
		return err
	})
	if err != nil || b == nil {
		return next, err
	}
	if next.style, err = New(b); err != nil {
		return nil, err
	}
	for _, f := range next.style.files {
		next.bytes += len(f.body)
	}
	if len(next.style.Warnings) > 0 {
		l.log.WarnContext(ctx, "a managed login style is hard to read", "pool", k.poolID, "client", k.clientID,
			"style", b.ID, "pairs", next.style.Warnings)
	}
	return next, nil
}

// keep replaces the entry of a client. If there are too many, all others go.
func (l *Looks) keep(k key, next *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.kept[k]; old != nil {
		l.bytes -= old.bytes
	}
	if l.bytes+next.bytes > maxBytes {
		clear(l.kept)
		l.bytes = 0
	}
	l.kept[k] = next
	l.bytes += next.bytes
}

// Serve serves a file of the look of a client. Browsers keep it for a year. An address
// with another hash is that of another node, or of a style that has changed since.
func (l *Looks) Serve(w http.ResponseWriter, r *http.Request, poolID, clientID, name string) error {
	var found file
	for _, read := range []bool{false, true} {
		style, err := l.of(r.Context(), key{poolID, clientID}, read)
		if err != nil {
			return err
		}
		if style == nil {
			continue
		}
		if found = style.files[name]; found.body != nil {
			break
		}
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	// An image that is opened as a document runs and fetches nothing.
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox")
	if found.body == nil {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(found.body)
	return nil
}

package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/face/answer"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// keysPath is the path of a pool's key set, below the pool's id.
const keysPath = "/.well-known/jwks.json"

// metadataNames are the names of the metadata document. Its address has the path
// of the issuer before the well-known part (OpenID Connect Discovery 1.0) or
// after it (RFC 8414 section 3.1); clients of the Model Context Protocol try
// both addresses for both names. See docs/divergences OA-64.
var metadataNames = []string{"openid-configuration", "oauth-authorization-server"}

// mountDocuments adds the public documents of pools.
func (f *Face) mountDocuments(mux *http.ServeMux) {
	mux.HandleFunc("GET /{pool}"+keysPath, f.publish(func(r *http.Request, pool string) (any, error) {
		body, err := f.Tokens.JWKS(r.Context(), pool)
		return json.RawMessage(body), err
	}, f.Tokens.LastJWKS))
	mux.HandleFunc("OPTIONS /{pool}/.well-known/{document}", documentPreflight)
	metadata := f.publish(func(r *http.Request, pool string) (any, error) {
		return f.discover(r, pool)
	}, func(string) []byte { return nil })
	for _, name := range metadataNames {
		mux.HandleFunc("GET /{pool}/.well-known/"+name, metadata)
		mux.HandleFunc("GET /.well-known/"+name+"/{pool}", metadata)
		mux.HandleFunc("OPTIONS /.well-known/"+name+"/{pool}", documentPreflight)
	}
}

// documentPreflight answers the CORS preflight of a public document.
func documentPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", http.MethodGet)
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	w.WriteHeader(http.StatusNoContent)
}

// maxPublished is the limit of cached documents.
const maxPublished = 20_000

// publish serves a public document of a pool, also to scripts of any origin.
// While the store is unreachable it serves what known returns, else the
// document that it served last, since every verifier of tokens needs the
// documents. The key set then has every key that the process has signed with;
// it may lack one that only other nodes have read, and have one that has been
// removed.
func (f *Face) publish(
	read func(r *http.Request, pool string) (any, error), known func(pool string) []byte,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		doc, err := f.document(r, read, known)
		switch {
		case errors.Is(err, fault.ResourceNotFound):
			f.published.Delete(r.URL.Path)
			answer.Error(w, http.StatusNotFound, err)
		case err != nil:
			f.Log.Error("a pool's public document could not be read", "error", err)
			answer.Internal(w)
		default:
			if d, ok := doc.(*discovery); !ok || !d.elsewhere {
				f.cache(r.URL.Path, doc)
			}
			w.Header().Set("Cache-Control", "public, max-age=60")
			answer.JSON(w, http.StatusOK, doc)
		}
	}
}

func (f *Face) document(
	r *http.Request, read func(r *http.Request, pool string) (any, error), known func(pool string) []byte,
) (any, error) {
	last, published := f.published.Load(r.URL.Path)
	if doc := known(r.PathValue("pool")); doc != nil {
		last, published = json.RawMessage(doc), true
	}
	if published && !f.Store.Reachable() {
		return last, nil
	}
	doc, err := read(r, r.PathValue("pool"))
	if published && err != nil && fault.Of(err) == nil {
		return last, nil
	}
	return doc, err
}

func (f *Face) cache(path string, doc any) {
	if _, known := f.published.Swap(path, doc); !known && f.publishedCount.Add(1) > maxPublished {
		f.published.Clear()
		f.publishedCount.Store(0)
	}
}

// extensions returns the settings of a pool that Amazon Cognito does not have.
func (f *Face) extensions(ctx context.Context, poolID string) (e *userpool.PoolExtensions, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		e, err = tx.PoolExtensions(poolID)
		return err
	})
	return e, err
}

func (f *Face) poolWithDomains(
	ctx context.Context, id string,
) (p *userpool.Pool, domains []*userpool.Domain, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		if p, err = tx.Pool(id); err == nil {
			domains, err = tx.Domains(id)
		}
		return err
	})
	return p, domains, err
}

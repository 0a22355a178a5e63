package oauth

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// readDocument adds what the metadata document of a client says to the client of a
// request, if the id of the client is a URL. The pages pass the pool on.
func (f *Face) readDocument(ctx context.Context, q *Request) error {
	if !userpool.MetadataURL(q.Client.ID) {
		return nil
	}
	m, err := f.Documents.Get(ctx, q.Client.ID)
	if errors.Is(err, fault.InvalidClientMetadata) {
		return &Refusal{
			Code: errInvalidClient, Description: "The metadata of the client is not valid.", ClientID: q.Client.ID,
			Detail: fault.Of(err).Message, cause: err,
		}
	}
	if err != nil {
		return err
	}
	q.Client.CallbackURLs = m.RedirectURIs
	q.Query.Set(poolParam, q.Pool.ID)
	return nil
}

package store

import (
	"errors"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// Terms are the terms documents of clients by id. Use it for reading only: the
// methods below keep termsOfClients consistent.
var Terms = Collection[brand.Terms, *brand.Terms]{
	kind: "terms", shape: record.Terms,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "Terms document %s does not exist.", id)
	},
	taken: func(_, id string) error {
		return fault.Newf(fault.TermsExists, "Terms document %s already exists.", id)
	},
}

// termsOfClients map a client and name to a document. Ids are unique, so a client
// has at most one document of a name.
var termsOfClients = Collection[record.LinkToTerms, *record.LinkToTerms]{
	kind: "terms-of-client", shape: record.TermsOfClient,
	missing: func(_, id string) error {
		clientID, name := splitTermsKey(id)
		return fault.Newf(fault.ResourceNotFound, "Terms document %s does not exist for app client %s.", name, clientID)
	},
	taken: func(_, id string) error {
		clientID, name := splitTermsKey(id)
		return fault.Newf(fault.TermsExists, "Terms document %s already exists for app client %s.", name, clientID)
	},
}

// termsKey returns the id in termsOfClients. Client ids contain no slash.
func termsKey(clientID, name string) string { return clientID + "/" + name }

func splitTermsKey(id string) (clientID, name string) {
	clientID, name, _ = strings.Cut(id, "/")
	return clientID, name
}

func linkOfTerms(t *brand.Terms) *record.LinkToTerms {
	return &record.LinkToTerms{
		Resource: userpool.Resource{PoolID: t.PoolID, ID: termsKey(t.ClientID, t.Name)}, TermsID: t.ID,
	}
}

// TermsOfClient returns a client's document of a name. If there is none, it is
// fault.ResourceNotFound.
func (tx *Tx) TermsOfClient(poolID, clientID, name string) (*brand.Terms, error) {
	of, err := termsOfClients.Get(tx, poolID, termsKey(clientID, name))
	if err != nil {
		return nil, err
	}
	return Terms.Get(tx, poolID, of.TermsID)
}

// InsertTerms adds a document. The caller sets its ids. A name that the client
// already has is fault.TermsExists.
func (tx *Tx) InsertTerms(t *brand.Terms) error {
	if err := termsOfClients.Insert(tx, linkOfTerms(t)); err != nil {
		return err
	}
	return Terms.Insert(tx, t)
}

// UpdateTerms writes a document; before is its stored name. A Version that is not
// the stored one is fault.ConcurrentModification. A new name that the client
// already has is fault.TermsExists.
func (tx *Tx) UpdateTerms(t *brand.Terms, before string) error {
	if t.Name != before {
		if err := termsOfClients.Insert(tx, linkOfTerms(t)); err != nil {
			return err
		}
		if err := termsOfClients.Delete(tx, t.PoolID, termsKey(t.ClientID, before)); err != nil {
			return err
		}
	}
	return Terms.Update(tx, t)
}

// DeleteTerms removes a document; an unknown one is fault.ResourceNotFound.
func (tx *Tx) DeleteTerms(poolID, id string) error {
	t, err := Terms.Get(tx, poolID, id)
	if err != nil {
		return err
	}
	if err := Terms.Delete(tx, poolID, id); err != nil {
		return err
	}
	return termsOfClients.Delete(tx, poolID, termsKey(t.ClientID, t.Name))
}

// removeTermsOf deletes all documents of a client.
func (tx *Tx) removeTermsOf(poolID, clientID string) error {
	for _, name := range brand.TermsNames {
		t, err := tx.TermsOfClient(poolID, clientID, name)
		if errors.Is(err, fault.ResourceNotFound) {
			continue
		}
		if err == nil {
			err = tx.DeleteTerms(poolID, t.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

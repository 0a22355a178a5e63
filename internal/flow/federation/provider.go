package federation

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/selfsigned"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// Config holds the dependencies of a Flow.
type Config struct {
	Store   *store.DB
	Clock   clock.Clock
	Entropy entropy.Source
	// Stock supplies RSA keys.
	Stock *token.Stock
	Fetch *fetch.Client
}

// Flow runs the flows about identity providers.
type Flow struct{ Config }

// New returns a Flow.
func New(c Config) *Flow { return &Flow{c} }

// CreateProvider creates an identity provider of the pool. Source: API
// reference CreateIdentityProvider.
func (f *Flow) CreateProvider(ctx context.Context, p *userpool.Pool, ip *idp.Provider) error {
	if err := ip.Complete(p, f.plain(ctx)); err != nil {
		return err
	}
	// The write refuses this too; making keys first would be expensive.
	err := f.Store.View(ctx, func(tx *store.Tx) error {
		_, err := store.IdentityProviders.Get(tx, p.ID, ip.ID)
		if errors.Is(err, fault.ResourceNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return idp.ProviderExists(ip.ID)
	})
	if err != nil {
		return err
	}
	if err := f.prepare(ctx, ip); err != nil {
		return err
	}
	return f.Store.Configure(ctx, ip.PoolID, func(tx *store.Tx) error {
		if err := recheck(tx, ip); err != nil {
			return err
		}
		return tx.InsertIdentityProvider(ip)
	})
}

// plain is the rule for URLs with http: that of the client which calls them.
func (f *Flow) plain(ctx context.Context) idp.Plain {
	return func(u *url.URL) bool { return f.Fetch.AllowsPlain(ctx, u) }
}

// recheck validates the provider against the current pool, which may have been
// changed or deleted since it was read.
func recheck(tx *store.Tx, ip *idp.Provider) error {
	p, err := tx.Pool(ip.PoolID)
	if err != nil {
		return err
	}
	return ip.CompleteMapping(p)
}

// Changes is an update of a provider; nil members keep their values.
type Changes struct {
	Details, AttributeMapping, AcrMapping map[string]string
	Identifiers                           []string
}

// UpdateProvider changes an identity provider. It returns
// fault.ConcurrentModification if another request has changed the provider
// since it was read. Source: API reference UpdateIdentityProvider.
func (f *Flow) UpdateProvider(ctx context.Context, p *userpool.Pool, name string, c Changes) (*idp.Provider, error) {
	var next *idp.Provider
	err := f.Store.View(ctx, func(tx *store.Tx) error {
		ip, err := store.IdentityProviders.Get(tx, p.ID, name)
		if err != nil {
			return err
		}
		next = ip.Revise(c.Details, c.AttributeMapping, c.AcrMapping, c.Identifiers)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := next.Complete(p, f.plain(ctx)); err != nil {
		return nil, err
	}
	if err := f.prepare(ctx, next); err != nil {
		return nil, err
	}
	var written idp.Provider
	err = f.Store.Configure(ctx, next.PoolID, func(tx *store.Tx) error {
		// An earlier run of this function may have incremented the version.
		written = *next
		if err := recheck(tx, &written); err != nil {
			return err
		}
		return tx.UpdateIdentityProvider(&written)
	})
	return &written, err
}

// prepare is the external work: it reads metadata, discovers endpoints and
// makes keys if they are missing.
func (f *Flow) prepare(ctx context.Context, ip *idp.Provider) error {
	if ip.NeedsDiscovery() {
		return f.discover(ctx, ip)
	}
	if ip.Type != idp.SAML {
		return nil
	}
	if ip.Metadata == nil {
		if err := f.readMetadata(ctx, ip); err != nil {
			return err
		}
	}
	if ip.Encryption == nil {
		key, err := f.newKey(ip.PoolID)
		ip.Encryption = key
		return err
	}
	return nil
}

func (f *Flow) readMetadata(ctx context.Context, ip *idp.Provider) (err error) {
	document := []byte(ip.Details["MetadataFile"])
	if link := ip.Details["MetadataURL"]; link != "" {
		if document, err = f.Fetch.Get(ctx, link); err != nil {
			return metadataFault(link, err)
		}
	}
	ip.Metadata, err = idp.ParseSAMLMetadata(document, f.Clock.Now(), f.plain(ctx))
	return err
}

// metadataFault is the fault for metadata that cannot be read. The first text
// is Amazon Cognito's.
func metadataFault(link string, err error) error {
	var fetchErr *fetch.Error
	if !errors.As(err, &fetchErr) {
		return err
	}
	if fetchErr.Status != 0 {
		return fault.Invalid("Non-ok status code %d returned from remote metadata source %s", fetchErr.Status,
			link).WithCause(err)
	}
	return fault.Invalid("Error retrieving metadata from %s: %s.", link, fetchErr.Reason).WithCause(err)
}

func (f *Flow) discover(ctx context.Context, ip *idp.Provider) error {
	link := ip.DiscoveryURL()
	document, err := f.Fetch.Get(ctx, link)
	var fetchErr *fetch.Error
	if errors.As(err, &fetchErr) {
		return fault.Invalid("Unable to contact well-known endpoint %s: %s.", link, fetchErr.Reason).WithCause(err)
	}
	if err != nil {
		return err
	}
	var d discovery
	if err := json.Unmarshal(document, &d); err != nil {
		return fault.Invalid("Unable to contact well-known endpoint %s: it does not answer with a JSON object.",
			link).WithCause(err)
	}
	return ip.Discover(idp.Discovery(d), f.plain(ctx))
}

// discovery is idp.Discovery in the JSON form of issuers. Source: OpenID
// Connect Discovery 1.0 section 3.
type discovery struct {
	Issuer    string `json:"issuer"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	UserInfo  string `json:"userinfo_endpoint"`
	JWKS      string `json:"jwks_uri"`
}

func (f *Flow) newKey(poolID string) (*idp.CertificateKey, error) {
	key, err := f.Stock.Take()
	if err != nil {
		return nil, err
	}
	pkcs8, err := key.PKCS8()
	if err != nil {
		return nil, err
	}
	der, err := selfsigned.Certificate(f.Entropy, pkcs8, poolID, f.Clock.Now())
	return &idp.CertificateKey{PKCS8: pkcs8, Certificate: der}, err
}

// SigningCertificate returns the pool's key for SAML requests and creates it on
// first use. If several nodes create one at once, the first to store it wins
// and all return that one. Source: API reference GetSigningCertificate.
func (f *Flow) SigningCertificate(ctx context.Context, p *userpool.Pool) (*idp.SigningCertificate, error) {
	found, err := f.storedCertificate(ctx, p)
	if !errors.Is(err, fault.ResourceNotFound) {
		return found, err
	}
	key, err := f.newKey(p.ID)
	if err != nil {
		return nil, err
	}
	err = f.Store.Configure(ctx, p.ID, func(tx *store.Tx) error {
		if _, err := tx.Pool(p.ID); err != nil {
			return err
		}
		return store.SigningCertificates.Insert(tx, &idp.SigningCertificate{
			Resource: userpool.Resource{PoolID: p.ID, ID: idp.SigningCertificateID}, CertificateKey: *key,
		})
	})
	if err != nil && !errors.Is(err, fault.ConcurrentModification) {
		return nil, err
	}
	return f.storedCertificate(ctx, p)
}

func (f *Flow) storedCertificate(ctx context.Context, p *userpool.Pool) (found *idp.SigningCertificate, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		found, err = store.SigningCertificates.Get(tx, p.ID, idp.SigningCertificateID)
		return err
	})
	return found, err
}

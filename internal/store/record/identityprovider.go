package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// IdentityProvider is an identity provider of a pool.
var IdentityProvider = of("identity_provider", 1, fromProvider, toProvider)

// SigningCertificate is the key that a pool signs SAML requests with.
var SigningCertificate = of("signing_certificate", 1,
	func(c idp.SigningCertificate) signingCertificate {
		return signingCertificate{certificateKey: certificateKey(c.CertificateKey)}
	},
	func(c signingCertificate) idp.SigningCertificate {
		return idp.SigningCertificate{CertificateKey: idp.CertificateKey(c.certificateKey)}
	})

// Identifier maps an identifier to its provider.
var Identifier = of("identifier", 1,
	func(n idp.Identifier) identifier { return identifier(n) },
	func(r identifier) idp.Identifier { return idp.Identifier(r) })

type provider struct {
	userpool.Resource `json:"-"`
	Type              idp.Type          `json:"Type"`
	Details           map[string]string `json:"Details"`
	AttributeMapping  map[string]string `json:"AttributeMapping,omitempty"`
	Identifiers       []string          `json:"Identifiers,omitempty"`
	AcrMapping        map[string]string `json:"AcrMapping,omitempty"`
	Discovered        map[string]string `json:"Discovered,omitempty"`
	Metadata          *samlMetadata     `json:"Metadata,omitempty"`
	Encryption        *certificateKey   `json:"Encryption,omitempty"`
}

type samlMetadata struct {
	EntityID     string    `json:"EntityID"`
	SSO          string    `json:"SSO"`
	SLO          string    `json:"SLO"`
	Certificates [][]byte  `json:"Certificates"`
	ValidUntil   time.Time `json:"ValidUntil"`
}

type certificateKey struct {
	PKCS8       []byte `json:"PKCS8"`
	Certificate []byte `json:"Certificate"`
}

type signingCertificate struct {
	userpool.Resource `json:"-"`
	certificateKey
}

type identifier struct {
	userpool.Resource `json:"-"`
	Provider          string `json:"Provider"`
}

func fromProvider(p idp.Provider) provider {
	return provider{
		Type: p.Type, Details: p.Details, AttributeMapping: p.AttributeMapping, Identifiers: p.Identifiers,
		AcrMapping: p.AcrMapping, Discovered: p.Discovered,
		Metadata: (*samlMetadata)(p.Metadata), Encryption: (*certificateKey)(p.Encryption),
	}
}

func toProvider(p provider) idp.Provider {
	return idp.Provider{
		Type: p.Type, Details: p.Details, AttributeMapping: p.AttributeMapping, Identifiers: p.Identifiers,
		AcrMapping: p.AcrMapping, Discovered: p.Discovered,
		Metadata: (*idp.SAMLMetadata)(p.Metadata), Encryption: (*idp.CertificateKey)(p.Encryption),
	}
}

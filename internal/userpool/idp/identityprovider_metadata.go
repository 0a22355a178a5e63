package idp

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// SAMLMetadata is the stored part of a SAML provider's metadata document.
type SAMLMetadata struct {
	EntityID string
	// SSO and SLO are the URLs of the HTTP-Redirect binding. SLO is empty if the
	// provider does not support logout by it.
	SSO, SLO string
	// Certificates, as DER, verify the provider's signatures.
	Certificates [][]byte
	// ValidUntil is when the document expires; zero if it has no such time.
	ValidUntil time.Time
}

// Bounds of a metadata document. Federation metadata of AD FS, the longest in
// use for a single provider, has some 60 KiB and 14 levels.
const (
	MaxMetadataBytes    = 1 << 20
	maxMetadataDepth    = 64
	maxMetadataElements = 20_000
	maxElementAttrs     = 64
	maxCertificateText  = 4096
	maxEntityID         = 1024
	minRSABits          = 1024
)

const (
	samlMetadataSpace = "urn:oasis:names:tc:SAML:2.0:metadata"
	redirectBinding   = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	samlProtocol      = "urn:oasis:names:tc:SAML:2.0:protocol"
)

type xmlEntities struct {
	Entities []xmlEntity `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
}

type xmlEntity struct {
	EntityID   string   `xml:"entityID,attr"`
	ValidUntil string   `xml:"validUntil,attr"`
	IDPs       []xmlIDP `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
}

type xmlIDP struct {
	Protocols  string        `xml:"protocolSupportEnumeration,attr"`
	ValidUntil string        `xml:"validUntil,attr"`
	Keys       []xmlKey      `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
	SSO        []xmlEndpoint `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleSignOnService"`
	SLO        []xmlEndpoint `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleLogoutService"`
}

type xmlKey struct {
	Use          string   `xml:"use,attr"`
	Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
}

type xmlEndpoint struct {
	Binding  string `xml:"Binding,attr"`
	Location string `xml:"Location,attr"`
}

// ParseSAMLMetadata reads a provider's metadata (SAML 2.0 Metadata section
// 2.4.3). It refuses document types, other encodings than UTF-8, and documents
// out of bounds. The fault is InvalidParameter.
func ParseSAMLMetadata(document []byte, now time.Time, plain Plain) (*SAMLMetadata, error) {
	m, err := parseMetadata(document, now, plain)
	if err != nil {
		return nil, fault.Invalid("Invalid SAML metadata: %s.", err.Error())
	}
	return m, nil
}

func parseMetadata(document []byte, now time.Time, plain Plain) (*SAMLMetadata, error) {
	root, err := screenXML(document)
	if err != nil {
		return nil, err
	}
	entity, err := onlyEntity(document, root)
	if err != nil {
		return nil, err
	}
	idp, err := onlyIDP(entity)
	if err != nil {
		return nil, err
	}
	m := &SAMLMetadata{EntityID: entity.EntityID}
	if m.EntityID == "" || len(m.EntityID) > maxEntityID {
		return nil, fmt.Errorf("the entityID must have 1 to %d characters", maxEntityID)
	}
	for _, text := range []string{entity.ValidUntil, idp.ValidUntil} {
		if err := m.limit(text, now); err != nil {
			return nil, err
		}
	}
	if m.SSO, err = redirectTo(idp.SSO, "SingleSignOnService", plain); err != nil {
		return nil, err
	}
	if m.SSO == "" {
		return nil, errors.New("it names no SingleSignOnService with the HTTP-Redirect binding")
	}
	if m.SLO, err = redirectTo(idp.SLO, "SingleLogoutService", plain); err != nil {
		return nil, err
	}
	m.Certificates, err = signingCertificates(idp.Keys, now)
	return m, err
}

// screenXML checks the form of the whole document before any content is used,
// and returns the name of its root.
func screenXML(document []byte) (root xml.Name, err error) {
	if len(document) > MaxMetadataBytes {
		return root, fmt.Errorf("it is longer than %d bytes", MaxMetadataBytes)
	}
	d := xml.NewDecoder(bytes.NewReader(document))
	depth, elements := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF && elements > 0 {
			return root, nil
		}
		if err != nil {
			return root, errors.New("it is not well-formed XML")
		}
		switch t := token.(type) {
		case xml.Directive:
			return root, errors.New("a document type is not allowed")
		case xml.ProcInst:
			if t.Target != "xml" || d.InputOffset() != declarationEnd(document) {
				return root, errors.New("processing instructions are not allowed")
			}
		case xml.StartElement:
			if depth == 0 && elements > 0 {
				return root, errors.New("it has more than one root element")
			}
			if elements == 0 {
				root = t.Name
			}
			depth, elements = depth+1, elements+1
			if err := screenElement(t, depth, elements); err != nil {
				return root, err
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
				return root, errors.New("it has text outside of its root element")
			}
		}
	}
}

// declarationEnd is where an XML declaration at the very start ends.
func declarationEnd(document []byte) int64 {
	start := len(document) - len(bytes.TrimLeft(bytes.TrimPrefix(document, []byte("\ufeff")), " \t\r\n"))
	return int64(start + bytes.Index(document[start:], []byte("?>")) + 2)
}

func screenElement(t xml.StartElement, depth, elements int) error {
	if depth > maxMetadataDepth || elements > maxMetadataElements || len(t.Attr) > maxElementAttrs {
		return errors.New("it is nested too deeply or has too many elements")
	}
	for i, a := range t.Attr {
		for _, b := range t.Attr[:i] {
			if a.Name == b.Name {
				return errors.New("an attribute stands twice")
			}
		}
	}
	return nil
}

func onlyEntity(document []byte, root xml.Name) (*xmlEntity, error) {
	unread := errors.New("its root must be an EntityDescriptor of SAML 2.0")
	if root.Space != samlMetadataSpace {
		return nil, unread
	}
	switch root.Local {
	case "EntityDescriptor":
		var e xmlEntity
		if err := xml.Unmarshal(document, &e); err != nil {
			return nil, unread
		}
		return &e, nil
	case "EntitiesDescriptor":
		var all xmlEntities
		if err := xml.Unmarshal(document, &all); err != nil {
			return nil, unread
		}
		var found *xmlEntity
		for i := range all.Entities {
			if len(all.Entities[i].IDPs) > 0 && found != nil {
				return nil, errors.New("it describes more than one identity provider")
			}
			if len(all.Entities[i].IDPs) > 0 {
				found = &all.Entities[i]
			}
		}
		if found != nil {
			return found, nil
		}
		return nil, errors.New("it describes no identity provider")
	}
	return nil, unread
}

func onlyIDP(e *xmlEntity) (*xmlIDP, error) {
	var found *xmlIDP
	for i := range e.IDPs {
		if !containsField(e.IDPs[i].Protocols, samlProtocol) {
			continue
		}
		if found != nil {
			return nil, errors.New("it describes more than one identity provider")
		}
		found = &e.IDPs[i]
	}
	if found == nil {
		return nil, errors.New("it describes no identity provider of SAML 2.0")
	}
	return found, nil
}

func containsField(list, word string) bool {
	for _, f := range strings.Fields(list) {
		if f == word {
			return true
		}
	}
	return false
}

// limit applies a validUntil. The earliest of several is kept.
func (m *SAMLMetadata) limit(text string, now time.Time) error {
	if text == "" {
		return nil
	}
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("validUntil is not a time in UTC")
	}
	if !until.After(now) {
		return errors.New("it has expired")
	}
	if m.ValidUntil.IsZero() || until.Before(m.ValidUntil) {
		m.ValidUntil = until.UTC()
	}
	return nil
}

// redirectTo returns the URL of the redirect binding. Browsers are redirected
// to it, so it must be https, on localhost, or where plain allows http.
func redirectTo(endpoints []xmlEndpoint, name string, plain Plain) (string, error) {
	for _, e := range endpoints {
		if e.Binding != redirectBinding {
			continue
		}
		u, err := url.Parse(e.Location)
		local := err == nil && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" ||
			u.Hostname() == "::1") && u.User == nil && u.Fragment == ""
		if !local && !plain.allows(e.Location) {
			return "", fmt.Errorf("the Location of its %s must be an https URL", name)
		}
		return e.Location, nil
	}
	return "", nil
}

// signingCertificates returns the certificates for signing that are valid now.
// An expired one may be listed beside its successor. Source: guide page
// cognito-user-pools-saml-idp.
func signingCertificates(keys []xmlKey, now time.Time) (ders [][]byte, err error) {
	expired := false
	for _, key := range keys {
		if key.Use != "" && key.Use != "signing" {
			continue
		}
		for _, text := range key.Certificates {
			c, err := parseCertificate(text)
			if err != nil {
				return nil, err
			}
			if now.After(c.NotAfter) {
				expired = true
				continue
			}
			ders = append(ders, c.Raw)
		}
	}
	switch {
	case len(ders) > 0:
		return ders, nil
	case expired:
		return nil, errors.New("its signing certificate has expired")
	}
	return nil, errors.New("it has no signing certificate")
}

func parseCertificate(text string) (*x509.Certificate, error) {
	text = strings.Join(strings.Fields(text), "")
	if len(text) > maxCertificateText {
		return nil, fmt.Errorf("a certificate is longer than %d characters", maxCertificateText)
	}
	unread := errors.New("a certificate cannot be read")
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, unread
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, unread
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return nil, errors.New("the key of a certificate is too short")
		}
	case *ecdsa.PublicKey:
	default:
		return nil, errors.New("the key of a certificate is neither RSA nor EC")
	}
	return c, nil
}

// details returns the details that the API derives from the metadata.
func (m *SAMLMetadata) details() map[string]string {
	shown := map[string]string{"SSORedirectBindingURI": m.SSO}
	if m.SLO != "" {
		shown["SLORedirectBindingURI"] = m.SLO
	}
	return shown
}

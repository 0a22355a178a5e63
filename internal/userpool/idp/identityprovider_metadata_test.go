package idp

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

var metadataTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// certificate returns a self-signed certificate in the form of metadata.
func certificate(t testing.TB, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: metadataTime.AddDate(-1, 0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// ed25519Certificate returns a certificate whose key is neither RSA nor EC.
func ed25519Certificate(t testing.TB) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: metadataTime.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

const (
	ssoService = `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
		`Location="https://idp.example.com/sso?a=1&amp;b=2"/>`
	postOnly = `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ` +
		`Location="https://idp.example.com/post"/>`
	sloService = `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
		`Location="https://idp.example.com/slo"/>`
)

func keyFor(use, cert string) string {
	return fmt.Sprintf(`<md:KeyDescriptor %s><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">`+
		`<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>`+
		`</ds:KeyInfo></md:KeyDescriptor>`, use, cert)
}

func idp(content string) string {
	return `<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol ` +
		`urn:oasis:names:tc:SAML:2.0:protocol">` + content + `</md:IDPSSODescriptor>`
}

func entity(attributes, content string) string {
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ` + attributes + `>` + content +
		`</md:EntityDescriptor>`
}

const named = `entityID="https://idp.example.com/entity"`

func TestParseSAMLMetadata(t *testing.T) {
	current, expired := certificate(t, metadataTime.AddDate(1, 0, 0)), certificate(t, metadataTime.Add(-time.Hour))
	encryption := keyFor(`use="encryption"`, "not a certificate")
	keys := keyFor(`use="signing"`, current) + keyFor("", current) + keyFor(`use="signing"`, expired) + encryption
	whole := entity(named+` validUntil="2026-07-01T00:00:00Z"`,
		`<md:SPSSODescriptor/>`+idp(keys+postOnly+ssoService+sloService))
	for name, document := range map[string]string{
		"bare":            whole,
		"declared":        `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + whole + "\n",
		"byte order mark": "\ufeff" + `<?xml version="1.0"?>` + whole,
		"comments": `<!-- metadata -->` +
			strings.Replace(whole, current[:20], current[:10]+"\n   "+current[10:20], 1),
		"collection": `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
			entity(`entityID="sp"`, `<md:SPSSODescriptor/>`) + whole + `</md:EntitiesDescriptor>`,
		"no prefixes": strings.ReplaceAll(strings.ReplaceAll(whole, "md:", ""), "xmlns:md", "xmlns"),
	} {
		m, err := ParseSAMLMetadata([]byte(document), metadataTime, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.EntityID != "https://idp.example.com/entity" || m.SSO != "https://idp.example.com/sso?a=1&b=2" ||
			m.SLO != "https://idp.example.com/slo" ||
			len(m.Certificates) != 2 || !m.ValidUntil.Equal(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %+v", name, m)
		}
	}
	local, err := ParseSAMLMetadata([]byte(strings.Replace(entity(named, idp(keyFor("", current)+ssoService)),
		"https://idp.example.com/sso", "http://localhost:8080/sso", 1)), metadataTime, nil)
	if err != nil || !strings.HasPrefix(local.SSO, "http://localhost:8080/sso") || local.SLO != "" ||
		!local.ValidUntil.IsZero() {
		t.Errorf("on localhost: %+v, %v", local, err)
	}
}

type refusedDocument struct{ document, want string }

// refusedServices are documents with invalid URLs or certificates.
func refusedServices(t *testing.T) map[string]refusedDocument {
	const scope = "the Location of its SingleSignOnService must be an https URL"
	current := certificate(t, metadataTime.AddDate(1, 0, 0))
	key := keyFor(`use="signing"`, current)
	at := func(location string) string {
		service := strings.Replace(ssoService, "https://idp.example.com/sso?a=1&amp;b=2", location, 1)
		return entity(named, idp(key+service))
	}
	return map[string]refusedDocument{
		"in clear":         {at("http://idp.example.com/"), scope},
		"script":           {at("javascript:alert(1)"), scope},
		"no address":       {at(""), scope},
		"fragment":         {at("https://idp.example.com/#x"), scope},
		"user information": {at("http://localhost@evil.example.com/"), scope},
		"logout in clear": {
			entity(named, idp(key+ssoService+strings.Replace(sloService, "https", "http", 1))),
			"the Location of its SingleLogoutService must be an https URL",
		},
		"no certificate": {entity(named, idp(ssoService)), "it has no signing certificate"},
		"for encryption": {
			entity(named, idp(keyFor(`use="encryption"`, current)+ssoService)), "it has no signing certificate",
		},
		"old certificate": {
			entity(named, idp(keyFor("", certificate(t, metadataTime.Add(-time.Second)))+ssoService)),
			"its signing certificate has expired",
		},
		"not base64":        {entity(named, idp(keyFor("", "***")+ssoService)), "a certificate cannot be read"},
		"not a certificate": {entity(named, idp(keyFor("", "AAAA")+ssoService)), "a certificate cannot be read"},
		"long certificate": {
			entity(named, idp(keyFor("", strings.Repeat("A", 4097))+ssoService)),
			"a certificate is longer than 4096 characters",
		},
		"other key": {
			entity(named, idp(keyFor("", ed25519Certificate(t))+ssoService)),
			"the key of a certificate is neither RSA nor EC",
		},
	}
}

// refusedForms are documents with an invalid form.
func refusedForms(t *testing.T) map[string]refusedDocument {
	const tooLarge = "it is nested too deeply or has too many elements"
	current := certificate(t, metadataTime.AddDate(1, 0, 0))
	key := keyFor(`use="signing"`, current)
	good := entity(named, idp(key+ssoService))
	entities := `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	many := strings.Repeat("<x></x>", maxMetadataElements)
	deep := strings.Repeat("<x>", maxMetadataDepth) + strings.Repeat("</x>", maxMetadataDepth)
	var attributes strings.Builder
	for n := range maxElementAttrs + 1 {
		fmt.Fprintf(&attributes, ` a%d=""`, n)
	}
	return map[string]refusedDocument{
		"nothing": {"", "it is not well-formed XML"},
		"text":    {"hello", "it has text outside of its root element"},
		"HTML":    {"<html><body></body></html>", "its root must be an EntityDescriptor of SAML 2.0"},
		"namespace": {
			strings.Replace(good, "SAML:2.0:metadata", "SAML:1.0:metadata", 1),
			"its root must be an EntityDescriptor of SAML 2.0",
		},
		"document type": {`<!DOCTYPE x>` + good, "a document type is not allowed"},
		"external entity": {
			`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + good, "a document type is not allowed",
		},
		"entities":       {entities + good, "a document type is not allowed"},
		"unknown entity": {strings.Replace(good, "entity\"", "&e;\"", 1), "it is not well-formed XML"},
		"instruction":    {`<?xml-stylesheet href="x"?>` + good, "processing instructions are not allowed"},
		"instruction inside": {
			strings.Replace(good, "</md:EntityDescriptor>", "<?php x?></md:EntityDescriptor>", 1),
			"processing instructions are not allowed",
		},
		"second declaration": {`<?xml version="1.0"?>` + strings.Replace(good, "</md:EntityDescriptor>",
			`<?xml version="1.0"?></md:EntityDescriptor>`, 1), "processing instructions are not allowed"},
		"UTF-16":              {`<?xml version="1.0" encoding="UTF-16"?>` + good, "it is not well-formed XML"},
		"UTF-7":               {`<?xml version="1.0" encoding="UTF-7"?>` + good, "it is not well-formed XML"},
		"broken text":         {strings.Replace(good, "entity\"", "\xff\"", 1), "it is not well-formed XML"},
		"two roots":           {good + good, "it has more than one root element"},
		"text after the root": {good + "x", "it has text outside of its root element"},
		"truncated":           {good[:len(good)-5], "it is not well-formed XML"},
		"attribute twice":     {strings.Replace(good, named, named+" "+named, 1), "an attribute stands twice"},
		"too deep":            {entity(named, deep), tooLarge},
		"too many elements":   {entity(named, many), tooLarge},
		"too many attributes": {entity(named+attributes.String(), ""), tooLarge},
		"too long":            {good + strings.Repeat(" ", MaxMetadataBytes), "it is longer than 1048576 bytes"},
		"no name":             {entity("", idp(key+ssoService)), "the entityID must have 1 to 1024 characters"},
		"long name": {
			entity(`entityID="`+strings.Repeat("e", 1025)+`"`, idp(key+ssoService)),
			"the entityID must have 1 to 1024 characters",
		},
		"no provider": {entity(named, `<md:SPSSODescriptor/>`), "it describes no identity provider of SAML 2.0"},
		"SAML 1": {
			strings.Replace(good, " urn:oasis:names:tc:SAML:2.0:protocol", "", 1),
			"it describes no identity provider of SAML 2.0",
		},
		"two providers": {
			entity(named, idp(key+ssoService)+idp(key+ssoService)), "it describes more than one identity provider",
		},
		"two entities": {
			`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` + good + good + `</EntitiesDescriptor>`,
			"it describes more than one identity provider",
		},
		"no entity": {
			`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`, "it describes no identity provider",
		},
		"expired":    {entity(named+` validUntil="2026-06-01T12:00:00Z"`, idp(key+ssoService)), "it has expired"},
		"validUntil": {entity(named+` validUntil="tomorrow"`, idp(key+ssoService)), "validUntil is not a time in UTC"},
		"POST only": {
			entity(named, idp(key+postOnly)), "it names no SingleSignOnService with the HTTP-Redirect binding",
		},
	}
}

func TestParseSAMLMetadataRefuses(t *testing.T) {
	cases := refusedForms(t)
	maps.Copy(cases, refusedServices(t))
	for name, c := range cases {
		m, err := ParseSAMLMetadata([]byte(c.document), metadataTime, nil)
		f := fault.Of(err)
		if m != nil || f == nil || f.Message != "Invalid SAML metadata: "+c.want+"." ||
			!errors.Is(err, fault.InvalidParameter) {
			t.Errorf("%s: %+v, %v; want %q", name, m, err, c.want)
		}
	}
}

// Accepted metadata is valid, and no input causes a panic.
func FuzzParseSAMLMetadata(f *testing.F) {
	current := certificate(f, metadataTime.AddDate(1, 0, 0))
	good := entity(named, idp(keyFor("", current)+ssoService+sloService))
	for _, seed := range []string{
		"", good, `<?xml version="1.0"?>` + good, `<!DOCTYPE x>` + good,
		`<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + good + `</md:EntitiesDescriptor>`,
		strings.Replace(good, "https://idp.example.com/slo", "javascript:x", 1), good[:100],
		"<a:b xmlns:a='x'><![CDATA[y]]></a:b>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		m, err := ParseSAMLMetadata(document, metadataTime, nil)
		if err != nil {
			if m != nil || !errors.Is(err, fault.InvalidParameter) {
				t.Fatalf("%+v, %v", m, err)
			}
			return
		}
		// In CDATA and in comments a DOCTYPE is text.
		xml := string(document)
		doctype := strings.Contains(xml, "<!DOCTYPE") &&
			!strings.Contains(xml, "<![CDATA[") && !strings.Contains(xml, "<!--")
		if m.EntityID == "" || m.SSO == "" || len(m.Certificates) == 0 || doctype {
			t.Fatalf("accepted: %+v of %q", m, document)
		}
		for _, u := range []string{m.SSO, m.SLO} {
			if u != "" && !strings.HasPrefix(strings.ToLower(u), "https://") &&
				!strings.HasPrefix(strings.ToLower(u), "http://") {
				t.Fatalf("redirects browsers to %q", u)
			}
		}
		for _, der := range m.Certificates {
			if _, err := x509.ParseCertificate(der); err != nil {
				t.Fatal(err)
			}
		}
	})
}

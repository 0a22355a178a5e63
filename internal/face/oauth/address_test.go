package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// addDomain adds a prefix domain or, with a dot in its name, a custom domain.
func addDomain(t *testing.T, w *hostedtest.World, poolID, name string) {
	t.Helper()
	var change userpool.DomainChange
	if strings.Contains(name, ".") {
		change.CustomDomainConfig = &userpool.CustomDomainConfig{
			CertificateArn: "arn:aws:acm:us-east-1:111111111111:certificate/a",
		}
	}
	d, err := userpool.NewDomain(poolID, name, change)
	if err != nil {
		t.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
}

// The metadata of a pool names its custom domain, as at Amazon Cognito, and at a
// domain of the pool this domain. Issuer and key set stay where they are, and a
// forged Host changes nothing.
func TestMetadataOfDomains(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		const prefix = "ours.auth.us-east-1.id.example.com"
		addDomain(t, w, w.Pool.ID, "ours")
		for _, step := range []struct {
			custom string
			homes  map[string]string // by Host
		}{
			{"", map[string]string{
				"id.example.com": hostedtest.PublicURL, "evil.example": hostedtest.PublicURL,
				"auth.example.org": hostedtest.PublicURL, prefix: "https://" + prefix,
				"theirs.auth.us-east-1.id.example.com":     hostedtest.PublicURL,
				"cognito-idp.us-east-1.amazonaws.com":      hostedtest.PublicURL,
				"ours.auth.us-east-1.amazoncognito.com":    "https://ours.auth.us-east-1.amazoncognito.com",
				"ours.auth.us-east-1.localhost":            hostedtest.PublicURL,
				"id.example.com.evil.example":              hostedtest.PublicURL,
				"ours.auth.eu-central-1.amazoncognito.com": hostedtest.PublicURL,
			}},
			{"auth.example.org", map[string]string{
				"id.example.com": "https://auth.example.org", "evil.example": "https://auth.example.org",
				"auth.example.org": "https://auth.example.org", prefix: "https://" + prefix,
			}},
		} {
			if step.custom != "" {
				addDomain(t, w, w.Pool.ID, step.custom)
			}
			for host, home := range step.homes {
				checkMetadata(t, w, host, members{
					"authorization_endpoint": home + "/oauth2/authorize", "token_endpoint": home + "/oauth2/token",
					"end_session_endpoint": home + "/logout", "issuer": hostedtest.PublicURL + "/" + w.Pool.ID,
					"jwks_uri": hostedtest.PublicURL + "/" + w.Pool.ID + "/.well-known/jwks.json",
				})
			}
		}
	})
}

// checkMetadata compares members of the metadata that a host name has, also if
// another one is in a header that no proxy has set.
func checkMetadata(t *testing.T, w *hostedtest.World, host string, want members) {
	t.Helper()
	b := w.Browser()
	b.Host = host
	b.Header.Set("X-Forwarded-Host", "forged.example")
	got := object(t, b.Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("Host %s: %s is %v, want %s", host, name, got[name], value)
		}
	}
}

// Where Amazon's names lead to a dev server, the metadata has the addresses of
// Amazon Cognito.
func TestMetadataAtAmazonHosts(t *testing.T) {
	w := world(t)
	addDomain(t, w, w.Pool.ID, "ours")
	addresses, err := address.New(address.Config{PublicURL: hostedtest.PublicURL, Dev: true, AmazonHosts: true})
	if err != nil {
		t.Fatal(err)
	}
	w.OAuth.Addresses = addresses
	checkMetadata(t, w, "cognito-idp.us-east-1.amazonaws.com", members{
		"token_endpoint": "http://ours.auth.us-east-1.amazoncognito.com/oauth2/token",
		"jwks_uri":       "http://cognito-idp.us-east-1.amazonaws.com/" + w.Pool.ID + "/.well-known/jwks.json",
	})
}

// The page for user codes is at the domain to which the device has come, and
// otherwise at the custom domain.
func TestDevicePageOfDomains(t *testing.T) {
	w := world(t)
	w.Extend(w.Pool, withDevices)
	addDomain(t, w, w.Pool.ID, "ours")
	at := func(host string) any {
		t.Helper()
		b := w.Browser()
		b.Host = host
		p := b.Post("/oauth2/device_authorization", url.Values{"client_id": {"public"}})
		return object(t, p.Body)["verification_uri"]
	}
	const prefix = "ours.auth.us-east-1.id.example.com"
	for host, want := range map[string]string{
		"id.example.com": hostedtest.PublicURL, "evil.example": hostedtest.PublicURL, prefix: "https://" + prefix,
	} {
		if got := at(host); got != want+"/device" {
			t.Errorf("Host %s: %v", host, got)
		}
	}
	addDomain(t, w, w.Pool.ID, "auth.example.org")
	if got := at("id.example.com"); got != "https://auth.example.org/device" {
		t.Errorf("with a custom domain: %v", got)
	}
}

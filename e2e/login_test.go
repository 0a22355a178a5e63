package e2e

import (
	"crypto/tls"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestSignInPage signs in with Chromium on a trusted host name, by TLS, and on a
// plain http host name, where browsers send no Fetch Metadata.
func TestSignInPage(t *testing.T) {
	for name, site := range map[string]func(*testing.T) (site string, p *pool){
		"http":      func(t *testing.T) (string, *pool) { return plainSite(t, "lifeguard.test") },
		"localhost": func(t *testing.T) (string, *pool) { return plainSite(t, "localhost") },
		"TLS":       encryptedSite,
	} {
		t.Run(name, func(t *testing.T) {
			address, p := site(t)
			callback := "http://localhost:" + port(t, freeAddress(t)) + "/callback"
			a := p.newApp(t, func(in *cip.CreateUserPoolClientInput) {
				in.AllowedOAuthFlowsUserPoolClient = true
				in.AllowedOAuthFlows = []types.OAuthFlowType{types.OAuthFlowTypeCode}
				in.AllowedOAuthScopes = []string{"openid", "email"}
				in.SupportedIdentityProviders = []string{"COGNITO"}
				in.CallbackURLs = []string{callback}
			})
			p.addUser(t, "lena", reachable("lena@example.com")...)
			javaScript(t, "login.test.mjs", "LIFEGUARD_SITE="+address, "USER_POOL_ID="+p.id, "CLIENT_ID="+a.id,
				"CALLBACK="+callback, "USERNAME=lena", "PASSWORD="+password)
		})
	}
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// plainSite is a dev server with a host name.
func plainSite(t *testing.T, name string) (string, *pool) {
	address := freeAddress(t)
	srv := startDev(t, sqlite.make(t), "--no-seed", "--listen", address, "--allow-host", name)
	return "http://" + net.JoinHostPort(name, port(t, address)), newPool(t, srv)
}

// encryptedSite is a production server with its own certificate.
func encryptedSite(t *testing.T) (string, *pool) {
	st := sqlite.make(t)
	key := newAccessKey(t, st)
	certFile, keyFile, trusted := newCertificate(t, st.dir)
	address := freeAddress(t)
	site := "https://" + net.JoinHostPort("lifeguard.test", port(t, address))
	srv := spawn(t, st, "serve", "--email", "none", "--listen", address, "--public-url", site,
		"--tls-cert", certFile, "--tls-key", keyFile)
	srv.URL = "https://" + address
	client := &wholeResponses{http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}}
	srv.until(t, "a response by TLS", func() bool {
		res, err := client.Get(srv.URL + "/readyz")
		return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
	p := &pool{srv: srv, c: srv.sdk(t, key.signed, func(o *cip.Options) { o.HTTPClient = client })}
	p.id = *ok(p.c.CreateUserPool(t.Context(),
		&cip.CreateUserPoolInput{PoolName: aws.String("production")}))(t).UserPool.Id
	return site, p
}

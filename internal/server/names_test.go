package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// sendAs sends a request, such as "GET http://127.0.0.1/readyz", with a Host and other
// headers of a browser.
func sendAs(t *testing.T, line, body, host string, headers ...string) (int, string) {
	t.Helper()
	method, url, _ := strings.Cut(line, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, r)
}

// A page whose host name resolves to this machine (DNS rebinding) cannot use a dev
// server. In serve mode the proxy checks host names.
func TestDevAnswersForItsOwnNamesOnly(t *testing.T) {
	front := dev(t)
	for _, line := range []string{"GET /_dev/messages", "GET /readyz", "POST /"} {
		for host, refused := range map[string]bool{"": false, "app.localhost:1": false, "evil.example": true} {
			status, body := sendAs(t, strings.Replace(line, " ", " "+front.URL, 1), "{}", host)
			if (status == http.StatusForbidden && strings.Contains(body, "--allow-host")) != refused {
				t.Errorf("%s of %q: %d %s", line, host, status, body)
			}
		}
	}
	if status, _ := sendAs(t, "GET "+serving(t).URL+"/readyz", "", "behind.a.proxy"); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}

// Pages of other hosts can sign users in, as at AWS, but not administer.
func TestForeignPagesDoNotAdministerDev(t *testing.T) {
	c := config.Config{Mode: config.Dev, Data: ":memory:", Seed: true, AllowHosts: []string{"app.test"}}
	front := start(t, c, io.Discard)
	operation := func(name string) []string {
		return []string{
			"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService." + name,
		}
	}
	signIn := `{"ClientId":"` + devClient +
		`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"demo","PASSWORD":"Demo-Passw0rd"}}`
	for name, page := range map[string]struct {
		headers []string
		foreign bool
	}{
		"no page":               {nil, false},
		"this machine":          {[]string{"Origin", "http://localhost:3000", "Sec-Fetch-Site", "cross-site"}, false},
		"this machine, by IPv6": {[]string{"Origin", "http://[::1]:3000"}, false},
		"its own page":          {[]string{"Origin", front.URL, "Sec-Fetch-Site", "same-origin"}, false},
		"an allowed page":       {[]string{"Origin", "https://www.app.test"}, false},
		"a foreign page":        {[]string{"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"}, true},
		"a page of an address":  {[]string{"Origin", "http://203.0.113.9"}, true},
		"a sandboxed page":      {[]string{"Origin", "null"}, true},
		"without Origin":        {[]string{"Sec-Fetch-Site", "cross-site"}, true},
		"a similar name":        {[]string{"Origin", "http://localhost.attacker.example"}, true},
	} {
		if status, body := sendAs(t, "POST "+front.URL+"/", signIn, "",
			append(operation("InitiateAuth"), page.headers...)...); status != http.StatusOK {
			t.Errorf("%s signs in: %d %s", name, status, body)
		}
		status, body := sendAs(t, "POST "+front.URL+"/", `{"MaxResults":1}`, "",
			append(operation("ListUserPools"), page.headers...)...)
		if refused := strings.Contains(body, "AccessDeniedException") &&
			strings.Contains(body, "--allow-host"); refused != page.foreign {
			t.Errorf("%s administers: %d %s", name, status, body)
		}
		for _, line := range []string{
			"POST /_dev/clock", "POST /_dev/reset", "DELETE /_dev/messages", "POST /_dev/messages/clear",
			"POST /_dev/triggers/1/replay", "POST /_dev/kms", "POST /_dev/kms/",
		} {
			request := strings.Replace(line, " ", " "+front.URL, 1)
			status, body := sendAs(t, request, `{"advance":"0s"}`, "", page.headers...)
			refused := status == http.StatusForbidden && strings.Contains(body, "--allow-host")
			if refused != page.foreign {
				t.Errorf("%s, %s: %d %s", name, line, status, body)
			}
		}
	}
}

// A dev server answers for the domains of its pools, and for Amazon's host names
// only with the setting. Certificates are made for the same names.
func TestDevAnswersForDomains(t *testing.T) {
	for _, amazon := range []bool{false, true} {
		s, front := begin(t, config.Config{
			Mode: config.Dev, Data: ":memory:", Seed: true, AmazonHosts: amazon,
		}, io.Discard)
		answers := func(host string, want bool) {
			t.Helper()
			status, _ := sendAs(t, "GET "+front.URL+"/readyz", "", host)
			if (status == http.StatusOK) != want || s.Answers(t.Context(), host) != want {
				t.Errorf("Amazon's names %v, %s: %d, certificate %v",
					amazon, host, status, s.Answers(t.Context(), host))
			}
		}
		answers("login.example.org", false)
		answers("team.auth.us-east-1.localhost", true)
		for name, body := range map[string]string{
			"prefix": `{"UserPoolId":"us-east-1_Lifeguard","Domain":"team"}`,
			"custom": `{"UserPoolId":"us-east-1_Lifeguard","Domain":"login.example.org","CustomDomainConfig":` +
				`{"CertificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/a"}}`,
		} {
			status, text := sendAs(t, "POST "+front.URL+"/", body, "", "Content-Type", "application/x-amz-json-1.1",
				"X-Amz-Target", "AWSCognitoIdentityProviderService.CreateUserPoolDomain")
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", name, status, text)
			}
		}
		for host, want := range map[string]bool{
			"login.example.org": true, "LOGIN.example.org:9230": true, "x.login.example.org": false,
			"team.auth.us-east-1.amazoncognito.com": true, "other.auth.us-east-1.amazoncognito.com": amazon,
			"cognito-idp.us-east-1.amazonaws.com": amazon, "sts.us-east-1.amazonaws.com": false, "evil.example": false,
			"login": false, "team": false,
		} {
			answers(host, want)
		}
	}
}

package sigv4_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var (
	noon    = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	scope   = sigv4.Credential{AccessKeyID: keyID, Region: "us-east-1", Service: "cognito-idp"}
	options = sigv4.Options{Region: "us-east-1", Service: "cognito-idp", Now: noon}
)

func request(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9229/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
	return r
}

func verify(r *http.Request, body string) error {
	a, err := sigv4.ParseAuthorization(r.Header)
	if err != nil {
		return err
	}
	return sigv4.Verify(r, []byte(body), a, secret, options)
}

// Requests that botocore signed verify.
func TestBotocoreVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Name, Host, Body string
			Headers          map[string]string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range file.Vectors {
		r := httptest.NewRequest(http.MethodPost, "http://"+v.Host+"/", nil)
		for name, value := range v.Headers {
			r.Header.Set(name, value)
		}
		if err := verify(r, v.Body); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if err := verify(r, v.Body+" "); err == nil {
			t.Errorf("%s: verifies over another body", v.Name)
		}
	}
}

// changedRequests are changes of a signed request.
var changedRequests = map[string]struct {
	change     func(*http.Request)
	code, text string
}{
	"target changed": {
		func(r *http.Request) { r.Header.Set("X-Amz-Target", "X.DeleteUserPool") }, sigv4.InvalidSignature,
		"does not match",
	},
	"header added": {
		func(r *http.Request) { r.Header.Add("X-Amz-Target", "X.DeleteUserPool") }, sigv4.InvalidSignature,
		"does not match",
	},
	"date twice": {
		func(r *http.Request) { r.Header.Add("X-Amz-Date", "20260501T120000Z") }, sigv4.IncompleteSignature,
		"exactly one",
	},
	"authorization 2×": {
		func(r *http.Request) { r.Header.Add("Authorization", "x") }, sigv4.IncompleteSignature, "once",
	},
	"unsigned payload": {
		func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, sigv4.InvalidSignature,
		"does not match",
	},
	"streamed payload": {
		func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") },
		sigv4.InvalidSignature, "does not match",
	},
	"query as well": {
		func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=00" }, sigv4.InvalidSignature, "not in both",
	},
	"path": {func(r *http.Request) { r.URL.Path = "/x" }, sigv4.InvalidSignature, "does not match"},
	"host": {func(r *http.Request) { r.Host = "evil" }, sigv4.InvalidSignature, "does not match"},
	"host not signed": {
		func(r *http.Request) { unsign(r, "host;") }, sigv4.InvalidSignature, "'Host' must be a 'SignedHeader'",
	},
	"date not signed": {
		func(r *http.Request) { unsign(r, "x-amz-date;") }, sigv4.InvalidSignature,
		"'X-Amz-Date' must be a 'SignedHeader'",
	},
	"no credential": {func(r *http.Request) {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Signature=x, SignedHeaders=host")
	}, sigv4.IncompleteSignature, "requires 'Credential' parameter"},
	"basic": {
		func(r *http.Request) { r.Header.Set("Authorization", "Basic eDp5") }, sigv4.IncompleteSignature, "algorithm",
	},
	"a megabyte": {
		func(r *http.Request) { r.Header.Set("Authorization", strings.Repeat("AWS4-HMAC-SHA256 ", 1<<16)) },
		sigv4.IncompleteSignature, "requires",
	},
	"empty signature": {
		func(r *http.Request) { cutSignature(r) }, sigv4.IncompleteSignature, "requires 'Signature' parameter",
	},
}

// TestAttacks is attack case S4.
func TestAttacks(t *testing.T) {
	const body = `{"MaxResults":1}`
	signed := func() *http.Request {
		r := request(body)
		sigv4.Sign(r, []byte(body), scope, secret, noon)
		return r
	}
	if err := verify(signed(), body); err != nil {
		t.Fatalf("positive control: %v", err)
	}
	resign := func(region, service, with string, at time.Time) *http.Request {
		r := request(body)
		sigv4.Sign(r, []byte(body), sigv4.Credential{AccessKeyID: keyID, Region: region, Service: service}, with, at)
		return r
	}
	check := func(name string, r *http.Request, code, text string) {
		err := verify(r, body)
		var refused *sigv4.Error
		if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Message, text) {
			t.Errorf("%s: %v, want %s with %q", name, err, code, text)
		}
	}
	for name, c := range map[string]struct {
		r          *http.Request
		code, text string
	}{
		"no header":    {request(body), sigv4.MissingAuthenticationToken, "Missing Authentication Token"},
		"wrong secret": {resign("us-east-1", "cognito-idp", "other", noon), sigv4.InvalidSignature, "does not match"},
		"wrong region": {resign("eu-west-1", "cognito-idp", secret, noon), sigv4.InvalidSignature, "valid region"},
		"wrong service": {
			resign("us-east-1", "iam", secret, noon), sigv4.InvalidSignature, "correct service: 'cognito-idp'.",
		},
		"expired": {
			resign("us-east-1", "cognito-idp", secret, noon.Add(-6*time.Minute)), sigv4.InvalidSignature,
			"Signature expired: 20260501T115400Z is now earlier than 20260501T115500Z",
		},
		"not yet current": {
			resign("us-east-1", "cognito-idp", secret, noon.Add(6*time.Minute)), sigv4.InvalidSignature,
			"Signature not yet current",
		},
	} {
		check(name, c.r, c.code, c.text)
	}
	for name, c := range changedRequests {
		r := signed()
		c.change(r)
		check(name, r, c.code, c.text)
	}
}

// A signature over an invalid list of headers is refused even if it is correct.
// A valid list is accepted with and without Content-Type.
func TestSignedHeaders(t *testing.T) {
	const body = `{}`
	for _, c := range []struct{ signed, refusal string }{
		{"content-type;host;x-amz-date;x-amz-target", ""},
		{"host;x-amz-date;x-amz-target", ""},
		{"content-type;host;x-amz-date", "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		{"host;x-amz-target", "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."},
		{"x-amz-date;x-amz-target", "'Host' must be a 'SignedHeader' in the AWS Authorization."},
		{"host;x-amz-target;x-amz-date", "does not match"},
		{"host;x-amz-date;x-amz-date;x-amz-target", "does not match"},
		{"host;host;x-amz-date;x-amz-target", "does not match"},
		{"Host;host;x-amz-date;x-amz-target", "does not match"},
		{"host;x-amz-date;x-amz-target;x-other", "does not match"},
	} {
		r := request(body)
		r.Header.Set("X-Amz-Date", "20260501T120000Z")
		sigv4.SignOver(r, []byte(body), scope, secret, strings.Split(c.signed, ";"))
		err := verify(r, body)
		accepted := err == nil
		if accepted != (c.refusal == "") || !accepted && !strings.Contains(err.Error(), c.refusal) {
			t.Errorf("%s: %v, want %q", c.signed, err, c.refusal)
		}
	}
	r := request(body)
	sigv4.Sign(r, []byte(body), scope, secret, noon)
	r.Header.Set("X-Amz-Cf-Id", "added on the way")
	if err := verify(r, body); err != nil {
		t.Errorf("behind CloudFront: %v", err)
	}
}

func unsign(r *http.Request, name string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), name, "", 1))
}

func cutSignature(r *http.Request) {
	before, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	r.Header.Set("Authorization", before+"Signature=")
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260501/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, " +
		"Signature=00")
	f.Fuzz(func(t *testing.T, s string) {
		r := request("")
		r.Header.Set("Authorization", s)
		if err := verify(r, ""); err == nil {
			t.Error("verified an unsigned request")
		}
	})
}

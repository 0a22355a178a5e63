package gate_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// TestStrictAuth is attack case S4 at the gate.
func TestStrictAuth(t *testing.T) {
	w := newWorld(t)
	w.gate.Auth = gate.StrictAuth{Store: w.db, Clock: w.clk, Region: "us-east-1"}
	update := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if err := w.db.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"AKIAGOOD", "AKIAREVOKED"} {
		update(func(tx *store.Tx) error {
			return tx.InsertAccessKey(&userpool.AccessKey{
				ID: id, Secret: "right", Account: "222222222222", Created: tx.Now,
			})
		})
	}
	update(func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIAREVOKED") })
	body := []byte(`{"PoolName":"p"}`)
	signed := func(key, secret, region string, after time.Duration) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "http://id.example.com/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.CreateUserPool")
		sigv4.Sign(r, body, sigv4.Credential{AccessKeyID: key, Region: region, Service: "cognito-idp"}, secret,
			w.clk.Now().Add(after))
		return r
	}
	a := w.send(signed("AKIAGOOD", "right", "us-east-1", 0))
	if a.Code != http.StatusOK ||
		!strings.Contains(a.Body.String(), "arn:aws:cognito-idp:us-east-1:222222222222:userpool/") {
		t.Fatalf("positive control: %d %s", a.Code, a.Body)
	}
	for name, c := range map[string]struct {
		r     *http.Request
		error string
	}{
		"no signature": {request("CreateUserPool", string(body)), "MissingAuthenticationTokenException"},
		"wrong secret": {signed("AKIAGOOD", "wrong", "us-east-1", 0), "InvalidSignatureException"},
		"unknown key":  {signed("AKIANOBODY", "right", "us-east-1", 0), "UnrecognizedClientException"},
		"revoked key":  {signed("AKIAREVOKED", "right", "us-east-1", 0), "UnrecognizedClientException"},
		"other region": {signed("AKIAGOOD", "right", "eu-west-1", 0), "InvalidSignatureException"},
		"expired":      {signed("AKIAGOOD", "right", "us-east-1", -6*time.Minute), "InvalidSignatureException"},
		"early":        {signed("AKIAGOOD", "right", "us-east-1", 6*time.Minute), "InvalidSignatureException"},
	} {
		refusedAs(t, name, w.send(c.r), http.StatusBadRequest, c.error)
		lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "peer=192.0.2.1 ") {
			t.Errorf("%s: the log does not have the address of the refused caller: %s", name, last)
		}
	}
	// Operations without IAM authorization ignore the signature.
	r := signed("AKIANOBODY", "wrong", "mars", 0)
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")
	refusedAs(t, "SignUp with a bad signature", w.send(r), http.StatusBadRequest, "InvalidParameterException")
}

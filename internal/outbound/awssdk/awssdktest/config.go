package awssdktest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
)

// Config directs calls of every service and region to a test server with the
// handler. Calls are signed with AKIDEXAMPLE, by default in us-east-1.
func Config(t *testing.T, answer http.HandlerFunc) aws.Config {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	c, err := awssdk.Load(t.Context(), awssdk.Config{Region: "us-east-1", Endpoint: s.URL, Client: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

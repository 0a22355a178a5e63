package awssdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// Config is the configuration of calls.
type Config struct {
	Region string // used if an ARN has none
	// Endpoint is that of an emulator; empty: AWS.
	Endpoint string
	// Client is used for requests to services, but not for credentials.
	Client *http.Client
}

// Load reads the configuration of credentials from the environment. It does not
// connect.
func Load(ctx context.Context, c Config) (aws.Config, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.Region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration of the environment: %w", err)
	}
	loaded.HTTPClient = c.Client
	loaded.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if c.Endpoint != "" {
		loaded.BaseEndpoint = aws.String(c.Endpoint)
	}
	return loaded, nil
}

// regionForm restricts the region, which becomes part of a host name: ARNs come
// from callers that configure a pool.
var regionForm = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-[0-9]):`)

// RegionOf returns the region in an ARN, or "".
func RegionOf(arn string) string {
	if found := regionForm.FindStringSubmatch(arn); found != nil {
		return found[1]
	}
	return ""
}

// Code returns the error code in a service's response, or "" for other errors.
func Code(err error) string {
	var apiErr smithy.APIError
	if errors.As(err, &apiErr) {
		return apiErr.ErrorCode()
	}
	return ""
}

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

// Config says how to call.
type Config struct {
	Region string // where an ARN names none
	// Endpoint replaces AWS's own by that of an emulator; empty: AWS.
	Endpoint string
	// Client makes the requests to services, not those for credentials.
	Client *http.Client
}

// Load reads what the environment says about credentials; it does not connect.
func Load(ctx context.Context, c Config) (aws.Config, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.Region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("the environment's AWS configuration: %w", err)
	}
	loaded.HTTPClient = c.Client
	loaded.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if c.Endpoint != "" {
		loaded.BaseEndpoint = aws.String(c.Endpoint)
	}
	return loaded, nil
}

// regionForm bounds what becomes part of a host's name: ARNs come from whoever
// configures a pool.
var regionForm = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-[0-9]):`)

// RegionOf is the region in an ARN; empty when there is none.
func RegionOf(arn string) string {
	if found := regionForm.FindStringSubmatch(arn); found != nil {
		return found[1]
	}
	return ""
}

// Code is the error code that a service answered with; empty for everything
// else.
func Code(err error) string {
	var said smithy.APIError
	if errors.As(err, &said) {
		return said.ErrorCode()
	}
	return ""
}

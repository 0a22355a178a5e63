// Package beyond owns the HTTP endpoints for features that Amazon Cognito does
// not have. Each is enabled by a setting of the server. The package makes no
// decisions: it passes requests to the flows.
package beyond

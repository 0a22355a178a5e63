// Package beyond owns the HTTP endpoints for features that Amazon Cognito does
// not have. The package makes no decisions: it passes requests to the flows, and
// settings to the store. Endpoints for operators go through the gate of the
// native API, which verifies access keys and policies.
package beyond

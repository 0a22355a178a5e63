// Package beyond owns the HTTP endpoints for what Amazon Cognito does not have;
// each is a setting of the server. It refuses to decide anything: tokens and
// accounts are the flows', to which it hands what the request says.
package beyond

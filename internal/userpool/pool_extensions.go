package userpool

// PoolExtensions are the settings of a pool for which Amazon Cognito has no
// member. In the zero value everything is off: the pool then behaves as Amazon
// Cognito does. A pool has at most one.
type PoolExtensions struct {
	Resource
	// StrictOIDC follows OpenID Connect where Amazon Cognito differs from it.
	StrictOIDC bool
	// DeviceGrant enables the device authorization grant (RFC 8628).
	DeviceGrant bool
	// PushedRequests enables pushed authorization requests (RFC 9126).
	PushedRequests bool
	// ClientIDMetadata accepts URLs of client id metadata documents as client ids.
	// Source: draft-ietf-oauth-client-id-metadata-document.
	ClientIDMetadata bool
}

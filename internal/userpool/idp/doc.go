// Package idp owns a pool's external identity providers: their configuration,
// the metadata of SAML providers, and the identities that map their users to
// users of the pool. It checks which details a provider needs, which attributes
// can be mapped, and which users can be linked.
//
// The package fetches nothing: metadata and discovery documents are arguments.
// It neither creates nor uses keys. Rows belong to store; fetching, keys and
// links to flow/federation; the API to face/awsapi.
package idp

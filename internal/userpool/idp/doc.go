// Package idp owns what a pool knows of other identity providers: the providers
// themselves, the metadata of SAML providers, and the identities that lead from
// their users to users of the pool. It decides which details a provider needs,
// which attributes can be mapped, and which users can be linked.
//
// The package refuses to fetch: metadata and discovery documents come as
// arguments. It makes and uses no key. Rows belong to store; fetching, keys and
// links to flow/federation; the wire to face/awsapi.
package idp

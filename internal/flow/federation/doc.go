// Package federation owns what stands between a pool and the identity
// providers whose word it takes: it brings a provider into a state in which
// it can be used (metadata read, endpoints discovered, keys made), keeps the
// pool's certificate for signed SAML requests, and links the identities of
// providers to users.
//
// What has to be fetched or computed is done between reading and writing,
// never inside a transaction.
//
// The package refuses to judge what a provider says about a user: the sign-in
// through a provider does that, and asks the store's LinkedUser who is meant.
package federation

// Package federation owns the configuration of identity providers: it prepares
// a provider for use (reads metadata, discovers endpoints, makes keys), keeps
// the pool's certificate for signed SAML requests, and links the identities of
// providers to users.
//
// Whatever is fetched or computed is external work between read and write,
// never inside a transaction.
//
// The package does not verify the claims of a provider about a user: the
// sign-in through a provider does that, and finds the user with the store's
// LinkedUser.
package federation

// Package fetch reads documents at URLs that a pool's administrator gives: SAML
// metadata and OpenID discovery.
//
// Such a URL must not give access to the server's own network. A name is
// resolved once. If any of its addresses is not public (loopback, private,
// link-local, shared, documentation, multicast, NAT64 or IPv4-mapped forms of
// them, ...), no connection is made. Otherwise a checked address is dialed,
// never the name. Redirects are checked in the same way, and none leads from
// https to http. Only https and ports 443 and 80 are allowed; responses are
// bounded in size and time, and proxies of the environment are not used. An
// operator may allow prefixes, for any port and also with http, with
// --allow-private-addresses. AllowsPlain is that rule for http; the validation of
// a provider's URLs calls it, and the connection applies it again.
//
// Guarded gives the same protection to the adapters that send messages.
//
// The package does not parse documents, sends no credentials, and does not
// reveal responses of internal machines to callers. It returns the bytes to
// flow/federation.
package fetch

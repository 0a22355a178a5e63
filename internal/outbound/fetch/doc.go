// Package fetch owns reading documents at addresses that a pool's
// administrator names: SAML metadata and OpenID discovery.
//
// Such an address must not become a way into the network that the server
// stands in. A name is resolved once; if any of its addresses is not public
// (loopback, private, link-local, shared, documentation, multicast, NAT64 or
// IPv4-mapped forms of them, ...) nothing is dialled, and what is dialled is
// an address that was checked, never the name again. Redirects go the same
// way. Only https, only ports 443 and 80; answers are bounded in size and
// time, and no proxy of the environment is used. An operator may open
// prefixes, where any port is allowed, with --allow-private-addresses.
//
// Guarded gives the same protection to the adapters that send messages.
//
// The package refuses to read what it fetches, to send credentials of its own,
// and to tell a caller what an inner machine answered. It hands the bytes to
// flow/federation.
package fetch

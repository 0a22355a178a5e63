// Package address owns the addresses of the server: its public URL, the host
// names of pools' domains, and the origin to which a client has sent a request,
// also through a proxy.
//
// Nothing that a request claims is an address by itself. Headers of proxies
// count from trusted peers alone, and a host name is only a key: links and
// documents contain it if it is a domain of the pool or a name of the server,
// and otherwise the public URL.
//
// Which domains exist is the store's responsibility; the issuers of tokens are
// that of flow/token.
package address

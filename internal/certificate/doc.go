// Package certificate chooses the certificate of each TLS connection by the name
// that the client asks for: from files, which are read again when they change;
// from an authority by ACME (RFC 8555); or in dev mode from a local authority,
// which makes certificates on demand.
//
// Which names the server answers for is the decision of its caller. No name is
// given a new certificate without it.
package certificate

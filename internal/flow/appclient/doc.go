// Package appclient owns how app clients come into being: by an administrator, by
// dynamic registration (RFC 7591), and by a client id metadata document.
//
// It decides what a client that no administrator has created may have. It does
// not verify initial access tokens, which flow/token does, and does not know
// HTTP. Documents are fetched by outbound/fetch, never inside a transaction.
package appclient

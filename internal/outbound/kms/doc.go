// Package kms owns where the keys of custom senders come from: a data key for
// each code, wrapped by the master key that a pool names in KMSKeyID. Local
// makes them here; awskms asks AWS.
//
// Local wraps with a key of the server's own, so that a function can decrypt
// only by asking this server, as it would ask AWS KMS: with any client of KMS
// pointed at it. Dev mode answers such clients.
//
// The package refuses to hand a data key to anybody who has not the context
// that it was wrapped for.
package kms

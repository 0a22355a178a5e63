// Package kms owns the keys of custom senders: a data key for each code,
// wrapped by the master key that a pool names in KMSKeyID. Local generates them
// on this server; awskms gets them from AWS.
//
// Local wraps with a key of the server, so that only this server can decrypt.
// In dev mode it implements the operation Decrypt of AWS KMS for clients of
// KMS.
//
// The package unwraps a data key only for the context that it was wrapped for.
package kms

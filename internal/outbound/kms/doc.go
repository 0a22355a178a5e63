// Package kms owns the keys of custom senders: a data key for each code,
// wrapped by the master key that a pool names in KMSKeyID. Local generates them
// on this server; awskms gets them from AWS.
//
// Local wraps with a key of the server, so that only this server can decrypt.
// In dev mode the server has an endpoint for the operation Decrypt of AWS KMS,
// which any KMS client can call.
//
// The package unwraps a data key only for the context that it was wrapped for.
package kms

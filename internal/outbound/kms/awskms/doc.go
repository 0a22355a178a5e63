// Package awskms asks AWS KMS for data keys. It owns which region is asked and
// refuses to cache: each code gets a key of its own, as at Cognito.
package awskms

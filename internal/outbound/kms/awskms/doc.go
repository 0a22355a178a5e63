// Package awskms gets data keys from AWS KMS. It selects the region. It does
// not cache: each code has its own key, as in Cognito.
package awskms

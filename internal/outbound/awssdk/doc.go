// Package awssdk owns the configuration of AWS's SDK for calls of AWS services:
// credentials, endpoint and HTTP client. The adapters deliver/ses, deliver/sns
// and kms/awskms build on it.
//
// Credentials come from the default chain of AWS tools: environment, shared
// files, the role of the machine, task or pod. The package stores no
// credentials and does not retry; the caller decides about retries.
package awssdk

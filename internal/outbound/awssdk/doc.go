// Package awssdk owns how services of AWS are called with AWS's own SDK: whose
// credentials sign, which endpoint is asked, and through which HTTP client.
// The adapters deliver/ses, deliver/sns and kms/awskms build on it.
//
// Credentials come from where every AWS tool looks: environment, shared
// files, the role of the machine, task or pod. The package refuses to keep
// any itself, and to try again on its own: who calls decides about that.
package awssdk

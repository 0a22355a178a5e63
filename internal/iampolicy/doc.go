// Package iampolicy owns the policies of access keys: identity-based policies
// in AWS's JSON form, read strictly and decided over one action and one
// resource. Source: IAM User Guide, pages reference_policies_grammar and
// reference_policies_evaluation-logic.
//
// What the package does not decide it refuses to read: conditions, principals
// and policy variables are errors when a policy is made, never ignored. It
// knows no operation of Amazon Cognito and no row; the gate asks it, the
// command that makes access keys lets it check a file.
package iampolicy

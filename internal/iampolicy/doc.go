// Package iampolicy owns the policies of access keys: identity-based policies
// in the JSON form of AWS, parsed strictly and evaluated for one action on one
// resource. Source: IAM User Guide, pages reference_policies_grammar and
// reference_policies_evaluation-logic.
//
// Parse refuses what Decide does not evaluate: conditions, principals and
// policy variables are errors and never ignored. The package depends neither on
// the operations of Amazon Cognito nor on the store: the gate calls Decide, and
// the command that creates access keys calls Parse.
package iampolicy

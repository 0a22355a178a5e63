// Package userpool owns the domain types of Amazon Cognito user pools: pool,
// schema, app client, user, alias, credential, code, message, lock-out. They do
// not depend on HTTP, the JSON of the API or SQL.
//
// The types have the pure rules about themselves: valid values, defaults, and
// the names that find a user. The package does no I/O and no cryptography. The
// appearance of pages belongs to brand, identity providers to idp, rows to
// store, the shapes of documents to store/record, flows to flow, the API to the
// faces.
package userpool

// Package userpool owns the nouns of Amazon Cognito user pools: pool, schema,
// app client, user, alias, credential, code, message, lock-out. Someone who
// stands here learns Cognito without seeing HTTP, JSON on the wire or SQL.
//
// Nouns carry the pure rules about themselves: what a value may be, what its
// default is, which names a user can be found by. The package refuses to reach
// for anything: it keeps no store, sends nothing, hashes nothing. The looks of
// pages are brand's, identity providers idp's, rows are store's, the shapes of
// documents store/record's, flows are flow's, the wire is the faces'.
package userpool

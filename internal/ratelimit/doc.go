// Package ratelimit owns how often operations of the native API may be called:
// the categories of operations, their rates, and token buckets per account,
// region and category, with a further one per pool and operation where
// Amazon Cognito has it. Source: guide page quotas.
//
// Buckets live in memory, one set per process, on the clock that is given. A
// bucket that has filled up again is forgotten, since a new one is the same.
//
// The package knows no HTTP and no rows: the gate asks Take, the server tells
// it with Provision what accounts have been given.
package ratelimit

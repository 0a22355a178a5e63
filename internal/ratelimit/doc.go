// Package ratelimit owns the request rates of the native API: the categories
// of operations, their rates, and token buckets per account, region and
// category. Some categories also have a bucket per pool and operation, as in
// Amazon Cognito. Source: guide page quotas.
//
// Buckets are in memory, one set per process, on the clock of the Limiter. A
// full bucket is deleted, because a new one is equal to it.
//
// The package depends on neither HTTP nor the store: the gate calls Take, and
// the server calls Provision with the rates of accounts.
package ratelimit

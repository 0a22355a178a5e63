// Package ratelimit owns the request rates: the categories of operations,
// OAuth endpoints and pages, their rates, and token buckets per account, region
// and category. Some categories also have a bucket per pool and operation, as in
// Amazon Cognito. OAuth endpoints and pages have one per pool, and per client and
// address in a pool. Source: guide page quotas.
//
// Buckets are in memory, one set per process, on the clock of the Limiter. A
// full bucket is deleted, because a new one is equal to it.
//
// The package depends on neither HTTP nor the store: the gate calls Take, the
// OAuth face TakeVisit, and the server Provision with the rates of accounts.
package ratelimit

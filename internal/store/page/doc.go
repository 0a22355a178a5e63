// Package page seals and opens pagination tokens. Clients cannot forge a token,
// and it is bound to its operation, pool, query and caller.
package page

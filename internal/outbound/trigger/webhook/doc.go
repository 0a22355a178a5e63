// Package webhook runs triggers over HTTP: the event is posted to a URL, the
// answer is the event or no more than its response.
//
//	POST https://…                     200 {"response":{"autoConfirmUser":true}}
//	webhook-id: 0b3e…                  204 — the event, untouched
//	webhook-timestamp: 1764000000      400 {"error":{"message":"Not today"}} — refused
//	webhook-signature: v1,…
//	{"version":"1",…}
//
// Requests are signed as Standard Webhooks has it, so that every library for
// that verifies them; the id stays the same when a call is tried again. The
// package refuses to follow redirects. Whether an address may be called at all
// is for the HTTP client to decide that it is given.
//
// Source: the Standard Webhooks specification, version 1.
package webhook

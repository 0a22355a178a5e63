// Package webhook runs triggers over HTTP: the event is posted to a URL, and
// the response is the event or its response member only.
//
//	POST https://…                     200 {"response":{"autoConfirmUser":true}}
//	webhook-id: 0b3e…                  204 — the event, unchanged
//	webhook-timestamp: 1764000000      400 {"error":{"message":"Not today"}} — refused
//	webhook-signature: v1,…
//	{"version":"1",…}
//
// Requests are signed by Standard Webhooks, so that its libraries can verify
// them. The id is the same for all attempts of a call. Redirects are not
// followed. The HTTP client in the configuration decides which addresses are
// allowed.
//
// Source: the Standard Webhooks specification, version 1.
package webhook

// Package hosted serves the pages on which a user signs in for an authorization
// request of face/oauth. Sources: the guide's pages
// cognito-user-pools-managed-login and managed-login-endpoints.
//
// Users of devices begin at a page of their own, which asks for the device's code.
//
// Every page has the request in its address and verifies all of it. The first
// page has a form for name and password, or for the name alone where the client
// allows USER_AUTH; a list of first factors follows. Each later page is a step of
// the sign-in engine and shows what the challenge requires. The progress of the
// sign-in is in the form, sealed and bound to the pool, the client, this
// request and this browser, so that no page can be skipped and no sign-in
// continued elsewhere.
//
// A step is a row of steps: its page, and how what is typed becomes responses of
// the engine. Package view defines how pages look, package locale what they say.
// Pages work without scripts, except for passkeys.
package hosted

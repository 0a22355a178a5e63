// Package hosted is the face that people see: the pages on which a user signs
// in while an authorization request of face/oauth waits. Sources: the guide's
// pages cognito-user-pools-managed-login and managed-login-endpoints.
//
// Every page carries the request in its address and is checked anew as a whole.
// The first page takes name and password; each page after it is a step of the
// one sign-in engine, and shows what that asks for. What has been reached
// travels in the form, sealed: bound to the pool, the client, this request and
// this browser, so that no page can be skipped and none be continued elsewhere.
//
// A step is a row of steps: its title, its fields, and which responses of the
// engine they become. How pages look is the affair of one template and one
// style sheet; they need no script and are allowed none.
package hosted

package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// factual reports whether a trigger is told of what has been committed, rather
// than asked before it. Its calls are detached from their request (package
// after). Source: guide pages user-pool-lambda-post-confirmation and
// user-pool-lambda-post-authentication.
func factual(t userpool.Trigger) bool {
	return t == userpool.PostConfirmation || t == userpool.PostAuthentication
}

package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// afterCommit reports whether a trigger is called after the commit, not before.
// Its calls are detached from their request (package after). Source: guide
// pages user-pool-lambda-post-confirmation and
// user-pool-lambda-post-authentication.
func afterCommit(t userpool.Trigger) bool {
	return t == userpool.PostConfirmation || t == userpool.PostAuthentication
}

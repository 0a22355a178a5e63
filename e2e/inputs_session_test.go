package e2e

// Inputs of tracked sessions.

// session is a session of the user other than that of the access token.
func (f *fixture) session() string {
	f.tracked(nil)
	f.must("InitiateAuth",
		object{"ClientId": f.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(f)})
	sessions, _ := f.must("AdminListUserSessions", ofUser(f))["Sessions"].([]any)
	for _, found := range sessions {
		if id := dig(found.(object), "SessionId"); id != f.stored["own session"] {
			return id
		}
	}
	f.Fatalf("a sign-in created no session: %v", sessions)
	return ""
}

// trackedAccess is the access token of a user whose sign-ins are tracked.
func (f *fixture) trackedAccess() string {
	f.tracked(nil)
	f.once("own session", func() string {
		token := f.access()
		sessions, _ := f.must("ListUserSessions", object{"AccessToken": token})["Sessions"].([]any)
		for _, found := range sessions {
			if found.(object)["IsCurrentSession"] == true {
				return dig(found.(object), "SessionId")
			}
		}
		f.Fatalf("the token's own session is not among %v", sessions)
		return ""
	})
	return f.access()
}

var sessionInputs = map[string]inputs{
	"AdminListUserSessions": {
		smallest: func(f *fixture) object {
			f.tracked(nil)
			return ofUser(f)
		},
		largest: func(f *fixture) object {
			f.session()
			return ofUser(f)
		},
		without: []string{"NextToken"}, // a user never has more than one page of sessions
	},
	"AdminRevokeUserSession": {
		smallest: func(f *fixture) object { return with(ofUser(f), object{"SessionId": f.session()}) },
		largest: func(f *fixture) object {
			return with(ofUser(f), object{"SessionId": f.session(), "RevokeAssociatedSessions": "LINKED"})
		},
	},
	"ListUserSessions": {
		smallest: func(f *fixture) object { return object{"AccessToken": f.trackedAccess()} },
		largest:  func(f *fixture) object { return object{"AccessToken": f.trackedAccess()} },
		without:  []string{"NextToken"},
	},
	"RevokeUserSession": {
		smallest: func(f *fixture) object { return object{"AccessToken": f.trackedAccess(), "SessionId": f.session()} },
		largest: func(f *fixture) object {
			return object{
				"AccessToken": f.trackedAccess(), "SessionId": f.session(), "RevokeAssociatedSessions": "NONE",
			}
		},
	},
}

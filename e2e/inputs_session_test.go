package e2e

// Inputs of tracked sessions.

// session is a session of the user other than that of the access token.
func (e *estate) session() string {
	e.tracked(nil)
	e.must("InitiateAuth",
		object{"ClientId": e.client(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": passwords(e)})
	sessions, _ := e.must("AdminListUserSessions", ofUser(e))["Sessions"].([]any)
	for _, found := range sessions {
		if id := dig(found.(object), "SessionId"); id != e.had["own session"] {
			return id
		}
	}
	e.Fatalf("a sign-in created no session: %v", sessions)
	return ""
}

// watched is the access token of a user whose sign-ins are tracked.
func (e *estate) watched() string {
	e.tracked(nil)
	e.once("own session", func() string {
		token := e.access()
		sessions, _ := e.must("ListUserSessions", object{"AccessToken": token})["Sessions"].([]any)
		for _, found := range sessions {
			if found.(object)["IsCurrentSession"] == true {
				return dig(found.(object), "SessionId")
			}
		}
		e.Fatalf("the token's own session is not among %v", sessions)
		return ""
	})
	return e.access()
}

var sessionInputs = map[string]inputs{
	"AdminListUserSessions": {
		smallest: func(e *estate) object { e.tracked(nil); return ofUser(e) },
		largest:  func(e *estate) object { e.session(); return ofUser(e) },
		without:  []string{"NextToken"}, // a user never has more than one page of sessions
	},
	"AdminRevokeUserSession": {
		smallest: func(e *estate) object { return with(ofUser(e), object{"SessionId": e.session()}) },
		largest: func(e *estate) object {
			return with(ofUser(e), object{"SessionId": e.session(), "RevokeAssociatedSessions": "LINKED"})
		},
	},
	"ListUserSessions": {
		smallest: func(e *estate) object { return object{"AccessToken": e.watched()} },
		largest:  func(e *estate) object { return object{"AccessToken": e.watched()} },
		without:  []string{"NextToken"},
	},
	"RevokeUserSession": {
		smallest: func(e *estate) object { return object{"AccessToken": e.watched(), "SessionId": e.session()} },
		largest: func(e *estate) object {
			return object{"AccessToken": e.watched(), "SessionId": e.session(), "RevokeAssociatedSessions": "NONE"}
		},
	},
}

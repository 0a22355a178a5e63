package awsapi_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
)

// browsers is a world with the pages of a pool that tracks sessions, and its user
// ann.
type browsers struct {
	*world
	pages *hostedtest.World
	ann   object
}

func newBrowsers(t *testing.T) *browsers {
	t.Helper()
	w := newWorld(t)
	pages := hostedtest.New(t, w.db, w.clk)
	w.must("SetUserPoolSessionConfiguration", object{
		"UserPoolId": pages.Pool.ID, "UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 20},
	})
	return &browsers{w, pages, object{"UserPoolId": pages.Pool.ID, "Username": "ann"}}
}

// signIn signs ann in on the pages and redeems the code.
func (w *browsers) signIn() (*hostedtest.Browser, object) {
	w.t.Helper()
	b := w.pages.Browser()
	b.Header.Set("User-Agent", "browser/1")
	p := b.Post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"public"}, "code": {b.Code("public")},
		"redirect_uri": {hostedtest.Callback},
	})
	var tokens object
	if err := json.Unmarshal([]byte(p.Body), &tokens); err != nil || p.Status != 200 {
		w.t.Fatalf("%d %s", p.Status, p.Body)
	}
	return b, tokens
}

// silent reports whether the browser's session is enough for a client.
func silent(b *hostedtest.Browser, client string) bool {
	return b.Get(hostedtest.AuthorizeURL(client, "prompt", "none")).Query().Has("code")
}

// session returns ann's session of a type; nil if there is none.
func (w *browsers) session(kind string) (found object) {
	w.t.Helper()
	for _, s := range w.must("AdminListUserSessions", w.ann)["Sessions"].([]any) {
		if s := s.(object); s["SessionType"] == kind {
			found = s
		}
	}
	return found
}

// The session of a browser and the token sessions that came through it are listed
// to the user and to administrators.
func TestSessionsOfThePagesAreListed(t *testing.T) {
	w := newBrowsers(t)
	start := float64(w.clk.Now().Unix())
	b, tokens := w.signIn()
	w.clk.Advance(time.Minute)
	if !silent(b, "confidential") {
		t.Fatal("the session is not accepted")
	}
	sso, token := w.session("SSO"), w.session("TOKEN")
	want := object{
		"SessionId": sso["SessionId"], "SessionType": "SSO", "IsCurrentSession": false, "ClientId": "public",
		"CreateDate": start, "LastActiveDate": start + 60, "DeviceType": "browser/1", "LastIPAddress": "192.0.2.1",
		"LastLocation": object{"Country": "unknown"},
	}
	if got := asJSON(t, sso); got != asJSON(t, want) {
		t.Errorf("listed as %s, want %s", got, asJSON(t, want))
	}
	if token["OriginSessionId"] != sso["SessionId"] || token["ClientId"] != "public" {
		t.Errorf("the token session is %v", token)
	}
	mine := w.must("ListUserSessions", object{"AccessToken": tokens["access_token"]})["Sessions"].([]any)
	if len(mine) != 2 {
		t.Errorf("the user's list: %v", mine)
	}
	for _, s := range mine {
		if s := s.(object); s["IsCurrentSession"] != (s["SessionType"] == "TOKEN") {
			t.Errorf("current: %v", s)
		}
	}
	// A client that accepts no session does not end it for others.
	w.must("SetUserPoolClientSessionConfiguration", object{
		"UserPoolId": w.pages.Pool.ID, "ClientId": "confidential", "SSOSession": object{"MaxValidityMinutes": 0},
	})
	if silent(b, "confidential") || !silent(b, "public") {
		t.Error("MaxValidityMinutes of one client")
	}
}

// The session of a browser is revoked by users and administrators, alone or with
// its token sessions, and by the revocation of a linked refresh token.
func TestSessionsOfThePagesAreRevoked(t *testing.T) {
	for name, c := range map[string]struct {
		revoke func(w *browsers, tokens object)
		// session and tokens are what stays valid.
		session, tokens bool
	}{
		"control": {func(*browsers, object) {}, true, true},
		"by an administrator": {func(w *browsers, _ object) {
			w.must("AdminRevokeUserSession", with(w.ann, object{"SessionId": w.session("SSO")["SessionId"]}))
		}, false, true},
		"by the user": {func(w *browsers, tokens object) {
			w.must("RevokeUserSession", object{
				"AccessToken": tokens["access_token"], "SessionId": w.session("SSO")["SessionId"],
			})
		}, false, true},
		"linked, by an administrator": {func(w *browsers, _ object) {
			w.must("AdminRevokeUserSession", with(w.ann, object{
				"SessionId": w.session("SSO")["SessionId"], "RevokeAssociatedSessions": "LINKED",
			}))
		}, false, false},
		"linked, by the user of it": {func(w *browsers, tokens object) {
			w.refusal("RevokeUserSession", object{
				"AccessToken": tokens["access_token"], "SessionId": w.session("SSO")["SessionId"],
				"RevokeAssociatedSessions": "LINKED",
			}, "InvalidParameterException: The session of the access token cannot be revoked.")
		}, true, true},
		"a token session of it": {func(w *browsers, _ object) {
			w.must("AdminRevokeUserSession", with(w.ann, object{"SessionId": w.session("TOKEN")["SessionId"]}))
		}, true, false},
		"a linked token session": {func(w *browsers, _ object) {
			w.must("AdminRevokeUserSession", with(w.ann, object{
				"SessionId": w.session("TOKEN")["SessionId"], "RevokeAssociatedSessions": "LINKED",
			}))
		}, false, false},
		"a refresh token": {func(w *browsers, tokens object) {
			w.must("RevokeToken", object{"ClientId": "public", "Token": tokens["refresh_token"]})
		}, true, false},
		"a linked refresh token": {func(w *browsers, tokens object) {
			w.must("RevokeToken", object{
				"ClientId": "public", "Token": tokens["refresh_token"], "RevokeAssociatedSessions": "LINKED",
			})
		}, false, false},
		"of another user": {func(w *browsers, _ object) {
			w.pages.User(w.pages.Pool, "bob", "CONFIRMED")
			w.refusal("AdminRevokeUserSession", object{
				"UserPoolId": w.pages.Pool.ID, "Username": "bob", "SessionId": w.session("SSO")["SessionId"],
			}, "ResourceNotFoundException: Session does not exist.")
		}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBrowsers(t)
			b, tokens := w.signIn()
			w.clk.Advance(time.Second)
			c.revoke(w, tokens)
			if silent(b, "public") != c.session || (w.session("SSO") != nil) != c.session {
				t.Errorf("the session of the browser is valid: %v", !c.session)
			}
			_, refused := w.call("GetUser", object{"AccessToken": tokens["access_token"]})
			if (refused == "") != c.tokens {
				t.Errorf("GetUser: %q", refused)
			}
			_, refused = w.call("GetTokensFromRefreshToken",
				object{"ClientId": "public", "RefreshToken": tokens["refresh_token"]})
			if (refused == "") != c.tokens {
				t.Errorf("GetTokensFromRefreshToken: %q", refused)
			}
		})
	}
}

package awsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// tracked creates a pool that tracks sessions, with a client for passwords and the
// user ann.
func (w *world) tracked(most int) (pool, client string) {
	w.t.Helper()
	pool, client = w.mailPool(nil, nil)
	w.must("SetUserPoolSessionConfiguration",
		object{"UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": most}})
	w.confirmed(client, "ann")
	return pool, client
}

// from signs a user in from an address with an agent.
func (w *world) from(address, agent, client, name string) object {
	w.t.Helper()
	r := w.request("InitiateAuth", object{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": name, "PASSWORD": "Right-Passw0rd"},
	})
	r.RemoteAddr = address + ":4711"
	r.Header.Set("User-Agent", agent)
	return at(decoded(w.t, w.send(r)), "AuthenticationResult").(object)
}

func decoded(t *testing.T, answer *httptest.ResponseRecorder) (out object) {
	t.Helper()
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || answer.Code != 200 {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return out
}

func (w *world) listedSessions(operation string, in object) map[string]object {
	w.t.Helper()
	found := map[string]object{}
	for _, s := range w.must(operation, in)["Sessions"].([]any) {
		found[fmt.Sprint(s.(object)["DeviceType"])] = s.(object)
	}
	return found
}

func TestSessionsAreListed(t *testing.T) {
	w := newWorld(t)
	pool, client := w.tracked(20)
	phone := w.from("192.0.2.1", "phone/1", client, "ann")
	w.clk.Advance(time.Minute)
	laptop := w.from("192.0.2.2", "laptop/1", client, "ann")
	w.confirmed(client, "bob")
	w.from("192.0.2.3", "other/1", client, "bob")
	mine := w.listedSessions("ListUserSessions", object{"AccessToken": laptop["AccessToken"]})
	all := w.listedSessions("AdminListUserSessions", object{"UserPoolId": pool, "Username": "ann"})
	if len(mine) != 2 || len(all) != 2 {
		t.Fatalf("listed %v and %v", mine, all)
	}
	start := float64(w.clk.Now().Add(-time.Minute).Unix())
	want := object{
		"SessionId": mine["phone/1"]["SessionId"], "SessionType": "TOKEN", "IsCurrentSession": false,
		"ClientId": client, "CreateDate": start, "LastActiveDate": start,
		"DeviceType": "phone/1", "LastIPAddress": "192.0.2.1", "LastLocation": object{"Country": "unknown"},
	}
	if got := asJSON(t, mine["phone/1"]); got != asJSON(t, want) {
		t.Errorf("listed as %s, want %s", got, asJSON(t, want))
	}
	if mine["laptop/1"]["IsCurrentSession"] != true || all["laptop/1"]["IsCurrentSession"] != false {
		t.Errorf("current: %v, %v", mine["laptop/1"], all["laptop/1"])
	}
	// A refresh is activity, from any address.
	w.clk.Advance(time.Minute)
	w.must("GetTokensFromRefreshToken", object{"ClientId": client, "RefreshToken": phone["RefreshToken"]})
	refreshed := w.listedSessions("AdminListUserSessions", object{"UserPoolId": pool, "Username": "ann"})["unknown"]
	if refreshed["SessionId"] != want["SessionId"] || refreshed["LastActiveDate"] != start+120 ||
		refreshed["CreateDate"] != start {
		t.Errorf("after a refresh %v", refreshed)
	}
}

func TestSessionsAreRevoked(t *testing.T) {
	w := newWorld(t)
	pool, client := w.tracked(20)
	phone, laptop := w.from("192.0.2.1", "phone/1", client, "ann"), w.from("192.0.2.2", "laptop/1", client, "ann")
	w.confirmed(client, "bob")
	bobs := w.from("192.0.2.3", "bob/1", client, "bob")
	id := func(agent string) any {
		name := "ann"
		if agent == "bob/1" {
			name = "bob"
		}
		in := object{"UserPoolId": pool, "Username": name}
		return w.listedSessions("AdminListUserSessions", in)[agent]["SessionId"]
	}
	self := object{"AccessToken": laptop["AccessToken"]}
	admin := object{"UserPoolId": pool, "Username": "ann"}
	// A user cannot end another user's session.
	unknown := "ResourceNotFoundException: Session does not exist."
	w.refusal("RevokeUserSession", with(self, object{"SessionId": id("bob/1")}), unknown)
	w.refusal("AdminRevokeUserSession", with(admin, object{"SessionId": id("bob/1")}), unknown)
	w.refusal("RevokeUserSession", with(self, object{"SessionId": "tkn0000000000000000000000000"}), unknown)
	w.refusal("AdminRevokeUserSession", object{"UserPoolId": pool, "Username": "nobody", "SessionId": id("bob/1")},
		"UserNotFoundException: User does not exist.")
	w.refusal("RevokeUserSession", with(self, object{"SessionId": id("laptop/1")}),
		"InvalidParameterException: The session of the access token cannot be revoked.")
	w.must("GetUser", object{"AccessToken": bobs["AccessToken"]})

	w.must("GetUser", object{"AccessToken": phone["AccessToken"]})
	w.must("RevokeUserSession", with(self, object{"SessionId": id("phone/1"), "RevokeAssociatedSessions": "LINKED"}))
	w.refusal("GetUser", object{"AccessToken": phone["AccessToken"]},
		"NotAuthorizedException: Access Token has been revoked")
	w.refusal("GetTokensFromRefreshToken", object{"ClientId": client, "RefreshToken": phone["RefreshToken"]},
		"NotAuthorizedException: Refresh Token has been revoked")
	w.refusal("InitiateAuth", object{
		"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
		"AuthParameters": object{"REFRESH_TOKEN": phone["RefreshToken"]},
	}, "NotAuthorizedException: Refresh Token has been revoked")
	w.must("AdminRevokeUserSession", with(admin, object{"SessionId": id("laptop/1")}))
	w.refusal("GetUser", self, "NotAuthorizedException: Access Token has been revoked")
	if left := w.must("AdminListUserSessions", admin)["Sessions"].([]any); len(left) != 0 {
		t.Errorf("sessions after both were revoked: %v", left)
	}
	w.must("GetUser", object{"AccessToken": bobs["AccessToken"]})
}

func TestSessionsNeedTracking(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	access := w.accessToken(client, "ann")
	off := "OperationNotEnabledException: User session tracking is not enabled for user pool " + pool + "."
	w.refusal("ListUserSessions", object{"AccessToken": access}, off)
	w.refusal("RevokeUserSession", object{"AccessToken": access, "SessionId": "tkn1"}, off)
	w.refusal("AdminListUserSessions", object{"UserPoolId": pool, "Username": "ann"}, off)
	w.refusal("AdminRevokeUserSession", object{"UserPoolId": pool, "Username": "ann", "SessionId": "tkn1"}, off)
	w.poolRefusals("AdminListUserSessions", object{"UserPoolId": pool, "Username": "ann"})
	w.poolRefusals("AdminRevokeUserSession", object{"UserPoolId": pool, "Username": "ann", "SessionId": "tkn1"})
}

// A server that signs a user in sends the user's address and agent.
func TestSessionWithContextData(t *testing.T) {
	w := newWorld(t)
	pool, client := w.tracked(20)
	w.must("UpdateUserPoolClient", object{
		"UserPoolId": pool, "ClientId": client,
		"ExplicitAuthFlows": []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	in := object{
		"UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"},
	}
	w.must("AdminInitiateAuth", with(in, object{"ContextData": object{
		"IpAddress": "198.51.100.7", "ServerName": "app", "ServerPath": "/",
		"HttpHeaders": []any{object{"headerName": "user-agent", "headerValue": "browser/1"}},
	}}))
	found := w.listedSessions("AdminListUserSessions", object{"UserPoolId": pool, "Username": "ann"})
	if found["browser/1"]["LastIPAddress"] != "198.51.100.7" {
		t.Errorf("listed %v", found)
	}
}

// More sessions than fit on a page; only managed-login sessions can be so many.
func TestSessionsInPages(t *testing.T) {
	w := newWorld(t)
	pool, client := w.tracked(20)
	access := w.accessToken(client, "ann")
	w.confirmed(client, "bob")
	w.change(func(tx *store.Tx) error {
		for n := range 130 {
			if err := tx.InsertSession(&userpool.Session{
				PoolID: pool, Username: "ann", ClientID: client,
				ID: fmt.Sprintf("sso%025d", n), Kind: userpool.SSOSession,
				Created: tx.Now, Active: tx.Now, Expires: tx.Now.Add(time.Hour),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	for operation, in := range map[string]object{
		"ListUserSessions": {"AccessToken": access}, "AdminListUserSessions": {"UserPoolId": pool, "Username": "ann"},
	} {
		first := w.must(operation, in)
		second := w.must(operation, with(in, object{"NextToken": first["NextToken"]}))
		seen := map[any]bool{}
		for _, page := range []object{first, second} {
			for _, s := range page["Sessions"].([]any) {
				seen[s.(object)["SessionId"]] = true
			}
		}
		if len(first["Sessions"].([]any)) != 125 || len(second["Sessions"].([]any)) != 6 || len(seen) != 131 ||
			second["NextToken"] != nil {
			t.Errorf("%s: pages of %d and %d, %d in all", operation, len(first["Sessions"].([]any)),
				len(second["Sessions"].([]any)), len(seen))
		}
		// The token is valid only for this user and this operation.
		other := with(in, object{"NextToken": first["NextToken"], "Username": "bob"})
		if in["AccessToken"] != nil {
			other = object{"NextToken": first["NextToken"], "AccessToken": w.accessToken(client, "bob")}
		}
		if _, refused := w.call(operation, other); !strings.HasPrefix(refused, "InvalidParameterException: ") {
			t.Errorf("%s: a token of another user's list: %q", operation, refused)
		}
	}
}

package awsapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// selfOperations returns the built operations that an access token authorizes.
func selfOperations(t *testing.T, w *world, m *apiModel) (names []string) {
	t.Helper()
	for _, operation := range m.operations() {
		if _, has := m.input(operation).Members["AccessToken"]; has && w.built(m, operation) {
			names = append(names, operation)
		}
	}
	if len(names) < 10 || !slices.Contains(names, "GetUser") {
		t.Fatalf("the operations with an access token are %v", names)
	}
	return names
}

// deletedUser is the refusal of a deleted user's token, in the operations whose
// model lists UserNotFoundException.
const deletedUser = "User does not exist."

// resetUser is the case of badTokens whose refusal has different kinds.
const resetUser = "a user whose password was reset"

// tokensOf creates a user and signs in.
func (w *world) tokensOf(client, name string) object {
	w.t.Helper()
	w.confirmed(client, name)
	out, refused := w.signIn(client, name, "Right-Passw0rd")
	if refused != "" {
		w.t.Fatal(refused)
	}
	return out["AuthenticationResult"].(object)
}

// badTokens returns invalid access tokens, which every operation must refuse, with
// the texts of the refusals.
func badTokens(w *world, m *apiModel) map[string][2]string {
	w.t.Helper()
	pool, client := w.tracked(20)
	// after signs a user in, calls do, and returns the access token.
	after := func(name string, do func(ref object, tokens object)) string {
		tokens := w.tokensOf(client, name)
		do(object{"UserPoolId": pool, "Username": name}, tokens)
		return fmt.Sprint(tokens["AccessToken"])
	}
	call := func(operation string) func(object, object) {
		return func(ref, _ object) { w.must(operation, ref) }
	}
	good := w.tokensOf(client, "good")
	access := fmt.Sprint(good["AccessToken"])
	part := strings.Split(access, ".")
	second := strings.Split(fmt.Sprint(w.tokensOf(client, "second")["AccessToken"]), ".")
	otherPool, otherClient := w.mailPool(nil, nil)
	w.confirmed(otherClient, "ann")
	other := strings.Split(fmt.Sprint(w.accessToken(otherClient, "ann")), ".")
	deletedPool, itsClient := w.mailPool(nil, nil)
	w.confirmed(itsClient, "ann")
	ofDeletedPool := fmt.Sprint(w.accessToken(itsClient, "ann"))
	w.must("DeleteUserPool", object{"UserPoolId": deletedPool})
	w.must("AdminGetUser", object{"UserPoolId": otherPool, "Username": "ann"})
	deletedClient := w.client(pool, object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}})
	ofDeletedClient := fmt.Sprint(w.accessToken(deletedClient, "good"))
	w.must("DeleteUserPoolClient", object{"UserPoolId": pool, "ClientId": deletedClient})
	const invalid, unverified = "Invalid Access Token", "Could not verify signature for Access Token"
	const revoked, unscoped = "Access Token has been revoked", "Access Token does not have required scopes"
	return map[string][2]string{
		"garbage":                   {"a.b.c", invalid},
		"dots":                      {strings.Repeat(".", 5000), invalid},
		"an ID token":               {fmt.Sprint(good["IdToken"]), invalid},
		"a refresh token":           {fmt.Sprint(good["RefreshToken"]), invalid},
		"no signature":              {part[0] + "." + part[1] + ".", ""},
		"another token's signature": {part[0] + "." + part[1] + "." + second[2], unverified},
		"another pool's signature":  {part[0] + "." + part[1] + "." + other[2], unverified},
		"another pool's header":     {other[0] + "." + part[1] + "." + other[2], ""},
		"another pool's claims":     {part[0] + "." + other[1] + "." + part[2], ""},
		"a deleted pool":            {ofDeletedPool, invalid},
		"a deleted client":          {ofDeletedClient, invalid},
		"no API scope":              {w.scoped(pool, client, "good", "openid email"), unscoped},
		"a scope that begins with the API scope": {
			w.scoped(pool, client, "good", "aws.cognito.signin.user.administrator"), unscoped,
		},
		"a client's own token": {w.machineToken(), unscoped},
		"revoked": {after("revoked", func(_, tokens object) {
			w.must("RevokeToken", object{"ClientId": client, "Token": tokens["RefreshToken"]})
		}), revoked},
		"signed out": {after("signedout", func(_, tokens object) {
			w.must("GlobalSignOut", object{"AccessToken": tokens["AccessToken"]})
		}), revoked},
		"signed out by an administrator": {after("adminsignedout", call("AdminUserGlobalSignOut")), revoked},
		"a revoked session": {after("session", func(ref, _ object) {
			found := w.must("AdminListUserSessions", ref)["Sessions"].([]any)
			w.must("AdminRevokeUserSession", with(ref, object{"SessionId": found[0].(object)["SessionId"]}))
		}), revoked},
		"a disabled user": {after("disabled", call("AdminDisableUser")), "User is disabled."},
		"a user enabled again": {after("enabled", func(ref, _ object) {
			w.must("AdminDisableUser", ref)
			w.must("AdminEnableUser", ref)
		}), revoked},
		resetUser:        {after("reset", call("AdminResetUserPassword")), ""},
		"a deleted user": {after("deleted", call("AdminDeleteUser")), deletedUser},
		"a deleted user whose name is used again": {after("again", func(ref, _ object) {
			w.must("AdminDeleteUser", ref)
			w.confirmed(client, "again")
		}), deletedUser},
	}
}

// scoped returns an access token of a user with these scopes.
func (w *world) scoped(pool, client, name, scope string) string {
	w.t.Helper()
	var g token.Grant
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		if g.Pool, err = tx.Pool(pool); err != nil {
			return err
		}
		if g.Client, err = tx.Client(pool, client); err != nil {
			return err
		}
		g.User, err = tx.User(g.Pool, name)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	g.At, g.Scope = w.clk.Now(), scope
	set, err := w.gate.Service.(*awsapi.Operations).Tokens.Issue(w.t.Context(), g)
	if err != nil {
		w.t.Fatal(err)
	}
	return set.Access
}

func (w *world) machineToken() string {
	w.t.Helper()
	_, in := w.machine(nil)
	return fmt.Sprint(at(w.must("GetClientToken", in), "ClientAuthenticationResult.AccessToken"))
}

// Every operation that an access token authorizes refuses every invalid, expired
// or revoked token, and every token without its scope. As a positive control it
// accepts a valid token.
func TestSelfOperationsRefuseBadTokens(t *testing.T) {
	w, m := newWorld(t), readModel(t)
	operations := selfOperations(t, w, m)
	bad := badTokens(w, m)
	for _, operation := range operations {
		for name, b := range bad {
			_, refused := w.call(operation, with(m.smallest(operation), object{"AccessToken": b[0]}))
			kind, text, _ := strings.Cut(refused, ": ")
			if b[1] == deletedUser && !models(operation, "UserNotFoundException") {
				b[1] = "Invalid Access Token"
			}
			want := "NotAuthorizedException"
			switch {
			case b[1] == deletedUser:
				want = "UserNotFoundException"
			case name == resetUser:
				want = kind
			}
			if refused == "" || kind != want || b[1] != "" && text != b[1] {
				t.Errorf("%s with %s: %q, want %s: %s", operation, name, refused, want, b[1])
			}
		}
	}
	// Positive control, with a new user for each operation: some delete the user.
	client := w.client(w.pool(object{"AutoVerifiedAttributes": []string{"email"}}),
		object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}})
	for n, operation := range operations {
		name := fmt.Sprintf("control%d", n)
		w.confirmed(client, name)
		access := w.accessToken(client, name)
		_, refused := w.call(operation, with(m.smallest(operation), object{"AccessToken": access}))
		for _, b := range bad {
			if b[1] != "" && strings.HasSuffix(refused, ": "+b[1]) {
				t.Errorf("positive control: %s refused a valid token: %s", operation, refused)
			}
		}
	}
	w.clk.Advance(time.Hour)
	for n, operation := range operations {
		name := fmt.Sprintf("late%d", n)
		w.confirmed(client, name)
		access := w.accessToken(client, name)
		w.clk.Advance(time.Hour)
		w.refusal(operation, with(m.smallest(operation), object{"AccessToken": access}),
			"NotAuthorizedException: Access Token has expired")
	}
}

func models(operation, exception string) bool {
	op, ok := api.Lookup(operation)
	return ok && op.Models(exception)
}

// A user with valid tokens who must first reset the password or confirm.
func TestSelfOperationsRefuseUnusableUsers(t *testing.T) {
	w, m := newWorld(t), readModel(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	access := w.accessToken(client, "ann")
	put := func(status userpool.Status) {
		w.change(func(tx *store.Tx) error {
			p, err := tx.Pool(pool)
			if err != nil {
				return err
			}
			u, err := tx.User(p, "ann")
			if err != nil {
				return err
			}
			u = u.Clone()
			u.Status = status
			return tx.UpdateUser(p, u)
		})
	}
	for _, operation := range selfOperations(t, w, m) {
		for status, want := range map[userpool.Status]string{
			userpool.ResetRequired: "PasswordResetRequiredException: Password reset required for the user",
			userpool.Unconfirmed:   "UserNotConfirmedException: User is not confirmed.",
		} {
			put(status)
			if name, text, _ := strings.Cut(want, ": "); !models(operation, name) {
				want = "NotAuthorizedException: " + text
			}
			w.refusal(operation, with(m.smallest(operation), object{"AccessToken": access}), want)
		}
	}
	put(userpool.Confirmed)
	w.must("GetUser", object{"AccessToken": access})
}

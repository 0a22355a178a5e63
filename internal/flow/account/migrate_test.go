package account_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const cora = `{"email":"cora@example.com","email_verified":"true"}`

func (w *world) migrate(name string) (*userpool.User, error) {
	typed := userpool.Secret("old")
	return w.flow.Migrate(w.t.Context(), account.MigrateRequest{
		Pool: w.pool, Client: w.client, Username: name, Password: &typed, ValidationData: values{"from": "app"},
	})
}

// hides sets whether the client hides users.
func (w *world) hides(yes bool) {
	w.t.Helper()
	mode := map[bool]string{true: "ENABLED", false: "LEGACY"}[yes]
	w.client.PreventUserExistenceErrors = &mode
	w.update(func(tx *store.Tx) error { return tx.UpdateClient(w.client) })
}

func (w *world) hasPassword(u *userpool.User, password string) bool {
	w.t.Helper()
	var c *userpool.Credential
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.Credential(w.pool.ID, u.Username)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return c != nil && w.flow.CheckPassword(w.pool, u.Username, c, password)
}

// The typed password is kept even if it breaks the policy.
func TestMigratesConfirmed(t *testing.T) {
	w, f := hooked(t)
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes": cora, "finalUserStatus": `"CONFIRMED"`, "messageAction": `"SUPPRESS"`,
	}
	u, err := w.migrate("cora")
	w.must("migrate", err)
	e := f.sources("migrate", trigger.UserMigrationAuthentication)[0]
	if e.UserName != "cora" || e.Request.Password == nil || *e.Request.Password != "old" ||
		e.Request.ValidationData["from"] != "app" || e.Request.ClientMetadata != nil {
		t.Errorf("%+v", e)
	}
	if u.Status != userpool.Confirmed || !u.Enabled || len(w.mail()) != 0 ||
		!w.hasPassword(u, "old") || w.hasPassword(u, "other") {
		t.Errorf("%+v", u)
	}
	w.has("the user", "cora", values{"email": "cora@example.com", "email_verified": "true"})
}

func TestMigratesResetRequired(t *testing.T) {
	w, f := hooked(t)
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes": cora, "desiredDeliveryMediums": `["EMAIL"]`,
	}
	u, err := w.migrate("cora")
	w.must("migrate", err)
	if u.Status != userpool.ResetRequired || w.hasPassword(u, "old") {
		t.Errorf("%+v", u)
	}
	mail := w.mail()
	if len(mail) != 1 || mail[0].To != "cora@example.com" || mail[0].Body != "Your username is cora." {
		t.Errorf("the invitation: %+v", mail)
	}
	f.sources("migrate", trigger.UserMigrationAuthentication, trigger.CustomMessageAdminCreateUser)
}

func TestNotMigrated(t *testing.T) {
	w, f := hooked(t, aliases("email"))
	w.add("taken", values{"email": "taken@example.com", "email_verified": "true"})
	want := fault.New(fault.UserNotFound, "Exception migrating user in app client client")
	for what, response := range map[string]values{
		"no user":             nil,
		"no attributes":       {"userAttributes": `{}`},
		"unknown attribute":   {"userAttributes": `{"shoe_size":"44"}`},
		"bad address":         {"userAttributes": `{"email":"nowhere"}`},
		"another name":        {"userAttributes": `{"email":"cora@example.com","username":"other"}`},
		"taken address":       {"userAttributes": `{"email":"taken@example.com","email_verified":"true"}`},
		"SMS without a phone": {"userAttributes": cora, "enableSMSMFA": "true"},
	} {
		f.responses[trigger.UserMigrationAuthentication] = response
		_, err := w.migrate("cora")
		wants(t, what, err, want)
		w.resolves(what, "cora", "")
	}
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes": `{"email":"taken@example.com","email_verified":"true"}`, "forceAliasCreation": "true",
		"messageAction": `"SUPPRESS"`,
	}
	_, err := w.migrate("cora")
	w.must("with forceAliasCreation", err)
	w.resolves("with forceAliasCreation", "taken@example.com", "cora")

	_, thrown := thrownBy(userpool.UserMigration)
	f.errs[trigger.UserMigrationAuthentication] = thrown
	_, err = w.migrate("dan")
	wants(t, "thrown", err, want)
	f.errs[trigger.UserMigrationAuthentication] = &trigger.InvokeError{Code: trigger.CodeAccessDenied}
	_, err = w.migrate("dan")
	wants(t, "the trigger does not run", err,
		fault.New(fault.UnexpectedLambda, "UserMigration invocation failed due to error AccessDeniedException."))
	w.hides(true)
	_, err = w.migrate("dan")
	wants(t, "the trigger does not run, hidden", err, want)
}

// A typed address in a pool with aliases becomes the alias, and the trigger
// gives the username.
func TestMigratesByAlias(t *testing.T) {
	w, f := hooked(t, aliases("email"))
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes":  `{"email":"cora@example.com","email_verified":"true","username":"cora"}`,
		"finalUserStatus": `"CONFIRMED"`, "messageAction": `"SUPPRESS"`,
	}
	u, err := w.migrate("cora@example.com")
	w.must("migrate", err)
	if u.Username != "cora" {
		t.Errorf("%+v", u)
	}
	w.resolves("the alias", "cora@example.com", "cora")
}

func TestMigratesByAddress(t *testing.T) {
	w, f := hooked(t, signsInBy("email"))
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes": `{"name":"Cora","email_verified":"true"}`, "finalUserStatus": `"CONFIRMED"`,
		"messageAction": `"SUPPRESS"`,
	}
	u, err := w.migrate("cora@example.com")
	w.must("migrate", err)
	if u.Username != u.Sub || u.Attributes["email"] != "cora@example.com" || !w.hasPassword(u, "old") {
		t.Errorf("%+v", u)
	}
	w.resolves("the address", "cora@example.com", u.Username)
}

// Concurrent sign-ins get the same user.
func TestMigrationsAtOnce(t *testing.T) {
	w, f := hooked(t)
	f.responses[trigger.UserMigrationAuthentication] = values{
		"userAttributes": cora, "finalUserStatus": `"CONFIRMED"`, "messageAction": `"SUPPRESS"`,
	}
	var all sync.WaitGroup
	subs := make([]string, 8)
	for n := range subs {
		all.Go(func() {
			u, err := w.migrate("cora")
			if err != nil {
				t.Error(err)
				return
			}
			subs[n] = u.Sub
		})
	}
	all.Wait()
	for _, sub := range subs {
		if sub == "" || sub != subs[0] {
			t.Fatalf("%v", subs)
		}
	}
}

func TestMigrationAtPasswordReset(t *testing.T) {
	w, f := hooked(t)
	w.hides(false)
	_, err := w.flow.ForgotPassword(t.Context(), w.request("cora"))
	wants(t, "unknown user", err, fault.New(fault.UserNotFound, "Exception migrating user in app client client"))
	f.takeEvents()
	f.responses[trigger.UserMigrationForgotPassword] = values{"userAttributes": cora, "messageAction": `"SUPPRESS"`}
	r := w.request("cora")
	r.ClientMetadata = metadata
	_, err = w.flow.ForgotPassword(t.Context(), r)
	w.must("forgot", err)
	e := f.sources("forgot", trigger.UserMigrationForgotPassword, trigger.CustomMessageForgotPassword)[0]
	if e.Request.Password != nil || e.Request.ValidationData != nil ||
		e.Request.ClientMetadata["campaign"] != "spring" {
		t.Errorf("%+v", e)
	}
	code := w.code("cora@example.com", "CustomMessage_ForgotPassword")
	w.must("reset", w.flow.ConfirmForgotPassword(t.Context(),
		account.ResetRequest{Request: w.request("cora"), Code: code, Password: "Other-Passw0rd"}))
	w.status("cora", userpool.Confirmed)
	_, err = w.flow.ForgotPassword(t.Context(), w.request("cora"))
	w.must("forgot again", err)
	for _, e := range f.takeEvents() {
		if e.Source == trigger.UserMigrationForgotPassword {
			t.Error("the trigger ran for an existing user")
		}
	}
}

// If the client hides users, the response for a user whom the trigger does not
// return is like that for a user who was sent a code.
func TestResetHidesUnknownUsers(t *testing.T) {
	w, f := hooked(t)
	w.hides(true)
	for what, failure := range map[string]error{
		"no user": nil, "thrown": &trigger.FunctionError{Message: "no such user"},
		"invocation fails": &trigger.InvokeError{Code: trigger.CodeService},
	} {
		f.errs[trigger.UserMigrationForgotPassword] = failure
		d, err := w.flow.ForgotPassword(t.Context(), w.request("nobody"))
		if err != nil || d.Destination == "" {
			t.Errorf("%s: %+v, %v", what, d, err)
		}
		f.sources(what, trigger.UserMigrationForgotPassword)
	}
	if mail := w.mail(); len(mail) != 0 {
		t.Errorf("%+v", mail)
	}
}

// Without a trigger runner, flows of pools with triggers fail.
func TestTriggersWithoutARunner(t *testing.T) {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	w := newWorld(t, func(s *userpool.PoolSettings) {
		s.LambdaConfig.PreSignUp, s.LambdaConfig.UserMigration = &arn, &arn
	})
	_, err := w.register("ann", nil)
	wants(t, "sign-up", err,
		fault.New(fault.UnexpectedLambda, "PreSignUp invocation failed due to error ResourceNotFoundException."))
	if _, err := w.migrate("cora"); !errors.Is(err, fault.UnexpectedLambda) {
		t.Errorf("migrate: %v", err)
	}
	w.resolves("after the refusals", "ann", "")
}

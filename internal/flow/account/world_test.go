package account_test

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const password = "Right-Passw0rd"

type values = map[string]string

// world is a pool with a client on a real store. Codes are random; tests read
// them from the outbox.
type world struct {
	t      *testing.T
	db     *store.DB
	clk    *clock.Driven
	flow   *account.Flow
	pool   *userpool.Pool
	client *userpool.Client
}

type change = func(*userpool.PoolSettings)

func worldOn(t *testing.T, db *store.DB, clk *clock.Driven, changes ...change) *world {
	t.Helper()
	w := &world{t: t, db: db, clk: clk}
	w.flow = account.New(account.Config{
		Store: db, Clock: clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
	})
	w.pool = &userpool.Pool{ID: "us-east-1_Test", Account: "111111111111", Region: "us-east-1"}
	w.pool.Schema, w.pool.Created = userpool.StandardSchema(), storetest.Start
	w.pool.AutoVerifiedAttributes = []string{"email", "phone_number"}
	for _, c := range changes {
		c(&w.pool.PoolSettings)
	}
	if err := w.pool.Complete(); err != nil {
		t.Fatal(err)
	}
	w.client = &userpool.Client{PoolID: w.pool.ID, ID: "client"}
	if err := w.client.Complete(userpool.ClientContext{Pool: w.pool}); err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error { return tx.InsertPool(w.pool) })
	w.update(func(tx *store.Tx) error { return tx.InsertClient(w.client) })
	return w
}

// each runs a test on every engine.
func each(t *testing.T, test func(*testing.T, *world), changes ...change) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		test(t, worldOn(t, db, clk, changes...))
	})
}

// newWorld returns a world on a store of the default engine.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	db, clk := storetest.Open(t)
	return worldOn(t, db, clk, changes...)
}

func aliases(names ...string) change {
	return func(s *userpool.PoolSettings) { s.AliasAttributes = names }
}

func signsInBy(names ...string) change {
	return func(s *userpool.PoolSettings) { s.UsernameAttributes = names }
}

// keepsOld makes the pool keep an address until a new one is verified.
func keepsOld(s *userpool.PoolSettings) {
	s.UserAttributeUpdateSettings = &userpool.UserAttributeUpdateSettings{
		AttributesRequireVerificationBeforeUpdate: []string{"email", "phone_number"},
	}
}

func remembers(n int32) change {
	return func(s *userpool.PoolSettings) { s.PasswordPolicy.PasswordHistorySize = &n }
}

func (w *world) update(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// add creates a confirmed user with a password.
func (w *world) add(name string, attributes values) *userpool.User {
	w.t.Helper()
	u := &userpool.User{
		PoolID: w.pool.ID, Username: name, Sub: "sub-" + name, Status: userpool.Confirmed, Enabled: true,
		UserProfile: userpool.UserProfile{Attributes: maps.Clone(attributes)},
	}
	cred, err := w.flow.NewCredential(w.pool, u, password, false)
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error { return tx.InsertUser(w.pool, u) })
	w.update(func(tx *store.Tx) error { return tx.PutCredential(w.pool.ID, name, cred) })
	return u
}

// edit changes a stored user, as another request would.
func (w *world) edit(name string, fn func(*userpool.User)) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		u, err := tx.User(w.pool, name)
		if err != nil {
			return err
		}
		fn(u)
		return tx.UpdateUser(w.pool, u)
	})
}

func (w *world) find(name string) (*userpool.User, error) {
	return w.flow.User(w.t.Context(), w.pool, account.Named(name))
}

// has requires that the user's attributes are exactly these.
func (w *world) has(what, name string, want values) {
	w.t.Helper()
	u, err := w.find(name)
	if err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	if !maps.Equal(u.Attributes, want) {
		w.t.Errorf("%s: %s has %v, want %v", what, name, u.Attributes, want)
	}
}

// resolves requires that the name resolves to the user; "" means to none.
func (w *world) resolves(what, name, want string) {
	w.t.Helper()
	got := ""
	if u, err := w.find(name); err == nil {
		got = u.Username
	}
	if got != want {
		w.t.Errorf("%s: %s resolves to %q, want %q", what, name, got, want)
	}
}

// mail returns the messages since the last call.
func (w *world) mail() (all []userpool.Message) {
	w.t.Helper()
	claimed, err := w.db.Outbox().Claim(w.t.Context(), nil, 100, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range claimed {
		if err := w.db.Outbox().Done(w.t.Context(), m); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, m.Item)
	}
	return all
}

// code returns the code of the only message, which must have been sent to the
// address by the trigger source.
func (w *world) code(to, source string) string {
	w.t.Helper()
	all := w.mail()
	if len(all) != 1 || all[0].To != to || all[0].TriggerSource != source || len(all[0].Code) != 6 {
		w.t.Fatalf("want one message to %s by %s, got %+v", to, source, all)
	}
	return all[0].Code
}

func (w *world) request(name string) account.Request {
	return account.Request{ClientID: w.client.ID, Username: name}
}

// set calls UpdateUserAttributes for the user.
func (w *world) set(u *userpool.User, v values) ([]userpool.Delivery, error) {
	return w.flow.UpdateAttributes(w.t.Context(),
		account.AttributeRequest{Pool: w.pool, Client: w.client, User: account.Self(u), Values: v})
}

// adminSet calls AdminUpdateUserAttributes.
func (w *world) adminSet(name string, v values) error {
	_, err := w.flow.UpdateAttributes(w.t.Context(),
		account.AttributeRequest{Pool: w.pool, User: account.Named(name), Values: v})
	return err
}

func (w *world) verify(u *userpool.User, attribute, code string) error {
	return w.flow.VerifyAttribute(w.t.Context(), w.pool, u, attribute, code)
}

func (w *world) must(what string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// wants requires that err is the fault, with the same message.
func wants(t *testing.T, what string, err error, want *fault.Fault) {
	t.Helper()
	got := fault.Of(err)
	if got == nil || got.Kind != want.Kind || got.Message != want.Message {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// other returns a code that differs from the given one.
func other(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

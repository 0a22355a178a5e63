package signin_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const password = "Pa55word!"

// world is the test fixture: a pool with a client and a user on a real store.
type world struct {
	t      testing.TB
	db     *store.DB
	clk    *clock.Driven
	engine *signin.Engine
	flow   *account.Flow // the engine's
	tokens *token.Issuer
	pool   *userpool.Pool
	client *userpool.Client
	user   *userpool.User
	// hash returns the SECRET_HASH for beginSRP; nil for public clients.
	hash func(name string) string
	// function is called for every trigger of the pool. If it is nil, calls fail.
	function trigger.InvokerFunc
}

func newWorld(t testing.TB, db *store.DB, clk *clock.Driven) *world {
	t.Helper()
	w := &world{t: t, clk: clk}
	w.serve(db)
	w.pool = &userpool.Pool{ID: "us-east-1_Test", Account: "111111111111", Region: "us-east-1"}
	w.pool.Schema, w.pool.Created = userpool.StandardSchema(), storetest.Start
	w.pool.AliasAttributes = []string{"email"}
	if err := w.pool.Complete(); err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error { return tx.InsertPool(w.pool) })
	w.client = w.addClient("client")
	w.user = w.addUser(w.flow, "ann", userpool.Confirmed)
	return w
}

// serve creates the flows of a node on db.
func (w *world) serve(db *store.DB) {
	w.t.Helper()
	w.db = db
	runner := w.runner()
	w.tokens = token.New(token.Config{
		Triggers: runner, Store: db, Clock: w.clk, Entropy: entropy.System(), Stock: tokentest.Stock(),
		Mode:      token.ModeSelf,
		PublicURL: "https://id.example.com",
	})
	w.flow = account.New(account.Config{
		Triggers: runner, Store: db, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
	})
	w.engine = signin.New(signin.Config{
		Triggers: runner, Store: db, Clock: w.clk, ClientClock: w.clk, Entropy: entropy.System(), Account: w.flow,
		Tokens: w.tokens,
	})
}

// node returns the world of another node.
func (w *world) node(db *store.DB) *world {
	w.t.Helper()
	n := *w
	n.serve(db)
	return &n
}

// runner returns a Runner that calls w.function for every trigger.
func (w *world) runner() *trigger.Runner {
	w.t.Helper()
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}}, func(trigger.Target) (trigger.Invoker, error) {
		return trigger.InvokerFunc(func(ctx context.Context, arn string, event []byte) ([]byte, error) {
			if w.function == nil {
				return nil, &trigger.InvokeError{Code: trigger.CodeNotFound}
			}
			return w.function(ctx, arn, event)
		}), nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return trigger.NewRunner(trigger.Options{
		Targets: targets, Clock: w.clk, Entropy: entropy.System(), Limit: time.Hour,
	})
}

// accounts returns an account flow without triggers.
func (w *world) accounts() *account.Flow {
	return account.New(account.Config{
		Store: w.db, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
	})
}

func (w *world) update(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addClient(id string, change ...func(*userpool.Client)) *userpool.Client {
	w.t.Helper()
	c := &userpool.Client{PoolID: w.pool.ID, ID: id}
	c.EnableTokenRevocation = true
	c.ExplicitAuthFlows = []string{
		"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
		"ALLOW_REFRESH_TOKEN_AUTH",
	}
	for _, f := range change {
		f(c)
	}
	if err := c.Complete(userpool.ClientContext{Pool: w.pool, Confidential: c.Confidential()}); err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error { return tx.InsertClient(c) })
	return c
}

// hidesUsers makes a client hide which users exist.
func hidesUsers(c *userpool.Client) { c.PreventUserExistenceErrors = new("ENABLED") }

func allowsCustom(c *userpool.Client) {
	c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, "ALLOW_CUSTOM_AUTH")
}

func (w *world) addUser(accounts *account.Flow, name string, status userpool.Status) *userpool.User {
	w.t.Helper()
	u := &userpool.User{PoolID: w.pool.ID, Username: name, Sub: "sub-" + name, Status: status, Enabled: true}
	u.Attributes = map[string]string{"email": name + "@example.com", "email_verified": "true"}
	cred, err := accounts.NewCredential(w.pool, u, password, status == userpool.ForceChangePassword)
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(w.pool, u), tx.PutCredential(w.pool.ID, name, cred))
	})
	return u
}

// change edits the user as an administrator would.
func (w *world) change(edit func(*userpool.User)) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		u, err := tx.User(w.pool, w.user.Username)
		if err != nil {
			return err
		}
		edit(u)
		return tx.UpdateUser(w.pool, u)
	})
}

func (w *world) start(flow string, params map[string]string) (signin.Outcome, error) {
	return w.engine.Start(context.Background(),
		signin.Start{Pool: w.pool, Client: w.client, Flow: flow, Params: params})
}

func (w *world) byPassword(name, password string) (signin.Outcome, error) {
	return w.start("USER_PASSWORD_AUTH", map[string]string{"USERNAME": name, "PASSWORD": password})
}

// exchange is a pending SRP sign-in; tests may modify its fields.
type exchange struct {
	first     map[string]string
	responses map[string]string
	session   string // of CUSTOM_AUTH
}

func (w *world) beginSRP(name, password string) (exchange, error) {
	w.t.Helper()
	return w.beginSRPOf("USER_SRP_AUTH", name, password)
}

// beginSRPOf is beginSRP for a flow; CUSTOM_AUTH starts with SRP_A.
func (w *world) beginSRPOf(flow, name, password string) (exchange, error) {
	w.t.Helper()
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		w.t.Fatal(err)
	}
	params := map[string]string{"USERNAME": name, "SRP_A": client.PublicHex()}
	if w.hash != nil {
		params["SECRET_HASH"] = w.hash(name)
	}
	if flow == "CUSTOM_AUTH" {
		params["CHALLENGE_NAME"] = "SRP_A"
	}
	out, err := w.start(flow, params)
	if err != nil {
		return exchange{}, err
	}
	if out.Challenge != "PASSWORD_VERIFIER" || (out.Session != "") != (flow == "CUSTOM_AUTH") || out.Tokens != nil {
		w.t.Fatalf("the first step returned %+v", out)
	}
	p := out.Parameters
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	if err != nil {
		w.t.Fatal(err)
	}
	claim := srp.Claim{
		Pool: w.pool.SRPName(), User: p["USER_ID_FOR_SRP"], SecretBlock: block,
		Timestamp: w.clk.Now().Format("Mon Jan 2 15:04:05 UTC 2006"),
	}
	return exchange{p, map[string]string{
		"USERNAME": name, "TIMESTAMP": claim.Timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": signature(client, claim, password, p),
	}, out.Session}, nil
}

// signature returns the signature of a claim for a challenge with parameters p.
func signature(client *srp.Client, claim srp.Claim, password string, p map[string]string) string {
	return base64.StdEncoding.EncodeToString(client.Sign(claim, password, p["SALT"], p["SRP_B"]))
}

func (w *world) answer(challenge, session string, responses map[string]string) (signin.Outcome, error) {
	return w.engine.Answer(context.Background(),
		signin.Answer{Pool: w.pool, Client: w.client, Challenge: challenge, Session: session, Responses: responses})
}

func (w *world) bySRP(name, password string) (signin.Outcome, error) {
	x, err := w.beginSRP(name, password)
	if err != nil {
		return signin.Outcome{}, err
	}
	return w.answer("PASSWORD_VERIFIER", "", x.responses)
}

// wants fails unless err is a fault with the kind and message of want.
func wants(t *testing.T, what string, err error, want *fault.Fault) {
	t.Helper()
	got := fault.Of(err)
	if got == nil || got.Kind != want.Kind || got.Message != want.Message {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func signedIn(t *testing.T, what string, out signin.Outcome, err error) *token.Set {
	t.Helper()
	if err != nil || out.Tokens == nil || out.Tokens.Access == "" || out.Tokens.ID == "" {
		t.Fatalf("%s: %+v, %v", what, out, err)
	}
	return out.Tokens
}

// each runs test on every engine.
func each(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) { test(t, newWorld(t, db, clk)) })
}

// openWorld returns a world on one engine.
func openWorld(t *testing.T) *world {
	t.Helper()
	db, clk := storetest.Open(t)
	return newWorld(t, db, clk)
}

package hostedtest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/appclient"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Values of every world.
const (
	PublicURL = "https://id.example.com"
	Callback  = "https://app.example.com/cb"
	Password  = "Pa55word!"
	Secret    = "s3cret+with/plus-and-more-characters"
	// Scope is a scope of the resource server.
	Scope = "https://api.example.com/read"
)

// World is the faces of a server, without the server.
type World struct {
	T       *testing.T
	DB      *store.DB
	Clock   *clock.Driven
	Mux     *http.ServeMux
	Tokens  *token.Issuer
	Engine  *signin.Engine
	Account *account.Flow
	// Function is the function of every trigger. Without one, calls fail.
	Function trigger.InvokerFunc
	// OAuth is the OAuth face; tests may change its configuration.
	OAuth *oauth.Face
	// Pool has the clients public, confidential and machine, and the user ann;
	// Other has the client stranger and another user ann.
	Pool, Other *userpool.Pool
}

// New returns a world on a store.
func New(t *testing.T, db *store.DB, clk *clock.Driven) *World {
	t.Helper()
	w := &World{T: t, Clock: clk}
	w.serve(db)
	w.Pool, w.Other = w.pool("us-east-1_Ours"), w.pool("us-east-1_Theirs")
	w.Client(w.Pool, "public")
	w.Client(w.Pool, "confidential", confidential)
	w.Client(w.Pool, "machine", confidential, func(c *userpool.Client) {
		c.AllowedOAuthFlows, c.AllowedOAuthScopes = []string{userpool.FlowClientCredentials}, []string{Scope}
	})
	w.Client(w.Other, "foreign")
	w.User(w.Pool, "ann", userpool.Confirmed)
	w.User(w.Other, "ann", userpool.Confirmed)
	return w
}

// Node returns the world on another node of the same store.
func (w *World) Node(db *store.DB) *World {
	w.T.Helper()
	node := *w
	node.serve(db)
	return &node
}

// serve makes the faces, with empty caches.
func (w *World) serve(db *store.DB) {
	w.T.Helper()
	clk := w.Clock
	w.DB, w.Mux = db, http.NewServeMux()
	log, rand := slog.New(slog.DiscardHandler), entropy.System()
	functions := trigger.NewRunner(trigger.Options{Targets: w.targets(), Clock: clk, Entropy: rand, Limit: time.Hour})
	w.Tokens = token.New(token.Config{
		Store: db, Clock: clk, Entropy: rand, Stock: tokentest.Stock(), Mode: token.ModeSelf, PublicURL: PublicURL,
		Triggers: functions,
	})
	addresses, err := address.New(address.Config{PublicURL: PublicURL})
	w.ok(err)
	w.Account = account.New(account.Config{Store: db, Clock: clk, Entropy: rand, Log: log, Addresses: addresses})
	w.Engine = signin.New(signin.Config{
		Store: db, Clock: clk, ClientClock: clk, Entropy: rand, Account: w.Account, Tokens: w.Tokens, Log: log,
		Triggers: functions,
	})
	protocol := oauth.New(oauth.Config{
		Store: db, Clock: clk, Entropy: rand, Signin: w.Engine, Tokens: w.Tokens, Log: log, Addresses: addresses,
		Rates:     ratelimit.New(ratelimit.Generous, clk),
		Registrar: appclient.Registrar{Store: db, Entropy: rand},
	})
	pages, err := hosted.New(hosted.Config{
		OAuth: protocol, Signin: w.Engine, Account: w.Account, Clock: clk, Entropy: rand, Steps: db.Tokens("page-step"),
		Addresses: addresses,
	})
	w.ok(err)
	w.OAuth = protocol
	protocol.Mount(w.Mux)
	pages.Mount(w.Mux)
}

// targets runs Function for every trigger.
func (w *World) targets() *trigger.Targets {
	w.T.Helper()
	call := trigger.InvokerFunc(func(ctx context.Context, arn string, event []byte) ([]byte, error) {
		if w.Function == nil {
			return nil, errors.New("the test has no function")
		}
		return w.Function(ctx, arn, event)
	})
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}},
		func(trigger.Target) (trigger.Invoker, error) { return call, nil })
	w.ok(err)
	return targets
}

func confidential(c *userpool.Client) {
	c.Secrets = []userpool.ClientSecret{{ID: c.ID + "--1", Value: Secret}}
}

func (w *World) ok(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Update runs fn in an Update.
func (w *World) Update(fn func(*store.Tx) error) {
	w.T.Helper()
	w.ok(w.DB.Update(w.T.Context(), fn))
}

func (w *World) pool(id string) *userpool.Pool {
	w.T.Helper()
	p := &userpool.Pool{ID: id, Account: "111111111111", Region: "us-east-1"}
	p.Schema, p.Created = userpool.StandardSchema(), w.Clock.Now()
	w.ok(p.Complete())
	api := &userpool.ResourceServer{
		Resource: userpool.Resource{PoolID: id, ID: "https://api.example.com"}, Name: "api",
		Scopes: []userpool.ResourceServerScope{{Name: "read", Description: "read"}},
	}
	w.Update(func(tx *store.Tx) error { return errors.Join(tx.InsertPool(p), store.ResourceServers.Insert(tx, api)) })
	return p
}

// Client adds a client for codes and tokens, with every scope.
func (w *World) Client(p *userpool.Pool, id string, change ...func(*userpool.Client)) *userpool.Client {
	w.T.Helper()
	c := &userpool.Client{PoolID: p.ID, ID: id, ClientSettings: userpool.ClientSettings{
		EnableTokenRevocation: true, AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthFlows:          []string{userpool.FlowCode, userpool.FlowImplicit},
		AllowedOAuthScopes:         []string{"openid", "email", "phone", "profile", userpool.ScopeAdmin, Scope},
		SupportedIdentityProviders: []string{userpool.LocalProvider},
		CallbackURLs: []string{
			Callback, Callback + "?keep=1&code=planted", "myapp://done", "https://" + id + ".example.com/cb",
		},
		LogoutURLs: []string{"https://app.example.com/bye"},
	}}
	for _, f := range change {
		f(c)
	}
	scopes := []string{Scope, userpool.ScopeAddress, userpool.ScopeRegister}
	w.ok(c.Complete(userpool.ClientContext{Pool: p, Confidential: c.Confidential(), Scopes: scopes}))
	w.Update(func(tx *store.Tx) error { return tx.InsertClient(c) })
	return c
}

// User adds a user whose password is Password.
func (w *World) User(p *userpool.Pool, name string, status userpool.Status) *userpool.User {
	w.T.Helper()
	u := &userpool.User{PoolID: p.ID, Username: name, Sub: "sub-" + name + "-" + p.ID, Status: status, Enabled: true}
	u.Attributes = map[string]string{
		"email": name + "@example.com", "email_verified": "true", "name": "Ann", "phone_number": "+15550100",
	}
	cred, err := w.Account.NewCredential(p, u, Password, status == userpool.ForceChangePassword)
	w.ok(err)
	w.Update(func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(p, u), tx.PutCredential(p.ID, name, cred))
	})
	return u
}

// Change edits a user as an administrator does.
func (w *World) Change(name string, edit func(*userpool.User)) {
	w.T.Helper()
	w.Update(func(tx *store.Tx) error {
		u, err := tx.User(w.Pool, name)
		if err != nil {
			return err
		}
		edit(u)
		return tx.UpdateUser(w.Pool, u)
	})
}

// Extend edits the extensions of a pool.
func (w *World) Extend(p *userpool.Pool, edit func(*userpool.PoolExtensions)) {
	w.T.Helper()
	w.ok(w.DB.Configure(w.T.Context(), p.ID, func(tx *store.Tx) error {
		stored, err := tx.PoolExtensions(p.ID)
		if err != nil {
			return err
		}
		e := *stored
		edit(&e)
		return tx.PutPoolExtensions(&e)
	}))
}

package awsapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// world is a gate with the real operations and a store in memory.
type world struct {
	t    *testing.T
	db   *store.DB
	clk  *clock.Driven
	gate *gate.Gate
	log  *logtest.Buffer
	// account signs the requests of call.
	account string
	// functions serve every trigger; nil leaves events untouched.
	functions trigger.InvokerFunc
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, clk := storetest.Open(t)
	return newWorldOn(t, db, clk)
}

func newWorldOn(t *testing.T, db *store.DB, clk *clock.Driven) *world {
	t.Helper()
	w := &world{t: t, db: db, clk: clk, log: &logtest.Buffer{}, account: "111111111111"}
	rand := entropy.System()
	runner := w.runner()
	tokens := token.New(token.Config{
		Triggers: runner, Store: db, Clock: clk, Entropy: rand, Stock: tokentest.Stock(), Mode: token.ModeSelf,
		PublicURL: "https://id.example.com",
	})
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	addresses, err := address.New(address.Config{PublicURL: "https://id.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	accounts := account.New(account.Config{
		Triggers: runner, Store: db, Clock: clk, Entropy: rand, Log: log, FixedCode: "123456", Addresses: addresses,
	})
	w.gate = &gate.Gate{
		Clock: clk, Entropy: rand, Log: log, Auth: gate.DevAuth{Region: "us-east-1"},
		Tolerate: awsapi.IsPinnedNameViolation, Admission: gate.NewAdmission(4, 100),
		Service: &awsapi.Operations{
			Store: db, Clock: clk, Entropy: rand, PinnedIDs: true, Account: accounts, Tokens: tokens,
			Pages: page.Sealer{Tokens: db.Tokens("page-token"), Clock: clk, Entropy: rand},
			Signin: signin.New(signin.Config{
				Triggers: runner, Store: db, Clock: clk, ClientClock: clk, Entropy: rand,
				Account: accounts, Tokens: tokens, Log: log,
			}),
			Federation: federation.New(federation.Config{
				Store: db, Clock: clk, Entropy: rand, Stock: tokentest.Stock(),
				Fetch: fetch.New(fetch.Config{Lookup: nowhere}),
			}),
		},
	}
	return w
}

// runner returns a trigger runner like that of the server.
func (w *world) runner() *trigger.Runner {
	w.t.Helper()
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}}, func(trigger.Target) (trigger.Invoker, error) {
		return trigger.InvokerFunc(func(ctx context.Context, arn string, event []byte) ([]byte, error) {
			if w.functions == nil {
				return event, nil
			}
			return w.functions(ctx, arn, event)
		}), nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return trigger.NewRunner(trigger.Options{
		Targets: targets, Clock: w.clk, Entropy: entropy.System(), Limit: time.Hour,
		ReleaseSlot: gate.ReleaseSlot,
	})
}

type object = map[string]any

func (w *world) request(operation string, in any) *http.Request {
	w.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9229/", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	sigv4.Sign(r, body, sigv4.Credential{AccessKeyID: w.account, Region: "us-east-1", Service: "cognito-idp"}, "any",
		w.clk.Now())
	return r
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.gate.ServeHTTP(answer, r)
	return answer
}

// call returns the members of the response and, for a refusal, "Name: message".
func (w *world) call(operation string, in object) (out object, refused string) {
	w.t.Helper()
	answer := w.send(w.request(operation, in))
	if answer.Body.Len() > 0 {
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
			w.t.Fatalf("%s: %s", operation, answer.Body)
		}
	}
	if answer.Code != http.StatusOK {
		w.modelled(operation, fmt.Sprint(out["__type"]))
		return nil, fmt.Sprintf("%v: %v", out["__type"], out["message"])
	}
	return out, ""
}

// frontEnd are errors that are returned before an operation, and are in no model.
var frontEnd = []string{"SerializationException", "UnknownOperationException", "RequestEntityTooLargeException"}

// modelled fails the test if an operation returns an error that its model does
// not list: SDKs have no type for it.
func (w *world) modelled(operation, name string) {
	w.t.Helper()
	op, ok := api.Lookup(operation)
	unbuilt := name == "UnsupportedOperationException" && ok && !op.Models(name)
	if ok && !op.Models(name) && !slices.Contains(frontEnd, name) && !unbuilt {
		w.t.Errorf("%s returned %s, which its model does not list", operation, name)
	}
}

// must is like call, but fails the test if the request is refused.
func (w *world) must(operation string, in object) object {
	w.t.Helper()
	out, refused := w.call(operation, in)
	if refused != "" {
		w.t.Fatalf("%s: %s", operation, refused)
	}
	return out
}

// refusal requires the operation to be refused with exactly this text.
func (w *world) refusal(operation string, in object, want string) {
	w.t.Helper()
	if _, refused := w.call(operation, in); refused != want {
		w.t.Errorf("%s %v:\n got %q\nwant %q", operation, in, refused, want)
	}
}

// with returns a copy of in with the members of more.
func with(in object, more object) object {
	out := object{}
	for k, v := range in {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// at returns the value at a dotted path of names.
func at(o object, path string) any {
	var v any = o
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (w *world) pool(more object) string {
	w.t.Helper()
	return at(w.must("CreateUserPool", with(object{"PoolName": "test"}, more)), "UserPool.Id").(string)
}

func (w *world) client(poolID string, more object) string {
	w.t.Helper()
	return at(w.must("CreateUserPoolClient", with(object{"UserPoolId": poolID, "ClientName": "test"}, more)),
		"UserPoolClient.ClientId").(string)
}

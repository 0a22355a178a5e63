package beyond_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/face/beyond"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	extended = "us-east-1_A"
	allOff   = `{"client_id_metadata_documents":false,"device_grant":false,"pushed_requests":false,"strict_oidc":false}`
	deviceOn = `{"client_id_metadata_documents":false,"device_grant":true,"pushed_requests":false,"strict_oidc":false}`
)

// operators are two accounts with a pool each, and their access keys.
type operators struct {
	t    *testing.T
	db   *store.DB
	clk  *clock.Driven
	log  *logtest.Buffer
	gate *gate.Gate
	mux  *http.ServeMux
}

func newOperators(t *testing.T, db *store.DB, clk *clock.Driven) *operators {
	t.Helper()
	o := &operators{t: t, db: db, clk: clk, log: &logtest.Buffer{}, mux: http.NewServeMux()}
	o.gate = &gate.Gate{
		Clock: clk, Entropy: entropy.System(), Log: slog.New(slog.NewTextHandler(o.log, nil)), Store: db,
		Auth: gate.StrictAuth{Store: db, Clock: clk, Region: "us-east-1"},
	}
	beyond.PoolExtensions{Gate: o.gate, Store: db}.Mount(o.mux)
	o.change(func(tx *store.Tx) error {
		for id, account := range map[string]string{extended: "111111111111", "us-east-1_B": "222222222222"} {
			p := &userpool.Pool{ID: id, Account: account, Region: "us-east-1", Created: tx.Now, Modified: tx.Now}
			if err := tx.InsertPool(p); err != nil {
				return err
			}
		}
		return nil
	})
	o.key("AKIAROOT", "")
	return o
}

func (o *operators) change(fn func(*store.Tx) error) {
	o.t.Helper()
	if err := o.db.Update(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

// key adds an access key of the first account.
func (o *operators) key(id, policy string) {
	o.t.Helper()
	o.change(func(tx *store.Tx) error {
		return tx.InsertAccessKey(&userpool.AccessKey{
			ID: id, Secret: "any", Account: "111111111111", Policy: policy, Created: tx.Now,
		})
	})
}

// send sends a request signed with an access key, or unsigned if it is empty.
func (o *operators) send(key, method, pool, body string) *httptest.ResponseRecorder {
	o.t.Helper()
	r := httptest.NewRequest(method, "/pools/"+pool+"/extensions", strings.NewReader(body))
	if key != "" {
		scope := sigv4.Credential{AccessKeyID: key, Region: "us-east-1", Service: "cognito-idp"}
		sigv4.Sign(r, []byte(body), scope, "any", o.clk.Now())
	}
	w := httptest.NewRecorder()
	o.mux.ServeHTTP(w, r)
	return w
}

func (o *operators) is(method, body, want string) {
	o.t.Helper()
	a := o.send("AKIAROOT", method, extended, body)
	if a.Code != http.StatusOK || a.Body.String() != want || a.Header().Get("Content-Type") != "application/json" {
		o.t.Errorf("%s %s: %d %s %v, want %s", method, body, a.Code, a.Body, a.Header(), want)
	}
}

func TestPoolExtensions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		o := newOperators(t, db, clk)
		o.is(http.MethodGet, "", allOff)
		o.is(http.MethodPut, `{"device_grant":true}`, deviceOn)
		o.is(http.MethodGet, "", deviceOn)
		all := strings.ReplaceAll(allOff, "false", "true")
		o.is(http.MethodPut, " "+all+"\n", all)
		o.is(http.MethodGet, "", all)
		// A setting that is absent is off.
		o.is(http.MethodPut, `{"device_grant":true,"strict_oidc":false}`, deviceOn)
		o.is(http.MethodPut, `{}`, allOff)
		o.is(http.MethodGet, "", allOff)
		if log := o.log.String(); !strings.Contains(log, "operation=PutPoolExtensions") ||
			!strings.Contains(log, "operation=GetPoolExtensions") || !strings.Contains(log, "outcome=ok") {
			t.Errorf("the log has no lines of the requests: %s", log)
		}
		// The pool of another account, and no pool.
		for _, pool := range []string{"us-east-1_B", "us-east-1_Nobody", "%00", "%ff", "..%2f"} {
			for _, method := range []string{http.MethodGet, http.MethodPut} {
				a := o.send("AKIAROOT", method, pool, `{"device_grant":true}`)
				if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "ResourceNotFoundException") {
					t.Errorf("%s %s: %d %s", method, pool, a.Code, a.Body)
				}
			}
		}
	})
}

func TestPoolExtensionsAreValidated(t *testing.T) {
	db, clk := storetest.Open(t)
	o := newOperators(t, db, clk)
	o.is(http.MethodPut, `{"device_grant":true}`, deviceOn)
	deep := strings.Repeat("[", 8000)
	for body, want := range map[string]string{
		"":                      "The body must be a JSON object.",
		"null":                  "The body must be a JSON object.",
		"[]":                    "The body must be a JSON object.",
		deep:                    "The body must be a JSON object.",
		`{"strict_oidc":true`:   "The body is not valid JSON.",
		`{"strict_oidc":true,}`: "The body is not valid JSON.",
		`{"strict_oidc":true}{`: "The body must be one JSON object.",
		`{"strict_oidc":true}x`: "The body must be one JSON object.",
		`{"strict":true}`: `\"strict\" is not a setting. The settings are strict_oidc, device_grant, ` +
			`pushed_requests, client_id_metadata_documents.`,
		`{"Strict_OIDC":true}`:                     `\"Strict_OIDC\" is not a setting.`,
		`{"":true}`:                                `\"\" is not a setting.`,
		`{"strict_oidc":"true"}`:                   "strict_oidc must be true or false.",
		`{"strict_oidc":1}`:                        "strict_oidc must be true or false.",
		`{"strict_oidc":null}`:                     "strict_oidc must be true or false.",
		`{"strict_oidc":{"strict_oidc":true}}`:     "strict_oidc must be true or false.",
		`{"strict_oidc":` + deep + `}`:             "strict_oidc must be true or false.",
		`{"strict_oidc":true,"strict_oidc":false}`: "strict_oidc must not be repeated.",
	} {
		a := o.send("AKIAROOT", http.MethodPut, extended, body)
		if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), want) ||
			!strings.Contains(a.Body.String(), `"__type":"InvalidParameterException"`) {
			t.Errorf("%.40q: %d %s, want %s", body, a.Code, a.Body, want)
		}
	}
	large := o.send("AKIAROOT", http.MethodPut, extended, "{"+strings.Repeat(" ", 17_000)+"}")
	if large.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("17 KB: %d %s", large.Code, large.Body)
	}
	o.is(http.MethodGet, "", deviceOn)
}

// Access keys and their policies apply as in the native API.
func TestPoolExtensionsNeedAnAccessKey(t *testing.T) {
	db, clk := storetest.Open(t)
	o := newOperators(t, db, clk)
	arn := "arn:aws:cognito-idp:us-east-1:111111111111:userpool/"
	allow := func(action, resource string) string {
		return `{"Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}}`
	}
	o.key("AKIAREAD", allow("lifeguard:Get*", arn+extended))
	o.key("AKIAWRITE", allow("lifeguard:PutPoolExtensions", "*"))
	o.key("AKIANATIVE", allow("cognito-idp:*", "*"))
	o.key("AKIAOTHER", allow("*", arn+"us-east-1_Other"))
	const ok, denied = `"device_grant":true`, `"__type":"AccessDeniedException"`
	for _, c := range []struct{ key, get, put string }{
		{"AKIAROOT", ok, ok},
		{"AKIAREAD", ok, denied},
		{"AKIAWRITE", denied, ok},
		{"AKIANATIVE", denied, denied},
		{"AKIAOTHER", denied, denied},
		{"AKIANOBODY", `"__type":"UnrecognizedClientException"`, `"__type":"UnrecognizedClientException"`},
		{"", `"__type":"MissingAuthenticationTokenException"`, `"__type":"MissingAuthenticationTokenException"`},
	} {
		put := o.send(c.key, http.MethodPut, extended, `{"device_grant":true}`)
		get := o.send(c.key, http.MethodGet, extended, "")
		if !strings.Contains(put.Body.String(), c.put) || !strings.Contains(get.Body.String(), c.get) {
			t.Errorf("%s: PUT %s, GET %s", c.key, put.Body, get.Body)
		}
	}
	const why = "arn:aws:iam::111111111111:user/AKIAREAD is not authorized to perform: lifeguard:PutPoolExtensions " +
		"on resource: arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_A"
	a := o.send("AKIAREAD", http.MethodPut, extended, `{}`)
	if !strings.Contains(a.Body.String(), why) {
		t.Errorf("%s", a.Body)
	}
	// A signature is for one method, address and body.
	r := httptest.NewRequest(http.MethodPut, "/pools/"+extended+"/extensions", strings.NewReader(`{}`))
	scope := sigv4.Credential{AccessKeyID: "AKIAROOT", Region: "us-east-1", Service: "cognito-idp"}
	sigv4.Sign(r, []byte(`{"device_grant":true}`), scope, "any", clk.Now())
	w := httptest.NewRecorder()
	o.mux.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "InvalidSignatureException") {
		t.Errorf("another body than the signed one: %s", w.Body)
	}
}

func TestPoolExtensionsPreflight(t *testing.T) {
	db, clk := storetest.Open(t)
	o := newOperators(t, db, clk)
	a := o.send("", http.MethodOptions, extended, "")
	if h := a.Header(); a.Code != http.StatusOK || h.Get("Access-Control-Allow-Methods") != "GET, PUT" ||
		h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
}

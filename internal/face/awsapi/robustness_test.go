package awsapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

const (
	// quick is the CPU time that a bad request may take.
	quick = slower * 50 * time.Millisecond
	// tries is how often a slow request is sent before it fails the test: garbage
	// collection in the same process can make a request slow.
	tries = 10
	// nesting is the depth of structures up to which members are tested.
	nesting = 3
)

// badValues are raw JSON values for a member.
var badValues = map[string]string{
	"null": `null`, "true": `true`, "false": `false`, "zero": `0`, "one": `1`, "minus one": `-1`, "minus zero": `-0`,
	"fraction": `1.5`, "tiny": `1e-400`, "huge exponent": `1e400`, "huger exponent": `1e999999999`,
	"many digits": strings.Repeat("9", 4000),
	"2^31":        `2147483648`, "-2^31-1": `-2147483649`, "2^53+1": `9007199254740993`,
	"2^63": `9223372036854775808`, "-2^63-1": `-9223372036854775809`, "NaN": `"NaN"`, "Infinity": `"Infinity"`,
	"bare NaN": `NaN`, "hexadecimal": `0x10`, "leading zero": `01`, "empty text": `""`, "blank": `" "`,
	"true as text": `"true"`, "number as text": `"12"`, "NUL": `"a\u0000b"`, "raw control": "\"a\x01b\"",
	"controls": `"\u0001\u001b[31m\u007f"`, "line ends": `"a\r\nX-Injected: yes\r\n\r\nb"`,
	"lone high surrogate": `"\ud800"`, "lone low surrogate": `"a\udc00b"`, "swapped surrogates": `"\udc00\ud800"`,
	"invalid UTF-8": "\"\xff\xfe\xc0\xaf\"", "overlong": "\"\xe0\x80\xaf\"", "half an escape": `"\u12"`,
	"unknown escape": `"\x41"`, "right to left": `"\u202egnp.exe"`, "Arabic": `"\u0645\u0631\u062d\u0628\u0627"`,
	"emoji": `"👩‍👩‍👧‍👦"`, "combining": `"` + strings.Repeat("\u0301", 300) + `"`, "byte order mark": `"\ufeffa"`,
	"SQL": `"' OR '1'='1'; DROP TABLE users; --"`, "SQL comment": `"x'/**/UNION/**/SELECT/**/1"`, "LIKE": `"%_\\%"`,
	"HTML": `"<script>alert(1)</script><img src=x onerror=alert(1)>"`, "template": `"{{.}}${7*7}#{7*7}<%=7*7%>"`,
	"format": `"%s%n%d%!v"`, "path": `"../../../../etc/passwd"`, "URL": `"http://169.254.169.254/latest/meta-data/"`,
	"log": `"a\nlevel=ERROR msg=forged"`, "empty list": `[]`, "empty object": `{}`, "list of nulls": `[null,null]`,
	"list of everything": `[0,"",{},[],true,null]`, "object": `{"a":1}`, "object of nulls": `{"a":null,"":null}`,
	"prototype":         `{"__proto__":{"a":1},"constructor":{}}`,
	"deep list":         strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
	"deep object":       strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
	"deep and unclosed": strings.Repeat("[", 10_000), "duplicate keys": `{"Name":"a","Name":{"Name":[1]},"Name":"b"}`,
	"wide object": wideObject(2000), "long list": "[" + strings.Repeat(`"a",`, 5000) + `"a"]`,
	"list of structures": "[" + strings.Repeat(`{"Name":"a"},`, 2000) + `{}]`,
	"long text":          `"` + strings.Repeat("a", 200_000) + `"`, "end of text": ``, "second value": `1 2`,
	"comment": `1/* */`, "single quotes": `'a'`, "trailing comma": `[1,]`,
}

// hugeValue exceeds the largest request; it is tried once for each operation.
var hugeValue = `"` + strings.Repeat("a", 5<<20) + `"`

func wideObject(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"key%d":"v",`, i)
	}
	return "{" + b.String() + `"last":"v"}`
}

// costly operations derive keys or sign if a bad value is accepted: admission
// limits them instead.
var costly = map[string]bool{
	"InitiateAuth": true, "AdminInitiateAuth": true,
	"RespondToAuthChallenge": true, "AdminRespondToAuthChallenge": true,
	"GetTokensFromRefreshToken": true, "GetClientToken": true,
	"SignUp": true, "AdminCreateUser": true,
	"AdminSetUserPassword": true, "ChangePassword": true, "ConfirmForgotPassword": true,
	"CreateUserPool": true,
}

// TestBadValues sends every bad value in every member of every operation. No
// request may cause a panic or an internal error or be slow, and each response
// must be JSON with __type.
func TestBadValues(t *testing.T) {
	w, m := furnished(t)
	w.gate.Log = slog.New(slog.DiscardHandler)
	sent := 0
	for _, operation := range m.operations() {
		input := m.Operations[operation].Input.Shape
		for i, path := range m.paths(m.input(operation), nesting) {
			before, after := m.around(t, input, path)
			for name, bad := range badValues {
				w.sendBad(operation, path.String()+" = "+name, before+bad+after)
			}
			sent += len(badValues)
			if i == 0 {
				w.sendBad(operation, path.String()+" = 5 MB", before+hugeValue+after)
			}
			w.sendBad(operation, path.String()+" twice", before+`1,"`+path[len(path)-1]+`":[]`+after)
		}
		if answer := w.send(w.request("ListUserPools", object{"MaxResults": 1})); answer.Code != http.StatusOK {
			t.Fatalf("after %s a valid request got %d %s", operation, answer.Code, answer.Body)
		}
	}
	if sent < 50_000 {
		t.Errorf("only %d bad values were tried", sent)
	}
}

// TestBadBodies sends bodies that are not inputs.
func TestBadBodies(t *testing.T) {
	w, m := furnished(t)
	for _, operation := range m.operations() {
		for name, bad := range badValues {
			w.sendBad(operation, "body = "+name, bad)
		}
	}
}

// furnished returns a world with a pool, a client, a user and a group, and a model
// whose samples name them.
func furnished(t *testing.T) (*world, *apiModel) {
	t.Helper()
	w := newWorld(t)
	return w, w.furnish()
}

// furnish creates a pool, a client, a user and a group, and returns a model whose
// samples name them.
func (w *world) furnish() *apiModel {
	t := w.t
	t.Helper()
	m := readModel(t)
	pool, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	w.must("CreateGroup", object{"UserPoolId": pool, "GroupName": "team"})
	in, refused := w.signIn(client, "ann", "Right-Passw0rd")
	if refused != "" {
		t.Fatal(refused)
	}
	m.known = object{
		"UserPoolId": pool, "ClientId": client, "Username": "ann", "GroupName": "team", "ConfirmationCode": "000000",
		"AccessToken":  at(in, "AuthenticationResult.AccessToken"),
		"RefreshToken": at(in, "AuthenticationResult.RefreshToken"), "Password": "Right-Passw0rd",
		"PreviousPassword": "Wrong-Passw0rd", "ProposedPassword": "Other-Passw0rd",
		"ResourceArn":  "arn:aws:cognito-idp:us-east-1:" + w.account + ":userpool/" + pool,
		"ProviderType": "OIDC",
		"ProviderDetails": object{
			"client_id": "x", "attributes_request_method": "GET", "oidc_issuer": "https://idp.example.com",
			"authorize_scopes": "openid",
		},
	}
	return m
}

// around returns the text of an input before and after the value of a member.
func (m *apiModel) around(t *testing.T, input string, path memberPath) (before, after string) {
	t.Helper()
	const mark = "the value goes here"
	body := asJSON(t, m.putInto(input, path, mark))
	before, after, found := strings.Cut(body, strconv.Quote(mark))
	if !found {
		t.Fatalf("%s has no member %s", input, path)
	}
	return before, after
}

// raw returns a request with any body.
func (w *world) raw(operation, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9229/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+w.account+
		"/20260601/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00")
	return r
}

// sendBad sends a body. The response must be well-formed and not slow.
func (w *world) sendBad(operation, what, body string) {
	w.t.Helper()
	var took time.Duration
	for range tries {
		r := w.raw(operation, body)
		before := processorTime(w.t)
		answer := w.send(r)
		took = processorTime(w.t) - before
		w.requireWellFormed(operation, what, answer.Code, answer.Body.Bytes())
		if took < quick || costly[operation] {
			return
		}
	}
	w.t.Errorf("%s, %s: took %v, %d times in a row", operation, what, took, tries)
}

// processorTime returns the CPU time of the process, user and system.
func processorTime(t *testing.T) time.Duration {
	used, err := harness.ProcessorTime()
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// requireWellFormed requires a response of a modelled kind: success, a refusal
// whose name the model lists, or "not built".
func (w *world) requireWellFormed(operation, what string, status int, body []byte) {
	w.t.Helper()
	if status == http.StatusOK && len(body) == 0 {
		return
	}
	var answer struct {
		Type *string `json:"__type"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		w.t.Errorf("%s, %s: %d, not JSON: %.200s", operation, what, status, body)
		return
	}
	switch {
	case status == http.StatusOK, status == http.StatusNotImplemented:
	case status >= http.StatusInternalServerError, status < http.StatusBadRequest:
		w.t.Errorf("%s, %s: %d %.300s", operation, what, status, body)
	case answer.Type == nil || *answer.Type == "":
		w.t.Errorf("%s, %s: %d without __type: %.200s", operation, what, status, body)
	default:
		w.modelled(operation, *answer.Type)
	}
}

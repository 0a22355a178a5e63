package awsapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// hostileSize is the size of a hostile value in bytes: about the largest that a
	// request may have.
	hostileSize = 1_000_000 / slower

	maxAllocated    = 32 << 20 // per request
	maxAnswer       = 20 << 10
	maxErrorMessage = 1 << 10
	maxLogged       = 2 << 10
)

// repeated joins items until the value has hostileSize bytes.
func repeated(item func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < hostileSize; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item(i))
	}
	return b.String()
}

func always(s string) func(int) string { return func(int) string { return s } }

// hostileValues returns raw JSON values for a member of a shape, by name.
func (m *apiModel) hostileValues(shape string) map[string]string {
	s := m.Shapes[shape]
	fill := func(text string) string { return strings.Repeat(text, hostileSize/len(text)) }
	switch s.Type {
	case "string":
		return map[string]string{
			"long text": `"` + fill("a") + `"`, "dots": `"` + fill(".") + `"`, "accents": `"` + fill("\u0301") + `"`,
			"CSS": `"` + fill(".a{color:red}/*") + `"`, "JSON": `"` + fill(`[`) + `"`, "blanks": `"` + fill(" ") + `"`,
		}
	case "list":
		if m.Shapes[s.Member.Shape].Type == "string" {
			return map[string]string{
				"many texts":       "[" + repeated(func(i int) string { return `"a` + strconv.Itoa(i) + `"` }) + "]",
				"many empty texts": "[" + repeated(always(`""`)) + "]",
				"one text often":   "[" + repeated(always(`"email"`)) + "]",
			}
		}
		named := func(i int) string { return fmt.Sprintf(`{"Name":"a%d","Value":"v"}`, i) }
		return map[string]string{
			"many names":            "[" + repeated(named) + "]",
			"many empty names":      "[" + repeated(always(`{"Name":"","Value":"v"}`)) + "]",
			"many empty structures": "[" + repeated(always("{}")) + "]",
			"one name often":        "[" + repeated(always(`{"Name":"email","Value":"a@b.c"}`)) + "]",
		}
	case "map":
		return map[string]string{
			"many keys": "{" + repeated(func(i int) string { return `"a` + strconv.Itoa(i) + `":""` }) + "}",
			"long key":  `{"` + fill("k") + `":""}`, "one key often": "{" + repeated(always(`"a":""`)) + "}",
		}
	case "integer", "long", "double", "timestamp":
		return map[string]string{"many digits": fill("9"), "long fraction": "0." + fill("1")}
	case "blob":
		return map[string]string{"blob": `"` + fill("PHN2Zz48YSA+") + `"`}
	}
	return nil
}

// hostileMembers are added to a body with an operation's members.
var hostileMembers = map[string]string{
	"unknown members": repeated(func(i int) string { return fmt.Sprintf(`"Key%d":0`, i) }),
	"repeated member": repeated(always(`"UserPoolId":"x"`)), "deep list": `"a":` + strings.Repeat("[", hostileSize),
	"deep objects":  `"a":` + strings.Repeat(`{"a":`, hostileSize/5),
	"invalid UTF-8": `"a":"` + strings.Repeat("\xff", hostileSize) + `"`,
	"escapes":       `"a":"` + strings.Repeat(`\u0041`, hostileSize/6) + `"`,
}

// costs are the highest costs of requests so far.
type costs struct {
	w *world
	// allowed is measured on this machine, again if a request took longer: the load
	// changes.
	allowed        time.Duration
	cpu            time.Duration
	cpuOf          string
	allocated      uint64
	allocatedOf    string
	answer, logged int
}

// maxCPU is the CPU time that a request may take on an idle machine.
const maxCPU = 50 * time.Millisecond

// allowance returns a multiple of the time of encoding/json for a text of the same
// size. The race detector slows the decoder of requests more than encoding/json.
func allowance(t *testing.T) time.Duration {
	t.Helper()
	text := []byte("[" + repeated(func(i int) string { return fmt.Sprintf(`{"Name":"a%d","Value":"v"}`, i) }) + "]")
	before := processorTime(t)
	for range 10 {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
	}
	return max(processorTime(t)-before, maxCPU)
}

// measure sends a request and checks its cost against the bounds. Of several
// attempts the shortest counts: garbage collection and other work of the process
// can only add to the time.
func (c *costs) measure(what string, r func() *http.Request) {
	t := c.w.t
	t.Helper()
	took := time.Duration(math.MaxInt64)
	for attempt := 0; attempt < 5 && took > maxCPU; attempt++ {
		q := r()
		c.w.log.Reset()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := processorTime(t)
		answer := c.w.send(q)
		took = min(took, processorTime(t)-started)
		runtime.ReadMemStats(&after)
		size := answer.Body.Len()
		if answer.Code == http.StatusOK {
			size = 0 // stored values may be returned
		}
		c.check(what, after.TotalAlloc-before.TotalAlloc, size, len(answer.Header().Get("X-Amzn-Errormessage")))
	}
	if took > c.cpu {
		c.cpu, c.cpuOf = took, what
	}
	if took > c.allowed {
		c.allowed = max(c.allowed, allowance(t))
	}
	if took > c.allowed {
		t.Errorf("%s: %v of CPU time, want at most %v", what, took, c.allowed)
	}
}

func (c *costs) check(what string, allocated uint64, answer, message int) {
	t := c.w.t
	t.Helper()
	if allocated > c.allocated {
		c.allocated, c.allocatedOf = allocated, what
	}
	logged := len(c.w.log.String())
	c.answer, c.logged = max(c.answer, answer), max(c.logged, logged)
	if allocated > maxAllocated || answer > maxAnswer || message > maxErrorMessage+3 || logged > maxLogged {
		t.Errorf("%s: allocated %d, answer %d, error message %d, log %d bytes",
			what, allocated, answer, message, logged)
	}
}

// TestHostileSizes sends each hostile value, of a megabyte, in every member of
// every operation, in otherwise valid and authorized requests.
func TestHostileSizes(t *testing.T) {
	w, m := furnished(t)
	c := &costs{w: w, allowed: allowance(t)}
	values := map[string]map[string]string{} // by the kind of the shape: they are large
	for _, operation := range m.operations() {
		input := m.Operations[operation].Input.Shape
		valid := strings.TrimSuffix(asJSON(t, m.smallest(operation)), "}")
		for name, members := range hostileMembers {
			body := strings.Replace(valid+","+members+"}", "{,", "{", 1)
			c.measure(operation+", "+name, func() *http.Request { return w.raw(operation, body) })
		}
		for _, path := range m.paths(m.input(operation), 1) {
			if slices.Contains(path, "") {
				continue
			}
			before, after := m.around(t, input, path)
			shape := m.shapeAt(input, path)
			kind := m.Shapes[shape].Type + " " + m.Shapes[m.Shapes[shape].Member.Shape].Type
			if values[kind] == nil {
				values[kind] = m.hostileValues(shape)
			}
			for name, value := range values[kind] {
				what, body := operation+", "+path.String()+" = "+name, before+value+after
				c.measure(what, func() *http.Request { return w.raw(operation, body) })
			}
		}
	}
	t.Logf("allowed %v; most CPU time %v (%s); most allocated %d (%s); longest answer %d, log %d bytes",
		c.allowed, c.cpu, c.cpuOf, c.allocated, c.allocatedOf, c.answer, c.logged)
}

// shapeAt returns the shape of the member at a path.
func (m *apiModel) shapeAt(shape string, path memberPath) string {
	for _, name := range path {
		shape = m.Shapes[shape].Members[name].Shape
	}
	return shape
}

// TestHostileHeaders sends headers as large as the listener accepts, a megabyte.
func TestHostileHeaders(t *testing.T) {
	w, _ := furnished(t)
	c := &costs{w: w, allowed: allowance(t)}
	long := strings.Repeat("a,=;/ ", hostileSize/6)
	for _, name := range []string{
		"Authorization", "X-Amz-Target", "Content-Type", "X-Amz-Date", "User-Agent", "Cookie", "Origin",
	} {
		c.measure("header "+name, func() *http.Request {
			r := w.raw("ListUserPools", `{"MaxResults":1}`)
			r.Header.Set(name, strings.TrimSpace("AWS4-HMAC-SHA256 "+long))
			return r
		})
	}
	c.measure("path", func() *http.Request {
		r := w.raw("ListUserPools", `{"MaxResults":1}`)
		r.URL.Path = "/" + strings.Repeat("a/", hostileSize/2)
		return r
	})
}

// TestValuesAreNotLogged sends a value that violates a constraint, or is unknown, in
// every string of every operation. The response may have it; the log must not.
func TestValuesAreNotLogged(t *testing.T) {
	w, m := furnished(t)
	const mark = "Marked-s3cret"
	returned := 0
	for _, operation := range m.operations() {
		input := m.Operations[operation].Input.Shape
		for _, path := range m.paths(m.input(operation), nesting) {
			before, after := m.around(t, input, path)
			values := []string{
				`"` + mark + `"`,
				`" ` + mark + " \u0000 " + strings.Repeat("x", 3000) + `"`,
				`{"` + mark + ` ":"` + mark + ` "}`,
				`["` + mark + ` "]`,
			}
			for _, value := range values {
				returned += w.requireNotLogged(operation, path.String()+" = "+value, before+value+after, mark)
			}
		}
	}
	if returned < 100 {
		t.Errorf("only %d responses had the value: constraints were not checked", returned)
	}
}

// requireNotLogged sends a body with a mark, which must not be logged. It returns
// how often the mark is in the response.
func (w *world) requireNotLogged(operation, what, body, mark string) (returned int) {
	w.t.Helper()
	w.log.Reset()
	answer := w.send(w.raw(operation, body))
	log := w.log.String()
	if strings.Contains(log, mark) {
		w.t.Errorf("%s, %.80s: the value is in the log: %.600s", operation, what, log)
	}
	if !strings.Contains(log, "operation="+operation) {
		w.t.Fatalf("%s: the log has no line of the request: %s", operation, log)
	}
	return strings.Count(answer.Body.String(), mark)
}

func TestRefusalsAreLoggedWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(object{"AutoVerifiedAttributes": []string{"email"}})
	confidential := w.must("CreateUserPoolClient",
		object{"UserPoolId": pool, "ClientName": "c", "GenerateSecret": true})
	clientSecret := at(confidential, "UserPoolClient.ClientSecret").(string)
	client := w.client(pool, object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}})
	w.must("SignUp", object{
		"ClientId": client, "Username": "ann", "Password": "Planted-Passw0rd",
		"UserAttributes": []object{{"Name": "email", "Value": "ann@example.com"}},
	})
	w.must("ConfirmSignUp", object{"ClientId": client, "Username": "ann", "ConfirmationCode": "123456"})
	tokens := w.must("InitiateAuth", object{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Planted-Passw0rd"},
	})
	a := w.send(w.request("InitiateAuth", object{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Wrong-Passw0rd"},
	}))
	if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "NotAuthorizedException") {
		t.Errorf("wrong password: %d %s", a.Code, a.Body)
	}
	log := w.log.String()
	if !strings.Contains(log, a.Header().Get("X-Amzn-Requestid")) ||
		!strings.Contains(log, "Incorrect username or password.") {
		t.Error("the log does not have the reason of the refusal")
	}
	result := at(tokens, "AuthenticationResult").(object)
	for name, secret := range map[string]string{
		"password": "Planted-Passw0rd", "wrong password": "Wrong-Passw0rd", "code": "123456",
		"access token": result["AccessToken"].(string), "refresh token": result["RefreshToken"].(string),
		"client secret": clientSecret,
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the %s is in the log", name)
		}
	}
}

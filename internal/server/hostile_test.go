package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
)

// The bounds of one request; the time is for an idle machine. A response repeats the
// query in a URL, where a byte becomes three, or more with HTML escapes.
const (
	maxHostileTime      = 50 * time.Millisecond
	maxHostileAllocated = 32 << 20
	maxHostileAnswer    = 512 << 10
	maxHostileLogged    = 8 << 10
)

// hostileValues returns encoded values of about n bytes, by name.
func hostileValues(n int) map[string]string {
	fill := func(text string) string { return strings.Repeat(text, n/len(text)) }
	return map[string]string{
		"letters": fill("a"), "zeros": fill("%00"), "bytes": fill("%ff"), "blanks": fill("+"),
		"percent signs": fill("%"), "quotes": fill("%22"), "accents": fill("%CC%81"),
		"scopes": fill("openid+"), "words": fill("a+"), "dots": fill("."), "line ends": fill("%0D%0A"),
		"semicolons": fill(";"), "slashes": fill("/"), "brackets": fill("[{"),
	}
}

// hostileForms returns forms or queries of about n bytes, by name.
func hostileForms(n int) map[string]string {
	var many strings.Builder
	for i := 0; many.Len() < n; i++ {
		many.WriteString("&p" + strconv.Itoa(i) + "=")
	}
	return map[string]string{
		"many names":        many.String(),
		"one name often":    strings.Repeat("&state=a", n/8),
		"empty pairs":       strings.Repeat("&", n),
		"no names":          strings.Repeat("&=", n/2),
		"known names often": strings.Repeat("&scope=openid&nonce=1", n/21),
	}
}

// facePaths are the addresses of OAuth and of the pages; those of the front channel
// have a query with a valid client and redirect URI.
var (
	backPaths = []string{
		"/oauth2/token", "/oauth2/userInfo", "/oauth2/userinfo", "/oauth2/revoke", "/oauth2/introspect",
		"/oauth2/par", "/oauth2/device_authorization", "/oauth2/register",
	}
	frontPaths = []string{
		"/oauth2/authorize", "/authorize", "/login", "/oauth2/login", "/logout", "/oauth2/logout", "/error",
		"/confirmUser", "/changePassword", "/mfa", "/mfa/email", "/mfa/totp", "/mfa/select", "/mfa/setup",
		"/mfa/setup/totp", "/mfa/setup/email", "/us-east-1_Lifeguard/.well-known/jwks.json", "/recovery-codes",
		"/.well-known/oauth-authorization-server/us-east-1_Lifeguard", "/pools/us-east-1_Lifeguard/extensions",
		"/nowhere", "/device",
	}
)

var validQuery = strings.TrimPrefix(authorizeDemo, "/oauth2/authorize?")

// csrfToken is in the cookie and in the form of a hostile browser.
const csrfToken = "0123456789abcdef"

// hostileServer starts a server with the command's limit of headers, and returns
// its address and log.
func hostileServer(t *testing.T) (string, *logtest.Buffer) {
	t.Helper()
	log := &logtest.Buffer{}
	front := start(t, config.Config{Mode: config.Dev, Data: ":memory:", Seed: true, RecoveryCodes: true}, log)
	return front.URL, log
}

// hostileCosts checks requests against the bounds and keeps the highest costs.
type hostileCosts struct {
	t              *testing.T
	log            *logtest.Buffer
	allowed, cpu   time.Duration
	allocated      uint64
	answer, logged int
	cpuOf, allocOf string
	sent           int
}

// measure sends a request and checks its cost against the bounds. Of several
// attempts the shortest counts: garbage collection and other work of the process
// can only add to the time.
func (c *hostileCosts) measure(what string, request func() *http.Request) {
	c.t.Helper()
	took := time.Duration(math.MaxInt64)
	for attempt := 0; attempt < 5 && took > maxHostileTime; attempt++ {
		r := request()
		c.log.Reset()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := processorTime(c.t)
		length := 0
		answer, err := noRedirects.Do(r)
		if err == nil { // else the server has closed the connection: the request is too large
			n, _ := io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			for name, values := range answer.Header {
				length += len(name) + len(strings.Join(values, ""))
			}
			length += int(n)
			if answer.StatusCode >= 500 {
				c.t.Errorf("%s: status %d", what, answer.StatusCode)
			}
		}
		took = min(took, processorTime(c.t)-started)
		runtime.ReadMemStats(&after)
		c.checkBounds(what, after.TotalAlloc-before.TotalAlloc, length)
	}
	c.sent++
	if took > c.cpu {
		c.cpu, c.cpuOf = took, what
	}
	if took > c.allowed { // the load may have changed since it was measured
		c.allowed = max(c.allowed, hostileAllowance(c.t))
	}
	if took > c.allowed {
		c.t.Errorf("%s: %v of CPU time, want at most %v", what, took, c.allowed)
	}
}

func (c *hostileCosts) checkBounds(what string, allocated uint64, answer int) {
	c.t.Helper()
	if allocated > c.allocated {
		c.allocated, c.allocOf = allocated, what
	}
	logged := len(c.log.String())
	c.answer, c.logged = max(c.answer, answer), max(c.logged, logged)
	if allocated > maxHostileAllocated || answer > maxHostileAnswer || logged > maxHostileLogged {
		c.t.Errorf("%s: allocated %d, answer %d, log %d bytes", what, allocated, answer, logged)
	}
}

// processorTime returns the CPU time of the process, user and system.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	used, err := harness.ProcessorTime()
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// hostileAllowance returns the time of encoding/json for 5 MB on this machine under
// its current load, at least 100 ms.
func hostileAllowance(t *testing.T) time.Duration {
	t.Helper()
	text := []byte("[" + strings.Repeat(`{"Name":"a","Value":"v"},`, 40_000) + "1]")
	before := processorTime(t)
	for range 5 {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
	}
	return max(processorTime(t)-before, maxHostileTime)
}

func hostileRequest(t *testing.T, address, form string, header ...string) func() *http.Request {
	return func() *http.Request {
		t.Helper()
		method := http.MethodGet
		if form != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		if form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", "XSRF-TOKEN="+csrfToken)
		}
		for i := 0; i+1 < len(header); i += 2 {
			if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
				r.Host = header[i+1]
			}
		}
		return r
	}
}

func (c *hostileCosts) backForms(address string, size int) {
	c.t.Helper()
	for name, form := range hostileForms(size) {
		c.measure(fmt.Sprint(address, " form ", size, name), hostileRequest(c.t, address, "client_id="+devClient+form))
	}
	for name, value := range hostileValues(size) {
		form := "grant_type=refresh_token&client_id=" + devClient + "&refresh_token=" + value + "&token=x"
		c.measure(fmt.Sprint(address, " form ", size, name), hostileRequest(c.t, address, form))
	}
}

func (c *hostileCosts) headers(address string, size int) {
	c.t.Helper()
	c.measure(address+" Host", hostileRequest(c.t, address, "", "Host", strings.Repeat("a.", size/2)+"example"))
	for _, name := range []string{
		"Authorization", "Cookie", "Content-Type", "User-Agent", "Accept-Language", "Origin", "Referer",
	} {
		for _, text := range []string{
			"Bearer " + strings.Repeat(".", size), "Bearer " + unsigned(strings.Repeat("i", size/2)),
			"Basic " + strings.Repeat("YTph", size/4), strings.Repeat("a=b; ", size/5), strings.Repeat("a,;=/", size/5),
		} {
			r := hostileRequest(c.t, address+"?"+validQuery, "a=b", name, strings.TrimSpace(text))
			c.measure(address+" "+name, r)
		}
	}
}

// TestHostileSizes sends every hostile value to every address of OAuth and of the
// pages, through a listener: the largest accepted query and headers, the largest
// form that is read, and a megabyte. The cost of each request, including the
// client's, is bounded.
func TestHostileSizes(t *testing.T) {
	address, log := hostileServer(t)
	get(t, address+"/us-east-1_Lifeguard/.well-known/jwks.json") // makes the pool's keys
	c := &hostileCosts{t: t, log: log, allowed: hostileAllowance(t)}
	const most = 60_000
	for _, path := range frontPaths {
		for name, text := range hostileForms(most) {
			c.measure(path+"?"+name, hostileRequest(t, address+path+"?"+validQuery+text, ""))
		}
		for name, value := range hostileValues(most) {
			for _, query := range []string{validQuery + "&state=", validQuery + "&scope=", "client_id="} {
				c.measure(path+"?"+query+name, hostileRequest(t, address+path+"?"+query+value, ""))
			}
			form := "_csrf=" + csrfToken + "&password=x&username=" + value
			c.measure(path+" form "+name, hostileRequest(t, address+path+"?"+validQuery, form))
		}
		for name, form := range hostileForms(1_000_000) {
			c.measure(path+" large form "+name, hostileRequest(t, address+path+"?"+validQuery, "a=b"+form))
		}
	}
	for _, path := range backPaths {
		c.backForms(address+path, 250_000)
		c.backForms(address+path, 1_000_000)
	}
	for _, path := range append(backPaths, frontPaths...) {
		c.headers(address+path, most)
	}
	if c.sent < 1000 {
		t.Errorf("only %d requests were sent", c.sent)
	}
	t.Logf("%d requests; allowed %v; most processor time %v (%s); most allocated %d (%s)",
		c.sent, c.allowed, c.cpu, c.cpuOf, c.allocated, c.allocOf)
	t.Logf("longest answer %d, log %d bytes", c.answer, c.logged)
}

// TestFacesLogNoSecrets sends a secret in every parameter, cookie and header of
// every address of OAuth and of the pages. The response may have it; the log must
// not.
func TestFacesLogNoSecrets(t *testing.T) {
	address, log := hostileServer(t)
	const mark = "Marked-s3cret"
	returned, logged := 0, 0
	try := func(what string, request func() *http.Request) {
		t.Helper()
		log.Reset()
		answer, err := noRedirects.Do(request())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer.Header.Get("Location")+string(body), mark) {
			returned++
		}
		text := log.String()
		if text != "" {
			logged++
		}
		if strings.Contains(text, mark) {
			t.Errorf("%s: the secret is in the log: %.600s", what, text)
		}
	}
	parameters := []string{
		"client_id", "client_secret", "redirect_uri", "response_type", "scope", "state", "nonce", "login_hint",
		"prompt", "max_age", "acr_values",
		"code_challenge", "code_verifier", "code", "refresh_token", "token", "resource",
		"request_uri", "device_request", "device_code", "user_code", "refuse",
		"access_token", "grant_type", "username",
		"password", "new_password", "confirmation_code", "user_name", "logout_uri", "step", "_csrf", "detail", "error",
		"id_token_hint", "post_logout_redirect_uri", "aws_client_metadata", mark,
	}
	headers := []string{"Authorization", "Cookie", "User-Agent", "Content-Type", "Origin", "Referer"}
	texts := []string{mark, "Bearer " + mark, "Bearer " + unsigned(mark), "Basic " + mark, "XSRF-TOKEN=" + mark}
	values := []string{mark, mark + " ", mark + "\x00", mark + "\xff", `{"` + mark + `":`}
	q, err := url.ParseQuery(validQuery)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"_csrf": {csrfToken}, "username": {"demo"}, "password": {"x"}, "client_id": {devClient},
		"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "token": {"x"},
	}
	set := func(values url.Values, name, value string) string {
		values = maps.Clone(values)
		values.Set(name, value)
		return values.Encode()
	}
	for _, path := range append(backPaths, frontPaths...) {
		for i := range len(parameters) * len(values) {
			name, value := parameters[i/len(values)], values[i%len(values)]
			try(path+"?"+name, hostileRequest(t, address+path+"?"+set(q, name, value), ""))
			try(path+" form "+name, hostileRequest(t, address+path+"?"+validQuery, set(form, name, value)))
		}
		for i := range len(headers) * len(texts) {
			name, text := headers[i/len(texts)], texts[i%len(texts)]
			try(path+" "+name, hostileRequest(t, address+path+"?"+validQuery, "client_id="+devClient, name, text))
		}
	}
	if returned < 100 || logged < 100 {
		t.Errorf("only %d responses had the secret, only %d requests were logged", returned, logged)
	}
}

package oauth_test

import (
	"crypto/rand"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The modules of the OpenID Foundation's plans for providers, played by a relying
// party against the endpoints. Conditions have the names of the suite, so that its
// log and these tests can be compared. docs/conformance.md has the expected
// outcome of every module.
//
// Source: openid-certification/conformance-suite at 12f2a4da, packages
// net.openid.conformance.openid and net.openid.conformance.condition.
const (
	basicPlan    = "oidcc-basic-certification-test-plan"
	formPostPlan = "oidcc-formpost-basic-certification-test-plan"
	configPlan   = "oidcc-config-certification-test-plan"
)

func TestBasicOPPlan(t *testing.T) {
	want := outcomes(t, basicPlan)
	each(t, func(t *testing.T, w *hostedtest.World) { playPlan(t, w, basicModules, want, false) })
}

// The modules of the Basic plan, with response_mode=form_post.
func TestFormPostOPPlan(t *testing.T) {
	want := outcomes(t, basicPlan)
	maps.Copy(want, outcomes(t, formPostPlan))
	playPlan(t, world(t), basicModules, want, true)
}

func TestConfigOPPlan(t *testing.T) {
	playPlan(t, world(t), configModules, outcomes(t, configPlan), false)
}

// playPlan plays every module against the pool as Amazon Cognito has it, and then
// against the same pool in strict mode.
func playPlan(t *testing.T, w *hostedtest.World, modules map[string]module, want map[string]outcome, form bool) {
	t.Helper()
	prepareWorld(w)
	listed, played := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(modules))
	if !slices.Equal(listed, played) {
		t.Fatalf("docs/conformance.md lists %v, played are %v", listed, played)
	}
	for _, mode := range []string{"compatible", "strict"} {
		if mode == "strict" {
			w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
		}
		for name, play := range modules {
			t.Run(mode+"/"+name, func(t *testing.T) {
				sub := *w
				sub.T = t
				r := newRP(&sub, form)
				r.play(play)
				if got := r.outcome(); got != want[name][mode] {
					t.Errorf("%s; docs/conformance.md has %q\n%s", got, want[name][mode], strings.Join(r.log, "\n"))
				}
			})
		}
	}
}

// outcome is what docs/conformance.md has for a module, by mode.
type outcome map[string]string

// outcomes reads the table of a plan: module, strict, compatible, why.
func outcomes(t *testing.T, plan string) map[string]outcome {
	t.Helper()
	text, err := os.ReadFile("../../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "`"+plan+"`")
	section, _, _ = strings.Cut(section, "\n## ")
	want := map[string]outcome{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " oidcc-") {
			continue
		}
		want[strings.TrimSpace(cells[1])] = outcome{
			"strict": strings.TrimSpace(cells[2]), "compatible": strings.TrimSpace(cells[3]),
		}
	}
	if !found || len(want) == 0 {
		t.Fatalf("docs/conformance.md has no table of %s", plan)
	}
	return want
}

// prepareWorld gives ann every standard claim, and adds the clients of the suite.
func prepareWorld(w *hostedtest.World) {
	w.Change("ann", func(u *userpool.User) {
		u.Attributes = map[string]string{
			"name": "Ann Example", "given_name": "Ann", "family_name": "Example", "middle_name": "Mary",
			"nickname": "annie", "preferred_username": "ann.example", "profile": "https://ann.example.com",
			"picture": "https://ann.example.com/ann.png", "website": "https://blog.example.com", "gender": "female",
			"birthdate": "1987-10-16", "zoneinfo": "Europe/Berlin", "locale": "de-DE",
			"updated_at": strconv.FormatInt(w.Clock.Now().Unix(), 10),
			"email":      "ann@example.com", "email_verified": "true",
			"phone_number": "+15550100", "phone_number_verified": "false", "address": "1 Example Street",
		}
	})
	for _, id := range []string{"suite", "second"} {
		w.Client(w.Pool, id, func(c *userpool.Client) {
			c.Secrets = []userpool.ClientSecret{{ID: id + "--1", Value: hostedtest.Secret}}
			c.AllowedOAuthScopes = []string{"openid", "email", "phone", "profile", userpool.ScopeAddress}
			c.ExplicitAuthFlows = []string{"ALLOW_REFRESH_TOKEN_AUTH"}
		})
	}
}

// module plays one module of the suite.
type module func(*rp)

// rp is a relying party of the suite, with a browser whose user signs in as ann
// when a page asks for it.
type rp struct {
	w *hostedtest.World
	b *hostedtest.Browser
	// client is the client that the suite currently uses.
	client string
	// secretPost sends the client's secret in the form.
	secretPost bool
	// form requests response_mode=form_post.
	form bool
	// server is the discovery document.
	server members
	// state and nonce are those of the latest request.
	state, nonce string

	failures, warnings, log []string
	skipped                 bool
}

func newRP(w *hostedtest.World, form bool) *rp {
	r := &rp{w: w, b: w.Browser(), client: "suite", form: form}
	r.server = object(w.T, r.b.Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
	return r
}

// stopped ends a module early.
type stopped struct{}

func (r *rp) play(m module) {
	defer func() {
		if reason := recover(); reason != nil && reason != any(stopped{}) {
			panic(reason)
		}
	}()
	m(r)
}

// skip ends a module that does not apply, as the suite does.
func (r *rp) skip() {
	r.skipped = true
	panic(stopped{})
}

// must is a condition that ends the module if it fails.
func (r *rp) must(condition string, holds bool, detail any) {
	if r.fail(condition, holds, detail); !holds {
		panic(stopped{})
	}
}

// fail is a condition without which the module fails.
func (r *rp) fail(condition string, holds bool, detail any) {
	r.failures = r.record(r.failures, condition, holds, detail)
}

// warn is a condition without which the module passes with a warning.
func (r *rp) warn(condition string, holds bool, detail any) {
	r.warnings = r.record(r.warnings, condition, holds, detail)
}

func (r *rp) record(list []string, condition string, holds bool, detail any) []string {
	if holds {
		return list
	}
	r.log = append(r.log, condition+": "+text(detail))
	if slices.Contains(list, condition) {
		return list
	}
	return append(list, condition)
}

// outcome returns the outcome of the module in the form of docs/conformance.md.
func (r *rp) outcome() string {
	result := "passed"
	switch {
	case len(r.failures) > 0:
		result = "failed: " + strings.Join(r.failures, ", ")
	case r.skipped:
		result = "skipped"
	}
	if len(r.warnings) > 0 {
		result += "; warned: " + strings.Join(r.warnings, ", ")
	}
	return result
}

// request returns an authorization request; values replace parameters, an empty
// value removes one.
func (r *rp) request(values ...string) url.Values {
	r.state, r.nonce = rand.Text()[:10], rand.Text()[:10]
	q := url.Values{
		"client_id": {r.client}, "redirect_uri": {hostedtest.Callback}, "response_type": {"code"},
		"scope": {"openid"}, "state": {r.state}, "nonce": {r.nonce},
	}
	if r.form {
		q.Set("response_mode", "form_post")
	}
	for i := 0; i+1 < len(values); i += 2 {
		if q.Set(values[i], values[i+1]); values[i+1] == "" {
			q.Del(values[i])
		}
	}
	return q
}

// callback is what reached the redirect URI, or the page that was shown instead.
type callback struct {
	// response is the parameters of the response, query those of the address.
	response, query url.Values
	// posted is whether the browser posted them.
	posted bool
	// login is the page that asked the user to sign in, if one did.
	login string
	// page is the last page, if nothing reached the redirect URI.
	page hostedtest.Page
}

// authorize sends a request in the browser.
func (r *rp) authorize(q url.Values) callback {
	return r.answer(r.b.Get("/oauth2/authorize?" + q.Encode()))
}

// answer follows a response of the authorization endpoint until it reaches the
// redirect URI or a page without a form.
func (r *rp) answer(p hostedtest.Page) (c callback) {
	for range 4 {
		if p.Location != nil && strings.HasPrefix(p.Location.String(), hostedtest.Callback) {
			c.query = p.Query()
			c.response = c.query
			return c
		}
		action, form := p.Form()
		switch {
		case p.Location != nil:
			p = r.b.Follow(p)
		case strings.HasPrefix(action, hostedtest.Callback):
			c.posted = strings.Contains(strings.ToLower(p.Body), `method="post"`)
			if u, err := url.Parse(action); err == nil {
				c.query = u.Query()
			}
			c.response = form
			return c
		case action != "":
			c.login = p.Body
			p = r.b.Fill(p, "username", "ann", "password", hostedtest.Password)
		default:
			c.page = p
			return c
		}
	}
	c.page = p
	return c
}

// arrived checks how a response reached the redirect URI.
func (r *rp) arrived(c callback) {
	r.must("a response at the redirect URI", c.response != nil, c.page)
	if r.form {
		r.fail("CheckCallbackHttpMethodIsPost", c.posted, c.query)
		r.fail("RejectAuthCodeInUrlQuery", !c.query.Has("code"), c.query)
		r.fail("RejectErrorInUrlQuery", !c.query.Has("error"), c.query)
	}
	if c.response.Has("iss") {
		issuer := c.response.Get("iss")
		r.fail("ValidateIssIfPresentInAuthorizationResponse", issuer == r.server["issuer"], issuer)
	}
}

// refused checks the error of an authorization request, and returns its code.
func (r *rp) refused(c callback) string {
	r.arrived(c)
	r.fail("CheckStateInAuthorizationResponse", c.response.Get("state") == r.state, c.response)
	r.fail("EnsureErrorFromAuthorizationEndpointResponse", c.response.Get("error") != "", c.response)
	r.fail("RejectAuthCodeInAuthorizationEndpointResponse", !c.response.Has("code"), c.response)
	expected := []string{"error", "error_description", "error_uri", "state", "session_state", "iss"}
	for name := range c.response {
		r.warn("CheckForUnexpectedParametersInErrorResponseFromAuthorizationEndpoint",
			slices.Contains(expected, name), name)
	}
	r.fail("ValidateErrorDescriptionFromAuthorizationEndpointResponseError",
		errorText.MatchString(c.response.Get("error_description")), c.response)
	return c.response.Get("error")
}

// granted checks a successful response, and returns the code.
func (r *rp) granted(c callback) string {
	r.arrived(c)
	r.must("CheckIfAuthorizationEndpointError", !c.response.Has("error"), c.response)
	r.fail("CheckStateInAuthorizationResponse", c.response.Get("state") == r.state, c.response)
	r.must("ExtractAuthorizationCodeFromAuthorizationResponse", c.response.Get("code") != "", c.response)
	return c.response.Get("code")
}

package hosted_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// acrRequest names acr in the parameter claims, in a strict pool.
type acrRequest struct {
	change func(*hostedtest.World)
	acr    string // the request of the claim
	values []string
	// want is the path of the next page, an error code, or the claims acr and amr of
	// the tokens.
	want string
}

var acrRequests = map[string]acrRequest{
	"control":              {nil, "", nil, " "},
	"null":                 {nil, `null`, nil, level1 + " pwd"},
	"essential, any":       {nil, `{"essential":true}`, nil, level1 + " pwd"},
	"essential":            {nil, `{"essential":true,"values":["` + level4 + `"]}`, nil, "/mfa/totp"},
	"essential, one value": {nil, `{"essential":true,"value":"` + level4 + `"}`, nil, "/mfa/totp"},
	"essential, in order": {
		nil, `{"essential":true,"values":["` + level1 + `","` + level4 + `"]}`, nil, level1 + " pwd",
	},
	"voluntary":               {nil, `{"values":["` + level4 + `"]}`, nil, "/mfa/totp"},
	"essential, out of reach": {withoutFactors, `{"essential":true,"values":["` + level4 + `"]}`, nil, unmet},
	"voluntary, out of reach": {withoutFactors, `{"values":["` + level4 + `"]}`, nil, level1 + " pwd"},
	"essential, unknown":      {nil, `{"essential":true,"values":["gold"]}`, nil, unmet},
	"voluntary, unknown":      {nil, `{"value":"gold"}`, nil, level1 + " pwd"},
	"the old name":            {named("Level4", "gold"), `{"essential":true,"value":"` + level4 + `"}`, nil, unmet},
	"renamed":                 {named("Level1", "gold"), `{"essential":true,"value":"gold"}`, nil, "gold pwd"},
	"precedes acr_values":     {nil, `{"essential":true,"value":"` + level1 + `"}`, levels(level4), level1 + " pwd"},
	"silent":                  {nil, `{"value":"` + level4 + `"}`, []string{"prompt", "none"}, "login_required"},
	"in LITE, essential":      {lite, `{"essential":true,"values":["` + level1 + `"]}`, nil, unmet},
	"in LITE, voluntary":      {lite, `{"values":["` + level1 + `"]}`, nil, " "},
	"a number":                {nil, `{"value":4}`, nil, "invalid_request"},
	"values are text":         {nil, `{"values":"` + level4 + `"}`, nil, "invalid_request"},
	"essential is text":       {nil, `{"essential":"true"}`, nil, "invalid_request"},
}

const unmet = "unmet_authentication_requirements"

func withoutFactors(w *hostedtest.World) {
	withoutApp(w)
	w.Change("ann", func(u *userpool.User) { u.Attributes["email_verified"] = "false" })
}

// strictLevels returns a world with a strict pool whose user has an authenticator app
// that she has not enabled, and a browser with a session of the password.
func strictLevels(t *testing.T, strict bool) (*hostedtest.World, *hostedtest.Browser, func() string) {
	w := world(t)
	w.OAuth.Tiers = true
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = strict })
	code := stepUpWorld(t, w)
	b := w.Browser()
	b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
	return w, b, code
}

// An essential acr must be one of the values, or the request fails; a voluntary one is
// asked for if the user can reach it. Amazon Cognito ignores claims. Source: OpenID
// Connect Core section 5.5.1.1.
func TestAcrClaim(t *testing.T) {
	for name, c := range acrRequests {
		t.Run(name, func(t *testing.T) {
			w, b, _ := strictLevels(t, true)
			if c.change != nil {
				c.change(w)
			}
			values := c.values
			if c.acr != "" {
				values = append([]string{"claims", `{"id_token":{"acr":` + c.acr + `}}`}, values...)
			}
			p := b.Get(hostedtest.AuthorizeURL("public", values...))
			if p.Location != nil && p.Location.Path == "/login" {
				p = b.Follow(p)
			}
			if got := followed(t, w, p); got != c.want {
				t.Errorf("%q, want %q: %d %v", got, c.want, p.Status, p.Location)
			}
		})
	}
}

// followed returns what follows from a request, as in acrRequest.
func followed(t *testing.T, w *hostedtest.World, p hostedtest.Page) string {
	t.Helper()
	if code := p.Query().Get("error"); code != "" {
		return code
	}
	if p.Location == nil {
		action, _ := p.Form()
		path, _, _ := strings.Cut(action, "?")
		return path
	}
	acr, amr := assurance(t, w, p)
	return acr + " " + amr
}

// An essential acr is one of the values even if the user has reached a higher level,
// and on the page it requires the second factor. The compatible mode ignores it.
func TestEssentialAcr(t *testing.T) {
	essential := func(level string) []string {
		return []string{"claims", `{"id_token":{"acr":{"essential":true,"values":["` + level + `"]}}}`}
	}
	w, b, code := strictLevels(t, true)
	p := authorize(b, essential(level4)...)
	p = b.Fill(p, "code", code())
	if got := followed(t, w, p); got != level4+" pwd otp mfa" {
		t.Errorf("after the second factor: %q", got)
	}
	p = b.Get(hostedtest.AuthorizeURL("public", essential(level3)...))
	if got := followed(t, w, p); got != level3+" pwd otp mfa" {
		t.Errorf("above the level: %q", got)
	}
	withoutFactors(w)
	fresh := w.Browser()
	p = fresh.Fill(authorize(fresh, essential(level4)...), "username", "ann", "password", hostedtest.Password)
	if got := followed(t, w, p); got != unmet {
		t.Errorf("out of reach, without a session: %q %s", got, p.Body)
	}
	w, b, _ = strictLevels(t, false)
	for _, level := range []string{level4, "gold"} {
		p := b.Get(hostedtest.AuthorizeURL("public", essential(level)...))
		if got := followed(t, w, p); got != " " {
			t.Errorf("compatible, %s: %q", level, got)
		}
	}
}

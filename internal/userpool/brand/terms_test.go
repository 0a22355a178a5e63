package brand_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func TestTermsLinks(t *testing.T) {
	const (
		noDefault = "Links must contain a link for cognito:default."
		noURL     = "The link for cognito:french is not a valid http or https URL."
	)
	for link, want := range map[string]string{
		"https://example.com/fr": "", "http://example.com": "", "https://example.com:8443/a?b=c#d": "",
		"HTTPS://example.com": "", "https://例え.jp/利用規約": "", "https://[2001:db8::1]/": "",
		"javascript:alert(1)": noURL, "JavaScript://example.com/%0aalert(1)": noURL, "data:text/html,x": noURL,
		"ftp://example.com": noURL, "//example.com": noURL, "/terms": noURL, "terms": noURL, "https:": noURL,
		"https://": noURL, "https:example.com": noURL, "https://:443/": noURL,
		"https://example.com@evil.example/": noURL, `https:\\evil.example`: noURL,
		`https://example.com\@evil.example`: noURL, "https://exa mple.com": noURL, "": noURL,
	} {
		terms := brand.Terms{Links: map[string]string{"cognito:default": "https://example.com", "cognito:french": link}}
		got := ""
		if err := terms.Check(); err != nil {
			got = strings.TrimPrefix(err.Error(), "InvalidParameter: ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", link, got, want)
		}
	}
	for _, links := range []map[string]string{
		nil, {}, {"cognito:french": "https://example.com"}, {"cognito:default": ""},
	} {
		if err := (&brand.Terms{Links: links}).Check(); err == nil || err.Error() != "InvalidParameter: "+noDefault {
			t.Errorf("%v: %v", links, err)
		}
	}
}

package brand

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Terms is a document that a client's sign-up page links to: its terms of use
// or its privacy policy. Source: guide page cognito-user-pools-managed-login.
type Terms struct {
	userpool.Resource
	ClientID    string
	Name        string
	Source      string
	Enforcement string
	// Links maps languages to URLs.
	Links map[string]string
}

// TermsNames are the documents that a client can have.
var TermsNames = []string{"terms-of-use", "privacy-policy"}

// defaultLanguage is the key of the link for all other languages.
const defaultLanguage = "cognito:default"

// Check refuses links without a default, and links that are not the URL of a
// page.
func (t *Terms) Check() error {
	if t.Links[defaultLanguage] == "" {
		return fault.Invalid("Links must contain a link for %s.", defaultLanguage)
	}
	for _, language := range slices.Sorted(maps.Keys(t.Links)) {
		if !isPageAddress(t.Links[language]) {
			return fault.Invalid("The link for %s is not a valid http or https URL.", language)
		}
	}
	return nil
}

// isPageAddress reports whether text is an absolute http or https URL that all
// parsers read alike. Browsers read a backslash as a slash.
func isPageAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.Contains(text, `\`) {
		return false
	}
	return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

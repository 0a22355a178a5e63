package oauth

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// param is one parameter of a response. Parameters keep their order.
type param struct{ name, value string }

// responseNames are the parameters that only the response to an authorization request
// may set. A redirect URI that is registered with some must not make a client accept
// what the server has not sent, nor find one twice.
var responseNames = []string{"code", "state", "error", "error_description", "iss"}

// allowedRedirect compares byte by byte, as RFC 9700 section 2.1 requires.
func allowedRedirect(registered []string, uri string) bool {
	return uri != "" && slices.Contains(registered, uri)
}

// loopback is a redirect URI of an app on the user's device: what is before its
// port, and after.
var loopback = regexp.MustCompile(`^(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::\d{1,5})?(/.*)?$`)

// allowedLoopback compares without the port, for clients with a metadata document:
// their apps listen at a port that the operating system picks (RFC 8252 section
// 7.3). PKCE protects the code from other programs on the device.
func allowedLoopback(c *userpool.Client, uri string) bool {
	got := loopback.FindStringSubmatch(uri)
	same := func(registered string) bool {
		want := loopback.FindStringSubmatch(registered)
		return want != nil && want[1] == got[1] && want[2] == got[2]
	}
	return got != nil && userpool.MetadataURL(c.ID) && slices.ContainsFunc(c.CallbackURLs, same)
}

// withQuery appends a response to the query of a registered URI, in which it replaces
// parameters with the reserved names.
func withQuery(uri string, response []param, reserved ...string) string {
	uri = withoutNames(uri, reserved)
	switch {
	case !strings.Contains(uri, "?"):
		uri += "?"
	case !strings.HasSuffix(uri, "?"):
		uri += "&"
	}
	return uri + encode(response)
}

// withoutNames removes the parameters with the names from the query of a URI.
func withoutNames(uri string, names []string) string {
	address, query, found := strings.Cut(uri, "?")
	if !found {
		return uri
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil && slices.Contains(names, plain) {
			continue
		}
		if part != "" {
			kept = append(kept, part)
		}
	}
	return address + "?" + strings.Join(kept, "&")
}

// withFragment appends a response as the fragment. Registered URIs have none.
func withFragment(uri string, response []param) string { return uri + "#" + encode(response) }

func encode(response []param) string {
	parts := make([]string, len(response))
	for i, p := range response {
		parts[i] = url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value)
	}
	return strings.Join(parts, "&")
}

// redirect redirects the browser with a GET, also after a POST.
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

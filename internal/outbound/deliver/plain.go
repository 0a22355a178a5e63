package deliver

import (
	"html"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var (
	unseen = regexp.MustCompile(`(?is)<!--.*?-->|<(?:head|style|script|title)\b.*?</(?:head|style|script|title)\s*>`)
	anchor = regexp.MustCompile(`(?is)<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>(.*?)</a\s*>`)
	breaks = regexp.MustCompile(`(?i)<br\b[^>]*>|</(?:p|div|tr|li|h[1-6]|table|ul|ol)\s*>`)
	tag    = regexp.MustCompile(`(?s)</?[A-Za-z!](?:"[^"]*"|'[^']*'|[^'">])*>`)
	blanks = regexp.MustCompile(`[ \t\r]*\n\s*\n\s*`)
)

// TextOf is an e-mail's text for readers without HTML.
func TextOf(m userpool.Message) string {
	if m.Text != "" {
		return m.Text
	}
	return PlainText(m.Body)
}

// PlainText is what a reader without HTML sees of a body: its text, with the
// target of a link in parentheses. Entities are resolved last, so that a
// username with angle brackets stays text.
func PlainText(body string) string {
	body = unseen.ReplaceAllString(body, "")
	body = anchor.ReplaceAllString(body, "$3 ($1$2)")
	body = breaks.ReplaceAllString(body, "\n")
	body = tag.ReplaceAllString(body, "")
	body = blanks.ReplaceAllString(body, "\n\n")
	return strings.TrimSpace(html.UnescapeString(body))
}

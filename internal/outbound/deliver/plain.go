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

// TextOf returns the plain-text body of an e-mail.
func TextOf(m userpool.Message) string {
	if m.Text != "" {
		return m.Text
	}
	return PlainText(m.Body)
}

// PlainText converts an HTML body to plain text, with the target of a link in
// parentheses. Entities are decoded last, so that a username with angle
// brackets remains text.
func PlainText(body string) string {
	body = unseen.ReplaceAllString(body, "")
	body = anchor.ReplaceAllString(body, "$3 ($1$2)")
	body = breaks.ReplaceAllString(body, "\n")
	body = tag.ReplaceAllString(body, "")
	body = blanks.ReplaceAllString(body, "\n\n")
	return strings.TrimSpace(html.UnescapeString(body))
}

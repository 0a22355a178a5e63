package deliver

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// MaskEmail masks an address as the service does, f***@e***: the first
// characters of both parts, whatever their length. Source: captured from the
// service in 2026.
func MaskEmail(address string) string {
	local, domain := address, ""
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		local, domain = address[:at], address[at+1:]
	}
	return initial(local) + "***@" + initial(domain) + "***"
}

// initial returns the first character of s, or "".
func initial(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return ""
	}
	return s[:size]
}

// MaskPhone masks a number as the service does, +*******9878. Of fewer than
// eight digits at most half are shown.
func MaskPhone(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	return "+*******" + digits[len(digits)-min(4, len(digits)/2):]
}

func mask(m userpool.Medium, address string) string {
	if m == userpool.SMS {
		return MaskPhone(address)
	}
	return MaskEmail(address)
}

// DeliveryOf returns the masked destination of a message, for the response.
func DeliveryOf(m userpool.Message, attribute string) userpool.Delivery {
	return userpool.Delivery{Destination: mask(m.Medium, m.To), Medium: m.Medium, Attribute: attribute}
}

// personal matches what may be an address, a number or a code in the text of an
// error: servers often repeat what they refuse.
var personal = regexp.MustCompile(`[^\s<>"',;:()]+(?:@|%40)[^\s<>"',;()]+|\+?[0-9]{6,}`)

// redactError returns the text of err without personal data and codes.
func redactError(err error, m userpool.Message) string {
	text := err.Error()
	for _, secret := range []string{m.Body, m.Link, m.Code, m.To} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return personal.ReplaceAllString(text, "[redacted]")
}

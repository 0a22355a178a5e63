package totp

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

const (
	// secretBytes is 52 characters in base32, the length of Amazon Cognito's
	// SecretCode. RFC 4226 section 4 requires at least 16 bytes.
	secretBytes = 32
	// minBytes is the shortest secret that is parsed: 16 characters, the minimum
	// of SecretCode in the service's model.
	minBytes = 10
	// maxBytes is the longest secret that is parsed.
	maxBytes = 128
)

// ErrSecret is returned for a text that is not a secret.
var ErrSecret = errors.New("totp: a secret is 16 to 205 characters of base32")

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Secret is the key that an authenticator app and the server share. It prints
// as [redacted]. The zero Secret accepts no code.
type Secret struct{ key []byte }

// String returns "[redacted]".
func (Secret) String() string { return "[redacted]" }

// GoString returns "[redacted]".
func (Secret) GoString() string { return "[redacted]" }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// NewSecret returns a random secret of 256 bits.
func NewSecret(rand io.Reader) (Secret, error) {
	key := make([]byte, secretBytes)
	if _, err := io.ReadFull(rand, key); err != nil {
		return Secret{}, fmt.Errorf("totp: %w", err)
	}
	return Secret{key}, nil
}

// ParseSecret parses the result of Text, or a secret made elsewhere: base32
// (RFC 4648) in either case, without padding.
func ParseSecret(text string) (Secret, error) {
	if len(text) > base32Text.EncodedLen(maxBytes) {
		return Secret{}, ErrSecret
	}
	text = strings.ToUpper(text)
	key, err := base32Text.DecodeString(text)
	// The decoder ignores line ends and spare bits.
	if s := (Secret{key}); err == nil && len(key) >= minBytes && s.Text() == text {
		return s, nil
	}
	return Secret{}, ErrSecret
}

// Text returns SecretCode: upper-case base32 without padding, 52 characters
// for a secret of NewSecret.
func (s Secret) Text() string { return base32Text.EncodeToString(s.key) }

// URI returns the otpauth URI of the secret, for a QR code. issuer names the
// service, account the user; both may have any characters. Source: the Key URI
// Format of Google Authenticator, which other apps follow.
func (s Secret) URI(issuer, account string) string {
	return "otpauth://totp/" + escape(issuer) + ":" + escape(account) +
		"?secret=" + s.Text() + "&issuer=" + escape(issuer) + "&algorithm=SHA1&digits=6&period=30"
}

// escape leaves only unreserved characters: apps do not decode a plus sign, and
// read a colon as the end of the issuer.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

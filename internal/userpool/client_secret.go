package userpool

import (
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// Secret is text that must not be printed. It formats as [redacted] under every
// verb of fmt and in slog. Call Reveal only to compare or return it.
type Secret string

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

func (Secret) String() string       { return Redacted }
func (Secret) GoString() string     { return Redacted }
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// NewSecretID returns the id of a secret that is added now: <client id>--<epoch
// seconds>, with the seconds incremented until the id is unused.
func (c *Client) NewSecretID(now time.Time) string {
	for at := now.Unix(); ; at++ {
		id := c.ID + "--" + strconv.FormatInt(at, 10)
		if !slices.ContainsFunc(c.Secrets, func(s ClientSecret) bool { return s.ID == id }) {
			return id
		}
	}
}

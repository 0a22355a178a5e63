package userpool

import "log/slog"

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

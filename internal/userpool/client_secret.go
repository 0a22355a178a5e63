package userpool

import "log/slog"

// Secret is text that must not be seen: it prints as [redacted] under every
// verb of fmt and in slog. Reveal it only where it is checked or returned.
type Secret string

// Redacted is what a secret prints.
const Redacted = "[redacted]"

func (Secret) String() string       { return Redacted }
func (Secret) GoString() string     { return Redacted }
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

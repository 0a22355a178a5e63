// Package mailbox is the sender of dev mode: it keeps messages in memory for
// the developer to read.
package mailbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"lifeguard/internal/userpool"
)

// capacity bounds what is kept; the oldest go first.
const capacity = 10_000

// Mailbox keeps messages.
type Mailbox struct {
	log      *slog.Logger
	mu       sync.Mutex
	messages []userpool.Message // oldest first
}

// New returns an empty mailbox.
func New(log *slog.Logger) *Mailbox { return &Mailbox{log: log} }

// Send keeps a message.
func (b *Mailbox) Send(_ context.Context, m userpool.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) == capacity {
		b.messages = slices.Delete(b.messages, 0, capacity/10)
	}
	b.messages = append(b.messages, m)
	b.log.Info("message delivered: read it at /_dev/", "medium", m.Medium, "occasion", m.TriggerSource)
	return nil
}

// Messages returns what was sent to an address, or everything when it is
// empty, newest first.
func (b *Mailbox) Messages(to string) []userpool.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []userpool.Message
	for _, m := range b.messages {
		if to == "" || m.To == to {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b userpool.Message) int { return a.Created.Compare(b.Created) })
	slices.Reverse(out)
	return out
}

// Clear forgets everything.
func (b *Mailbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = nil
}

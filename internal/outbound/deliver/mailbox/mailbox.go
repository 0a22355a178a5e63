package mailbox

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// capacity is how many messages are kept. The oldest are removed first.
const capacity = 10_000

// Mailbox keeps messages. It is safe for concurrent use.
type Mailbox struct {
	log  *slog.Logger
	mu   sync.Mutex
	kept []userpool.Message // a ring once it is full
	next int                // index of the next message: that of the oldest
}

// New returns an empty mailbox.
func New(log *slog.Logger) *Mailbox { return &Mailbox{log: log} }

// Send keeps a message. It never fails.
func (b *Mailbox) Send(_ context.Context, m userpool.Message) error {
	b.keep(m)
	b.log.Info("message delivered: read it at /_dev/messages", "medium", m.Medium, "pool", m.PoolID, "occasion",
		m.TriggerSource)
	return nil
}

func (b *Mailbox) keep(m userpool.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.kept) < capacity {
		b.kept = append(b.kept, m)
		return
	}
	b.kept[b.next] = m
	b.next = (b.next + 1) % capacity
}

// Messages returns the messages to an address, compared without case, or all
// messages if it is empty. They are sorted by time of creation, newest first,
// because they may arrive out of order.
func (b *Mailbox) Messages(to string) []userpool.Message {
	found := b.matching(to)
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b userpool.Message) int { return b.Created.Compare(a.Created) })
	return found
}

// matching returns messages in the order of their arrival.
func (b *Mailbox) matching(to string) []userpool.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []userpool.Message
	for i := range b.kept {
		m := b.kept[(b.next+i)%len(b.kept)]
		if to == "" || strings.EqualFold(m.To, to) {
			found = append(found, m)
		}
	}
	return found
}

// Clear removes all messages.
func (b *Mailbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept, b.next = nil, 0
}

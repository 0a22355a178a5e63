package mailbox_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/mailbox"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var _ deliver.Sender = (*mailbox.Mailbox)(nil)

func send(t *testing.T, b *mailbox.Mailbox, m userpool.Message) {
	t.Helper()
	if err := b.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func ids(messages []userpool.Message) string {
	var out []string
	for _, m := range messages {
		out = append(out, m.ID)
	}
	return strings.Join(out, " ")
}

func TestMessagesNewestFirst(t *testing.T) {
	b := mailbox.New(slog.New(slog.DiscardHandler))
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	send(t, b, userpool.Message{ID: "1", To: "ann@example.com", Created: noon})
	send(t, b, userpool.Message{ID: "3", To: "ann@example.com", Created: noon.Add(2 * time.Second)})
	send(t, b, userpool.Message{ID: "2", To: "bob@example.com", Created: noon.Add(time.Second)}) // out of order
	send(t, b, userpool.Message{ID: "4", To: "ann@example.com", Created: noon.Add(2 * time.Second)})
	for to, want := range map[string]string{
		"": "4 3 2 1", "ann@example.com": "4 3 1", "Bob@Example.com": "2", "eve@example.com": "", "ann": "",
	} {
		if got := ids(b.Messages(to)); got != want {
			t.Errorf("to %q: %q, want %q", to, got, want)
		}
	}
	b.Clear()
	if got := b.Messages(""); len(got) != 0 {
		t.Errorf("after Clear: %d messages", len(got))
	}
	send(t, b, userpool.Message{ID: "5"})
	if got := ids(b.Messages("")); got != "5" {
		t.Errorf("after Clear: %q", got)
	}
}

func TestKeepsTheLastTenThousand(t *testing.T) {
	b := mailbox.New(slog.New(slog.DiscardHandler))
	const kept, extra = 10_000, 2_345
	for i := range kept + extra {
		send(t, b, userpool.Message{ID: fmt.Sprint(i)})
	}
	got := b.Messages("")
	if len(got) != kept {
		t.Fatalf("%d kept", len(got))
	}
	for i, m := range got {
		if want := fmt.Sprint(kept + extra - 1 - i); m.ID != want {
			t.Fatalf("at %d: %s, want %s", i, m.ID, want)
		}
	}
}

func TestLogHasURLButNoContents(t *testing.T) {
	var log bytes.Buffer
	b := mailbox.New(slog.New(slog.NewTextHandler(&log, nil)))
	send(t, b, userpool.Message{
		To: "ann@example.com", Medium: userpool.Email, Username: "ann", Subject: "Hello", Body: "It is 483920",
		Code: "483920", Link: "https://id.example.com/x", TriggerSource: "CustomMessage_SignUp",
	})
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "/_dev/messages") {
		t.Errorf("log: %s", &log)
	}
	for _, secret := range []string{"483920", "ann", "id.example.com", "Hello"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log contains %q: %s", secret, &log)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	b := mailbox.New(slog.New(slog.DiscardHandler))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				_ = b.Send(t.Context(), userpool.Message{To: "ann@example.com"})
				b.Messages("ann@example.com")
			}
		})
	}
	all.Wait()
	if got := len(b.Messages("")); got != 800 {
		t.Errorf("%d messages", got)
	}
}

package userpool_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestRotationClassify(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	chain := userpool.Rotation{3: ago(50 * time.Second), 4: ago(9 * time.Second)}
	for _, c := range []struct {
		what  string
		known userpool.Rotation
		n     int64
		grace time.Duration
		want  userpool.Use
	}{
		{"the first token of a family", nil, 0, 0, userpool.Fresh},
		{"the current token", chain, 5, 0, userpool.Fresh},
		{"the last one, no grace", chain, 4, 0, userpool.Reuse},
		{"the last one within its grace", chain, 4, 10 * time.Second, userpool.Retry},
		{"the last one, at the end of its grace", chain, 4, 9 * time.Second, userpool.Reuse},
		{"the one before it, within its own grace", chain, 3, 60 * time.Second, userpool.Retry},
		{"the one before it, after its own grace", chain, 3, 10 * time.Second, userpool.Reuse},
		{"one without a record", chain, 2, 60 * time.Second, userpool.Reuse},
		{"replaced at this time, no grace", userpool.Rotation{0: now}, 0, 0, userpool.Reuse},
	} {
		if got := c.known.Classify(c.n, now, c.grace); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	if got := chain.Current(); got != 5 {
		t.Errorf("current is %d", got)
	}
}

func TestRetryGraceNeedsRotation(t *testing.T) {
	ten := int32(10)
	for feature, want := range map[string]time.Duration{"ENABLED": 10 * time.Second, "DISABLED": 0} {
		c := userpool.Client{ClientSettings: userpool.ClientSettings{
			RefreshTokenRotation: &userpool.RefreshTokenRotation{Feature: feature, RetryGracePeriodSeconds: &ten},
		}}
		if c.RetryGrace() != want || c.Rotates() != (want > 0) {
			t.Errorf("%s: rotates %v, grace %v", feature, c.Rotates(), c.RetryGrace())
		}
	}
	if c := (&userpool.Client{}); c.Rotates() || c.RetryGrace() != 0 {
		t.Error("a client without the member rotates")
	}
}

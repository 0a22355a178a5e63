package deliver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A pool whose function hangs must not delay the mail of other pools, with or
// without a function.
func TestSlowFunctionDoesNotStopOtherPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		email := &sender{answer: func(_ context.Context, m userpool.Message) error {
			if m.PoolID == "slow" {
				<-release
			}
			return nil
		}}
		w := start(t, email, answering(nil))
		for i := range 300 { // more than one lane holds
			w.queue.put(userpool.Message{ID: fmt.Sprint("slow", i), PoolID: "slow", Handover: &userpool.Handover{}})
		}
		synctest.Wait()
		w.queue.put(userpool.Message{PoolID: "quick", Handover: &userpool.Handover{}})
		synctest.Wait()
		w.queue.put(userpool.Message{PoolID: "plain"})
		synctest.Wait()
		if w.Stats().Sent != 2 {
			t.Errorf("%d sent while a function hangs", w.Stats().Sent)
		}
		close(release)
		synctest.Wait()
		if sent := w.Stats().ByMedium[userpool.Email].Sent; sent != 302 {
			t.Errorf("%d sent in all", sent)
		}
		w.end(t)
	})
}

package after_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
)

var errBroken = errors.New("broken")

// contextErr returns the error of the context that a run gets.
func contextErr(ctx context.Context) error { return ctx.Err() }

// gone returns the context of a request whose client has disconnected.
func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestRunsOutlastTheirRequest(t *testing.T) {
	r := after.NewRuns(0, 0)
	if err := r.Do(gone(t), contextErr); err != nil {
		t.Errorf("a run ends with its request: %v", err)
	}
	if err := r.Do(gone(t), func(context.Context) error { return errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("the error of a run: %v", err)
	}
	r.Close()
	if err := r.Do(gone(t), contextErr); !errors.Is(err, context.Canceled) {
		t.Errorf("a run outlasts its request after Close: %v", err)
	}
	if got := r.Stats(); got != (after.RunStats{Finished: 1, Failed: 1, Refused: 1}) {
		t.Errorf("counted %+v", got)
	}
}

// A run over the limit ends with its request. A run that panics no longer counts.
func TestRunsAreBoundedInNumber(t *testing.T) {
	r := after.NewRuns(1, 0)
	_ = r.Do(t.Context(), func(context.Context) error {
		if err := r.Do(gone(t), contextErr); !errors.Is(err, context.Canceled) {
			t.Errorf("two runs are detached: %v", err)
		}
		if got := r.Stats(); got != (after.RunStats{Running: 1, Refused: 1}) {
			t.Errorf("counted %+v", got)
		}
		return nil
	})
	func() {
		defer func() { _ = recover() }()
		_ = r.Do(t.Context(), func(context.Context) error { panic("boom") })
	}()
	if err := r.Do(gone(t), contextErr); err != nil {
		t.Errorf("a run after a panic is not detached: %v", err)
	}
	if got := r.Stats(); got != (after.RunStats{Finished: 2, Failed: 1, Refused: 1}) {
		t.Errorf("counted %+v", got)
	}
}

func TestRunsAreBoundedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := after.NewRuns(0, time.Minute).Do(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != time.Minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// Close waits for runs. A run that begins during Close does not wait for it.
func TestCloseWaitsForRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := after.NewRuns(0, 0)
		began := time.Now()
		closed := make(chan time.Duration, 1)
		go r.Do(t.Context(), func(context.Context) error {
			time.Sleep(3 * time.Second)
			return nil
		})
		synctest.Wait()
		go func() {
			r.Close()
			closed <- time.Since(began)
		}()
		synctest.Wait()
		if err := r.Do(t.Context(), contextErr); err != nil || time.Since(began) != 0 {
			t.Errorf("a run during Close: %v after %v", err, time.Since(began))
		}
		if took := <-closed; took != 3*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

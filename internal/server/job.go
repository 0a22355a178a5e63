package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// A job that ends is restarted after firstRestartPause. The wait doubles each time, up
// to maxRestartPause. Once the job has run for maxRestartPause, the wait is reset.
const (
	firstRestartPause = time.Second
	maxRestartPause   = time.Minute
)

// job runs a background job until ctx ends. If the job returns or panics before,
// job restarts it, logs the error and counts the restart.
func (s *Server) job(ctx context.Context, name string, run func(context.Context) error) {
	// It ends with ctx; Close waits for it.
	s.jobs.Go(func() {
		for wait := firstRestartPause; ; wait = min(2*wait, maxRestartPause) {
			healthy := time.AfterFunc(maxRestartPause, func() {})
			err := attempt(ctx, run)
			if !healthy.Stop() {
				wait = firstRestartPause
			}
			if ctx.Err() != nil {
				return
			}
			s.metrics.restarts.WithLabelValues(name).Inc()
			s.log.Error("background job ended; it is started again", "job", name, "error", err, "after", wait)
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	})
}

// attempt calls run. It returns a panic as an error with the stack.
func attempt(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return run(ctx)
}

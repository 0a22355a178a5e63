package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A job that returns an error, returns nil or panics is restarted.
func TestJobsAreStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &Server{log: slog.New(slog.NewTextHandler(&log, nil)), metrics: newMetrics()}
		ctx, stop := context.WithCancel(t.Context())
		began, runs := time.Now(), []time.Duration{}
		s.job(ctx, "test", func(ctx context.Context) error {
			runs = append(runs, time.Since(began))
			switch len(runs) {
			case 1:
				return errors.New("broken")
			case 2:
				return nil
			case 3:
				panic("boom")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(time.Hour)
		stop()
		s.jobs.Wait()
		if len(runs) != 4 || runs[1] != time.Second || runs[2] != 3*time.Second || runs[3] != 7*time.Second {
			t.Errorf("it ran after %v", runs)
		}
		numbers := httptest.NewRecorder()
		s.metrics.handler().ServeHTTP(numbers, httptest.NewRequest("GET", "/metrics", nil))
		if !strings.Contains(numbers.Body.String(), `lifeguard_job_restarts_total{job="test"} 3`) {
			t.Error("the restarts are not counted")
		}
		for _, want := range []string{"broken", "boom", "job_test.go"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not have %q", want)
			}
		}
	})
}

// The wait before a restart grows while a job fails at once, and is reset after the
// job has run for a while.
func TestRestartPauseIsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{log: slog.New(slog.DiscardHandler), metrics: newMetrics()}
		ctx, stop := context.WithCancel(t.Context())
		lasts := []time.Duration{0, 0, maxRestartPause - time.Millisecond, time.Hour, 0, 0}
		var ended time.Time
		var waits []time.Duration
		s.job(ctx, "test", func(ctx context.Context) error {
			if !ended.IsZero() {
				waits = append(waits, time.Since(ended))
			}
			if len(waits) == len(lasts) {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(lasts[len(waits)])
			ended = time.Now()
			return errors.New("broken")
		})
		time.Sleep(24 * time.Hour)
		stop()
		s.jobs.Wait()
		want := []time.Duration{
			time.Second, 2 * time.Second, 4 * time.Second,
			time.Second, 2 * time.Second, 4 * time.Second,
		}
		if !slices.Equal(waits, want) {
			t.Errorf("it waited %v, want %v", waits, want)
		}
	})
}
